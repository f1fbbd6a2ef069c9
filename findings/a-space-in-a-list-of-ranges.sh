#!/usr/bin/env bash
# http-range 1.0.0 refuses "bytes=0-0, 5-6", and reads "bytes=0-0,5-6".
#
# RFC 9110 §14.2: Range = range-unit "=" range-set, and range-set = 1#range-spec, a list, whose commas may have white space around them
# (§5.6.1); an example in §14.1.2 is "bytes= 0-999, 4500-5499, -1000". A server that answers by 416 or 400 where its parser throws loses
# the clients that write the space.
#
# Guess before the first run: two ranges for each of the lists.
# Seen: "Invalid input" for the lists with a space or a tab.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts http-range@1.0.0 >/dev/null

cat > try.mjs <<'SCRIPT'
import ranges from "http-range";

for (const field of ["bytes=0-0,5-6", "bytes=0-0, 5-6", "bytes=0-0 ,5-6", "bytes=0-0,\t5-6", "bytes=0-999,4500-5499,-1000", "bytes=0-999, 4500-5499, -1000"]) {
  let answer;
  try {
    answer = ranges.Range.prototype.parse(field).ranges.join(" and ");
  } catch (error) {
    answer = error.message;
  }
  console.log(`${JSON.stringify(field)} -> ${answer}`);
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
"bytes=0-0,5-6" -> 0-0 and 5-6
"bytes=0-0, 5-6" -> Invalid input
"bytes=0-0 ,5-6" -> Invalid input
"bytes=0-0,\t5-6" -> Invalid input
"bytes=0-999,4500-5499,-1000" -> 0-999 and 4500-5499 and -1000
"bytes=0-999, 4500-5499, -1000" -> Invalid input
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
