#!/usr/bin/env bash
# webdav 5.11.0 lists a file of 5 bytes with size 0 where the server first names a property that the file doesn't have, and lists nothing at all
# where one entry can't be read.
#
# RFC 4918 §9.1: a response has a propstat for each status, and one with 404 for what isn't defined; their order has no meaning. §14.24: a
# response is an href with propstats, or hrefs with a status of their own, as a 403 for one file of a folder. The client reads the first
# propstat only, whatever its status is, and throws a TypeError for a response without any, so a single locked entry hides its neighbours.
#
# Guess before the first run: "file.txt", 5 bytes, for the three of them.
# Seen: 0 bytes for the second, a TypeError for the third.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts webdav@5.11.0 >/dev/null

cat > try.mjs <<'SCRIPT'
import http from "node:http";
import { createClient } from "webdav";

const response = (href, ...parts) => `<response><href>${href}</href>${parts.join("")}</response>`;
const propstat = (status, ...names) => `<propstat><prop>${names.join("")}</prop><status>HTTP/1.1 ${status}</status></propstat>`;
const folder = response("/folder/", propstat("200 OK", "<resourcetype><collection/></resourcetype>"));
const has = propstat("200 OK", "<resourcetype/>", "<getcontentlength>5</getcontentlength>");
const hasNot = propstat("404 Not Found", "<displayname/>");
const listings = {
  "the other order": folder + response("/folder/file.txt", has, hasNot),
  "404 first": folder + response("/folder/file.txt", hasNot, has),
  "403 for a neighbour": folder + response("/folder/file.txt", has) + response("/folder/locked", "<status>HTTP/1.1 403 Forbidden</status>"),
};
for (const [name, responses] of Object.entries(listings)) {
  const server = http.createServer((_, answer) => {
    answer.writeHead(207, { "Content-Type": "application/xml" });
    answer.end(`<?xml version="1.0"?><multistatus xmlns="DAV:">${responses}</multistatus>`);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const client = createClient(`http://127.0.0.1:${server.address().port}`);
  try {
    for (const { basename, size } of await client.getDirectoryContents("/folder")) console.log(`${name}: ${basename}, ${size} bytes`);
  } catch (error) {
    console.log(`${name}: ${error.name}`);
  }
}
process.exit();
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
the other order: file.txt, 5 bytes
404 first: file.txt, 0 bytes
403 for a neighbour: TypeError
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
