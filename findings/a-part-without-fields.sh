#!/usr/bin/env bash
# mixpart 0.0.6 refuses a multipart message with a preamble, and reads a part without header fields as a message that has been broken off.
#
# RFC 2046 §5.1.1: what stands before the first boundary is to be ignored. §5.1: "NO header fields are actually required in body parts": a part
# that begins with an empty line is plain text in US-ASCII. The package is a parser of multipart/mixed responses.
#
# Guess before the first run: the one part of each message, as @apeleghq/multipart-parser gives.
# Seen: "missing initial boundary" for the preamble, "Unexpected end of stream" for the part without fields.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts mixpart@0.0.6 @apeleghq/multipart-parser@1.0.18 >/dev/null

cat > try.mjs <<'SCRIPT'
import { parseMultipartMessage } from "@apeleghq/multipart-parser";
import { parseMultipartStream } from "mixpart";

const part = (fields) => [...fields, "", "hello"].join("\r\n");
const messages = {
  plain: `--X\r\n${part(["Content-Type: text/plain"])}\r\n--X--\r\n`,
  "a preamble": `for old readers\r\n--X\r\n${part(["Content-Type: text/plain"])}\r\n--X--\r\n`,
  "no fields": `--X\r\n${part([])}\r\n--X--\r\n`,
};
const response = (body) => new Response(body, { headers: { "Content-Type": "multipart/mixed; boundary=X" } });
for (const [name, body] of Object.entries(messages)) {
  for await (const { body: content } of parseMultipartMessage(response(body).body, "X")) console.log(`${name}, multipart-parser: ${new TextDecoder().decode(content)}`);
  try {
    for await (const { payload } of parseMultipartStream(response(body))) console.log(`${name}, mixpart: ${await new Response(payload).text()}`);
  } catch ({ message }) {
    console.log(`${name}, mixpart: ${message}`);
  }
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
plain, multipart-parser: hello
plain, mixpart: hello
a preamble, multipart-parser: hello
a preamble, mixpart: Invalid multipart stream: missing initial boundary
no fields, multipart-parser: hello
no fields, mixpart: Unexpected end of stream
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
