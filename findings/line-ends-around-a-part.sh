#!/usr/bin/env bash
# http-message-parser 0.0.34 gives a part of a multipart message two line ends that don't belong to it.
#
# RFC 2046 §5.1.1: the line's end before a boundary belongs to the boundary, and the empty line behind a part's fields to the fields. RFC 9110
# §14.6 sends several ranges of a file so: a part of one byte becomes one of five, and a file that is put together of such parts is damaged. The
# README shows a part's content without the line ends.
#
# Expected: "h" and "llo", as each Content-Range says.
# Seen: CRLF before and behind both.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts http-message-parser@0.0.34 >/dev/null

cat > try.mjs <<'SCRIPT'
import parse from "http-message-parser";

const part = (range, text) => `--sep\r\nContent-Range: bytes ${range}/5\r\n\r\n${text}\r\n`;
const head = "HTTP/1.1 206 Partial Content\r\nContent-Type: multipart/byteranges; boundary=sep\r\n\r\n";
for (const { headers, body } of parse(Buffer.from(`${head}${part("0-0", "h")}${part("2-4", "llo")}--sep--\r\n`)).multipart) {
  console.log(`${headers["Content-Range"]}: ${JSON.stringify(String(body))}`);
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
bytes 0-0/5: "\r\nh\r\n"
bytes 2-4/5: "\r\nllo\r\n"
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
