#!/usr/bin/env bash
# byteranges 1.1.0 finds no Content-Range in a part that writes "Content-Range:bytes 0-4/10".
#
# RFC 9110 §14.6: the parts of a multipart/byteranges have the fields of MIME; RFC 5322 §2.2: a field is a name, a colon and a body, so white space
# behind the colon is usual, not required (RFC 9112 §5 has OWS there as well). All bytes of the answer have arrived; the reader throws.
#
# Guess before the first run: "hello" for each spelling of the field.
# Seen: so for capitals, small letters and two spaces; an error without a space.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts byteranges@1.1.0 >/dev/null

cat > try.mjs <<'SCRIPT'
import { parse } from "byteranges";

for (const field of ["Content-Range: bytes 0-4/10", "content-range: bytes 0-4/10", "Content-Range:  bytes 0-4/10", "Content-Range:bytes 0-4/10"]) {
  let answer;
  try {
    const [{ octets, range }] = parse(Buffer.from(`--limit\r\n${field}\r\n\r\nhello\r\n--limit--\r\n`), "limit");
    answer = `${octets}, ${range.range.start} to ${range.range.end} of ${range.length}`;
  } catch (error) {
    answer = error.message;
  }
  console.log(`${field} -> ${answer}`);
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
Content-Range: bytes 0-4/10 -> hello, 0 to 4 of 10
content-range: bytes 0-4/10 -> hello, 0 to 4 of 10
Content-Range:  bytes 0-4/10 -> hello, 0 to 4 of 10
Content-Range:bytes 0-4/10 -> Content-Range header not found
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
