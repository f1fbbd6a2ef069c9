#!/usr/bin/env bash
# node-warc 3.3.1 reads a page of an archive up to its first empty line, and adds a line's end to a page that has none.
#
# WARC 1.0 (ISO 28500) §4: a record's block has as many octets as its Content-Length says, whatever they are, and two line ends follow it.
# The page below is plain text of two paragraphs with CRLF as line ends, as HTTP responses often are. The next record is read as
# usual. (With Node 20 and newer the parser raises an error behind the last record of every archive, also if all pages are whole.)
#
# Guess before the first run: all 21 bytes, and "hello".
# Seen: the first paragraph only, and "hello" with a line's end. The package warc 1.0.1 reads both as they are.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts node-warc@3.3.1 warc@1.0.1 >/dev/null

cat > try.mjs <<'SCRIPT'
import { writeFileSync } from "node:fs";
import { Readable } from "node:stream";
import warc from "node-warc";
import OtherStream from "warc";

const record = (number, page) => {
  const block = `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${page.length}\r\n\r\n${page}`;
  return [
    "WARC/1.0",
    "WARC-Type: response",
    `WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-00000000000${number}>`,
    "WARC-Date: 2020-01-01T00:00:00Z",
    "WARC-Target-URI: http://example.test/",
    "Content-Type: application/http;msgtype=response",
    `Content-Length: ${block.length}`,
    "",
    `${block}\r\n\r\n`,
  ].join("\r\n");
};
const archive = Buffer.from(record(1, "first\r\n\r\nsecond one\r\n") + record(2, "hello"));
writeFileSync("pages.warc", archive);
await new Promise((resolve) => {
  const parser = new warc.AutoWARCParser("pages.warc");
  parser.on("record", ({ content }) => console.log("node-warc:", JSON.stringify(String(content))));
  parser.on("done", resolve);
  parser.on("error", resolve);
  parser.start();
});
for await (const { content } of Readable.from([archive]).pipe(new OtherStream())) {
  console.log("warc:", JSON.stringify(String(content).split("\r\n\r\n").slice(1).join("\r\n\r\n")));
}
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
node-warc: "first\r\n"
node-warc: "hello\r\n"
warc: "first\r\n\r\nsecond one\r\n"
warc: "hello"
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
