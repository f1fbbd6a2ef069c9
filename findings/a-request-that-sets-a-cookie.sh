#!/usr/bin/env bash
# parse-curl 0.2.6 and curl-to-json-object 0.0.3 turn the cookie of a curl command into a Set-Cookie field of the request.
#
# curl(1), --cookie: "a=1" is sent to the server in the Cookie field. RFC 6265 §4.1: Set-Cookie is a field of responses; a server ignores it in
# a request. A command copied from a browser's tools and sent with the parsed fields thus arrives without its session.
#
# Guess before the first run: a Cookie field, as curl sends.
# Seen: Set-Cookie from both.
#
# Needs: Node 20 or newer with npm, and curl. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts parse-curl@0.2.6 curl-to-json-object@0.0.3 >/dev/null

cat > try.mjs <<'SCRIPT'
import { execFile } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import { promisify } from "node:util";
import toObject from "curl-to-json-object";
import parse from "parse-curl";

const server = http.createServer(({ headers: { cookie, "set-cookie": set } }, response) => response.end(JSON.stringify({ cookie, set })));
server.listen(0, "127.0.0.1");
await once(server, "listening");
const url = `http://127.0.0.1:${server.address().port}/`;
console.log("curl:", (await promisify(execFile)("curl", ["-q", "-s", "--noproxy", "*", "-b", "a=1", url])).stdout);
server.close();

console.log("parse-curl:", JSON.stringify(parse(`curl -b 'a=1' ${url}`).header));
console.log("curl-to-json-object:", JSON.stringify(toObject(`curl -b 'a=1' ${url}`).header));
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
curl: {"cookie":"a=1"}
parse-curl: {"Set-Cookie":"a=1"}
curl-to-json-object: {"Set-Cookie":"a=1"}
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
