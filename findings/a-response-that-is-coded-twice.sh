#!/usr/bin/env bash
# got 14.6.6, axios 1.21.1, superagent 10.4.2, node-fetch 3.3.2 and needle 3.5.0 give compressed bytes for "Content-Encoding: deflate, gzip".
#
# RFC 9110 §8.4: "If one or more encodings have been applied to a representation, the sender that applied the encodings MUST generate a
# Content-Encoding header field that lists the content codings in the order in which they were applied." It happens where a server stores
# compressed files and a proxy compresses again. The five know either coding; they compare the whole field with their names, and a value
# that is no name of theirs counts as no coding at all. There is no error; the text is garbage. undici 7.30.2's fetch undoes both.
#
# Guess before the first run: "hello", or an error for a coding that is not known.
# Seen: the bytes as they came.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts \
  got@14.6.6 axios@1.21.1 superagent@10.4.2 node-fetch@3.3.2 needle@3.5.0 undici@7.30.2 >/dev/null

cat > try.mjs <<'SCRIPT'
import http from "node:http";
import { deflateSync, gzipSync } from "node:zlib";
import axios from "axios";
import got from "got";
import needle from "needle";
import fetch from "node-fetch";
import superagent from "superagent";
import { Agent, fetch as undici } from "undici";

const bodies = { "/deflate": deflateSync("hello"), "/gzip": gzipSync("hello"), "/deflate,%20gzip": gzipSync(deflateSync("hello")) };
const server = http.createServer((request, response) => {
  response.setHeader("Content-Encoding", decodeURI(request.url.slice(1))).end(bodies[request.url]);
}).listen(0, "127.0.0.1");
await new Promise((resolve) => server.once("listening", resolve));

const clients = {
  got: async (url) => (await got(url)).rawBody,
  axios: async (url) => (await axios.get(url, { responseType: "arraybuffer" })).data,
  superagent: async (url) => (await superagent.get(url).responseType("blob")).body,
  "node-fetch": async (url) => (await fetch(url)).arrayBuffer(),
  needle: async (url) => (await needle("get", url, { compressed: true, parse: false })).body,
  undici: async (url) => (await undici(url, { dispatcher: new Agent() })).arrayBuffer(),
};
for (const [name, get] of Object.entries(clients)) {
  const seen = [];
  for (const path of Object.keys(bodies)) {
    const body = Buffer.from(await get(`http://127.0.0.1:${server.address().port}${path}`));
    seen.push(body.equals(bodies[path]) ? "as it came" : body.toString());
  }
  console.log(`${name}: deflate ${seen[0]}, gzip ${seen[1]}, both ${seen[2]}`);
}
process.exit();
SCRIPT
output=$(timeout 60 node --no-deprecation try.mjs)
expected=$(cat <<'SEEN'
got: deflate hello, gzip hello, both as it came
axios: deflate hello, gzip hello, both as it came
superagent: deflate hello, gzip hello, both as it came
node-fetch: deflate hello, gzip hello, both as it came
needle: deflate hello, gzip hello, both as it came
undici: deflate hello, gzip hello, both hello
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
