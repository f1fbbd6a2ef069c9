#!/usr/bin/env bash
# needle 3.5.0 leaves "application/json ; charset=utf-8" and "Application/JSON" as bytes, though it parses "application/json".
#
# RFC 9110 §8.3.1: type and subtype are case-insensitive, and §5.6.6 allows white space on both sides of the semicolon
# (parameters = *( OWS ";" OWS [ parameter ] )).
#
# Guess before the first run: an object for each of the four.
# Seen: an object for the first two, a Buffer for the others.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts needle@3.5.0 >/dev/null

cat > try.mjs <<'SCRIPT'
import http from "node:http";
import needle from "needle";

const types = ["application/json", "application/json; charset=utf-8", "application/json ; charset=utf-8", "Application/JSON"];
const server = http.createServer((request, response) => {
  response.writeHead(200, { "Content-Type": types[request.url.slice(1)] });
  response.end('{"a":1}');
}).listen(0, "127.0.0.1");
await new Promise((resolve) => server.once("listening", resolve));

for (const [at, type] of types.entries()) {
  const { body } = await needle("get", `http://127.0.0.1:${server.address().port}/${at}`);
  console.log(`${type}: ${body.constructor.name}`);
}
process.exit();
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
application/json: Object
application/json; charset=utf-8: Object
application/json ; charset=utf-8: Buffer
Application/JSON: Buffer
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
