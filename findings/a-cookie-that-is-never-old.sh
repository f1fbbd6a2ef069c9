#!/usr/bin/env bash
# superagent 10.4.2's agent (cookiejar 2.1.4) doesn't know Max-Age: it sends a cookie that "Max-Age=0" has deleted, and drops one that lives.
#
# RFC 6265 §5.2.2: with a Max-Age of zero or less the cookie expires at once. §5.3, step 3: where a cookie has Max-Age and Expires, Max-Age
# counts.
#
# Guess before the first run: "lives=1", as the other cookie is deleted by the second response.
# Seen: "deleted=gone", and no "lives".
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts superagent@10.4.2 cookiejar@2.1.4 >/dev/null

cat > try.mjs <<'SCRIPT'
import http from "node:http";
import superagent from "superagent";

const fields = {
  "/set": ["deleted=1", "lives=1; Max-Age=3600; Expires=Thu, 01 Jan 2015 00:00:00 GMT"],
  "/delete": ["deleted=gone; Max-Age=0"],
};
const server = http.createServer((request, response) => {
  if (fields[request.url]) response.setHeader("Set-Cookie", fields[request.url]);
  response.end(request.headers.cookie ?? "none");
}).listen(0, "127.0.0.1");
await new Promise((resolve) => server.once("listening", resolve));

const agent = superagent.agent();
const base = `http://127.0.0.1:${server.address().port}`;
const get = async (path) => (await agent.get(base + path).buffer(true).parse(superagent.parse.text)).text;
for (const path of ["/set", "/delete", "/"]) console.log(`${path} has the cookies: ${await get(path)}`);
process.exit();
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
/set has the cookies: none
/delete has the cookies: deleted=1
/ has the cookies: deleted=gone
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
