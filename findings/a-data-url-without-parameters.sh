#!/usr/bin/env bash
# parse-data-uri 0.2.0 gives the type "data:" for a data URL without parameters, and a part of the content as its type if that has a semicolon.
#
# RFC 2397 §3: dataurl := "data:" [ mediatype ] [ ";base64" ] "," data; parameters are optional, and the type ends at a semicolon or at
# the first comma. The parser takes all up to the first semicolon of the whole URL. The content itself is read right each time, and an
# image in base64 always has a semicolon, so the tests of a program that uses it pass; a page or a style sheet fails.
#
# Guess before the first run: text/html, text/css and image/svg+xml.
# Seen: "data:" for the first and the last, and "text/css,a{color:red" for the second.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts parse-data-uri@0.2.0 >/dev/null

cat > try.mjs <<'SCRIPT'
import parse from "parse-data-uri";

const urls = [
  "data:text/html;charset=utf-8,<p>hello",
  "data:image/gif;base64,R0lGODlh",
  "data:text/html,<p>hello",
  "data:text/css,a{color:red;top:0}",
  "data:image/svg+xml,<svg/>",
];
for (const url of urls) {
  const { mimeType, data } = parse(url);
  console.log(`${url} -> ${mimeType} with ${data}`);
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
data:text/html;charset=utf-8,<p>hello -> text/html with <p>hello
data:image/gif;base64,R0lGODlh -> image/gif with GIF89a
data:text/html,<p>hello -> data: with <p>hello
data:text/css,a{color:red;top:0} -> text/css,a{color:red with a{color:red;top:0}
data:image/svg+xml,<svg/> -> data: with <svg/>
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
