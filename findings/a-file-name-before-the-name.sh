#!/usr/bin/env bash
# parse-multipart-data 1.5.0 and Ruby's multipart-parser 0.1.1 (Debian's ruby-multipart-parser 0.1.1-4) take a file's name for the name of its field
# if it comes first; the former throws for a file without a type.
#
# RFC 2183 §2: disposition := "Content-Disposition" ":" disposition-type *(";" disposition-parm), in no order; RFC 7578 §4.2 has "name" and
# "filename" among them, and §4.4: "Each part MAY have an (optional) Content-Type header field". A client that keeps the parameters in a
# sorted map sends "filename" first. Both find "name=" inside of "filename=". A form with two such files has fields of unknown names.
#
# Guess before the first run: the field "picture" and the file "cat.gif" for all of them.
# Seen: so with the name first; the field "cat.gif" with the file's name first, and a TypeError from parse-multipart-data without a type.
#
# Needs: a Debian bookworm (amd64) with apt, and Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

apt-get download -q ruby3.1=3.1.7+really3.1.2-0+deb12u1 libruby3.1=3.1.7+really3.1.2-0+deb12u1 ruby-multipart-parser=0.1.1-4 >/dev/null 2>&1
apt-get download -q libgmp10=2:6.2.1+dfsg1-1.1 >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done
lib="$work/root/usr/lib"
export LD_LIBRARY_PATH="$lib/x86_64-linux-gnu"
export RUBYLIB="$(dirname "$(dirname "$(find "$work/root" -path "*/multipart_parser/reader.rb")")"):$lib/ruby/vendor_ruby:$lib/ruby/3.1.0:$lib/x86_64-linux-gnu/ruby/3.1.0"
cat > try.rb <<'RUBY'
require "multipart_parser/reader"

reader = MultipartParser::Reader.new("limit")
reader.on_part { |part| puts "field #{part.name}, file #{part.filename}" }
reader.write($stdin.read)
RUBY
npm install --silent --no-audit --no-fund --ignore-scripts parse-multipart-data@1.5.0 >/dev/null

cat > try.mjs <<'SCRIPT'
import { execFileSync } from "node:child_process";
import { parse } from "parse-multipart-data";

const parts = {
  "name, filename": ['Content-Disposition: form-data; name="picture"; filename="cat.gif"', "Content-Type: image/gif"],
  "filename, name": ['Content-Disposition: form-data; filename="cat.gif"; name="picture"', "Content-Type: image/gif"],
  "name, filename, no type": ['Content-Disposition: form-data; name="picture"; filename="cat.gif"'],
};
for (const [order, fields] of Object.entries(parts)) {
  const body = `--limit\r\n${fields.join("\r\n")}\r\n\r\nGIF89a\r\n--limit--\r\n`;
  let answer;
  try {
    const [{ name, filename }] = parse(Buffer.from(body), "limit");
    answer = `field ${name}, file ${filename}`;
  } catch (error) {
    answer = error.name;
  }
  console.log(`${order}, parse-multipart-data: ${answer}`);
  console.log(`${order}, multipart-parser: ${execFileSync(process.env.RUBY, ["--disable-gems", "try.rb"], { input: body }).toString().trim()}`);
}
SCRIPT
output=$(timeout 60 env RUBY="$work/root/usr/bin/ruby3.1" node try.mjs)
expected=$(cat <<'SEEN'
name, filename, parse-multipart-data: field picture, file cat.gif
name, filename, multipart-parser: field picture, file cat.gif
filename, name, parse-multipart-data: field cat.gif, file undefined
filename, name, multipart-parser: field cat.gif, file cat.gif
name, filename, no type, parse-multipart-data: TypeError
name, filename, no type, multipart-parser: field picture, file cat.gif
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
