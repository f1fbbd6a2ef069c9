#!/usr/bin/env bash
# npm's needle 3.5.0, urllib 4.9.2 and make-fetch-happen 15.0.6 give the compressed bytes of a response with "Content-Encoding: GZIP".
#
# RFC 9110 §8.4.1: "All content codings are case-insensitive".
#
# Guess before the first run: "hello" for both spellings; got, axios, superagent and node-fetch see it so.
# Seen: "hello" for "gzip"; for "GZIP" the gzip stream, without an error.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts needle@3.5.0 urllib@4.9.2 make-fetch-happen@15.0.6 >/dev/null

cat > try.mjs <<'SCRIPT'
import http from "node:http";
import { gzipSync } from "node:zlib";
import fetch from "make-fetch-happen";
import needle from "needle";
import urllib from "urllib";

const server = http.createServer((request, response) => {
  response.writeHead(200, { "Content-Type": "text/plain", "Content-Encoding": request.url.slice(1) });
  response.end(gzipSync("hello"));
}).listen(0, "127.0.0.1");
await new Promise((resolve) => server.once("listening", resolve));

const clients = {
  needle: async (url) => (await needle("get", url, null, { compressed: true })).body,
  urllib: async (url) => (await urllib.request(url, { compressed: true })).data,
  "make-fetch-happen": async (url) => (await fetch(url)).buffer(),
};
for (const [name, get] of Object.entries(clients)) {
  for (const coding of ["gzip", "GZIP"]) {
    const body = Buffer.from(await get(`http://127.0.0.1:${server.address().port}/${coding}`));
    console.log(`${name}, ${coding}:`, body.toString() === "hello" ? "hello" : "the gzip stream");
  }
}
process.exit();
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
needle, gzip: hello
needle, GZIP: the gzip stream
urllib, gzip: hello
urllib, GZIP: the gzip stream
make-fetch-happen, gzip: hello
make-fetch-happen, GZIP: the gzip stream
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
