#!/usr/bin/env bash
# got 14.6.6 and superagent 10.4.2 give the compressed bytes of a response with "Content-Encoding: x-gzip".
#
# RFC 9110 §8.4.1.3: "A recipient SHOULD consider "x-gzip" to be equivalent to "gzip"".
#
# Guess before the first run: "hello" for both names; axios, needle and node-fetch see it so.
# Seen: "hello" for "gzip", a gzip stream as text for "x-gzip".
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts got@14.6.6 superagent@10.4.2 >/dev/null

cat > try.mjs <<'SCRIPT'
import http from "node:http";
import { gzipSync } from "node:zlib";
import got from "got";
import superagent from "superagent";

const server = http.createServer((request, response) => {
  response.writeHead(200, { "Content-Type": "text/plain", "Content-Encoding": request.url.slice(1) });
  response.end(gzipSync("hello"));
}).listen(0, "127.0.0.1");
await new Promise((resolve) => server.once("listening", resolve));

const clients = { got: async (url) => (await got(url)).body, superagent: async (url) => (await superagent.get(url)).text };
for (const [name, get] of Object.entries(clients)) {
  for (const coding of ["gzip", "x-gzip"]) {
    const body = await get(`http://127.0.0.1:${server.address().port}/${coding}`);
    console.log(`${name}, ${coding}:`, body === "hello" ? body : body.charCodeAt(0) === 0x1f ? "a gzip stream" : "something else");
  }
}
process.exit();
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
got, gzip: hello
got, x-gzip: a gzip stream
superagent, gzip: hello
superagent, x-gzip: a gzip stream
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
