#!/usr/bin/env bash
# fflate 0.8.3: gunzipSync of a gzip file with two members gives the first member, cut to the length of the last one.
#
# RFC 1952 §2.2: "A gzip file consists of a series of "members" (compressed data sets)", one after the other. Compressed logs that
# were joined have more than one. The output's size is read from the last four bytes, which are the last member's.
#
# Guess before the first run: "hello", as gzip and pako 3 give, or an error.
# Seen: "he" for "hel" and "lo"; nothing where the last member is empty. Its streaming Gunzip gives all.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts fflate@0.8.3 >/dev/null

cat > try.mjs <<'SCRIPT'
import { gzipSync } from "node:zlib";
import { Gunzip, gunzipSync } from "fflate";

for (const members of [["hello"], ["hel", "lo"], ["hello", ""]]) {
  const file = Buffer.concat(members.map((member) => gzipSync(member)));
  let streamed = "";
  const stream = new Gunzip((chunk) => { streamed += Buffer.from(chunk); });
  stream.push(file, true);
  console.log(JSON.stringify(members), "gunzipSync:", JSON.stringify(Buffer.from(gunzipSync(file)).toString()), "Gunzip:", JSON.stringify(streamed));
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
["hello"] gunzipSync: "hello" Gunzip: "hello"
["hel","lo"] gunzipSync: "he" Gunzip: "hello"
["hello",""] gunzipSync: "" Gunzip: "hello"
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
