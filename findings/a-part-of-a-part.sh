#!/usr/bin/env bash
# pmtiles 4.5.0, hyparquet 1.33.0, @zarrita/storage 0.2.0 and unzipit 2.1.1 return 20 bytes for 50, and no error, if a 206 holds only 20 of them.
#
# RFC 9110 §15.3.7: a server might send only a subset of the data that was requested, for reasons of its own; a client must inspect Content-Range
# to see what is enclosed and whether it needs another request. Servers and caches that work in blocks send up to the end of a block.
#
# Guess before the first run: 50 bytes by two requests, or an error.
# Seen: 20 bytes after one request; what is missing is noticed later, if at all, as damage of the file.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts pmtiles@4.5.0 hyparquet@1.33.0 @zarrita/storage@0.2.0 unzipit@2.1.1 >/dev/null

cat > try.mjs <<'SCRIPT'
import { once } from "node:events";
import http from "node:http";
import { FetchStore } from "@zarrita/storage";
import { asyncBufferFromUrl } from "hyparquet";
import { FetchSource } from "pmtiles";
import { HTTPRangeReader } from "unzipit";

const BLOCK = 120;
const file = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7) % 251));
let requests = 0;
const server = http.createServer((request, response) => {
  requests += 1;
  const [first, last] = request.headers.range.slice("bytes=".length).split("-").map(Number);
  const end = Math.min(last + 1, (Math.floor(first / BLOCK) + 1) * BLOCK);
  response.writeHead(206, { "Content-Range": `bytes ${first}-${end - 1}/${file.length}`, "Content-Length": end - first, ETag: '"1"' });
  response.end(file.subarray(first, end));
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const origin = `http://127.0.0.1:${server.address().port}`;
const readers = {
  pmtiles: async () => (await new FetchSource(`${origin}/file`).getBytes(100, 50)).data,
  hyparquet: async () => (await asyncBufferFromUrl({ url: `${origin}/file`, byteLength: 5000 })).slice(100, 150),
  "@zarrita/storage": () => new FetchStore(origin).getRange("/file", { offset: 100, length: 50 }),
  unzipit: () => new HTTPRangeReader(`${origin}/file`).read(100, 50),
};
for (const [name, read] of Object.entries(readers)) {
  requests = 0;
  const answer = await read().then(
    (part) => `${part.byteLength} bytes`,
    () => "an error",
  );
  console.log(`${name}: ${answer} after ${requests} request(s)`);
}
server.close();
server.closeAllConnections();
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
pmtiles: 20 bytes after 1 request(s)
hyparquet: 20 bytes after 1 request(s)
@zarrita/storage: 20 bytes after 1 request(s)
unzipit: 20 bytes after 1 request(s)
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
