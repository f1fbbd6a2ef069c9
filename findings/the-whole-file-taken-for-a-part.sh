#!/usr/bin/env bash
# @zarrita/storage 0.2.0 and unzipit 2.1.1 take the whole file for the part that they asked for, if a server answers their range by 200.
#
# RFC 9110 §14.2: a server may ignore the Range field, and answers by 200 and the whole then. A server that compresses its files as it
# sends them does so, and an intermediary may take the field away. The status alone tells a client which of the two it has.
#
# Guess before the first run: bytes 100 to 149, cut from the whole, as hyparquet does it, or an error as from generic-filehandle2.
# Seen: all 5000 bytes for the part from both, so the reader finds the file's beginning where it expects byte 100.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts @zarrita/storage@0.2.0 unzipit@2.1.1 hyparquet@1.33.0 generic-filehandle2@2.1.10 >/dev/null

cat > try.mjs <<'SCRIPT'
import { once } from "node:events";
import http from "node:http";
import { FetchStore } from "@zarrita/storage";
import { RemoteFile } from "generic-filehandle2";
import { asyncBufferFromUrl } from "hyparquet";
import { HTTPRangeReader } from "unzipit";

const file = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7) % 251));
const server = http.createServer((request, response) => {
  response.writeHead(200, { "Content-Type": "application/octet-stream", "Content-Length": file.length });
  response.end(request.method === "HEAD" ? undefined : file);
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const origin = `http://127.0.0.1:${server.address().port}`;
const readers = {
  hyparquet: async () => (await asyncBufferFromUrl({ url: `${origin}/file`, byteLength: 5000 })).slice(100, 150),
  "generic-filehandle2": () => new RemoteFile(`${origin}/file`).read(50, 100),
  "@zarrita/storage": () => new FetchStore(origin).getRange("/file", { offset: 100, length: 50 }),
  unzipit: () => new HTTPRangeReader(`${origin}/file`).read(100, 50),
};
for (const [name, read] of Object.entries(readers)) {
  const answer = await read().then(
    (part) => `${part.byteLength} bytes from byte ${file.indexOf(Buffer.from(part))}`,
    () => "an error",
  );
  console.log(`${name}: ${answer}`);
}
server.close();
server.closeAllConnections();
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
hyparquet: 50 bytes from byte 100
generic-filehandle2: an error
@zarrita/storage: 5000 bytes from byte 0
unzipit: 5000 bytes from byte 0
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
