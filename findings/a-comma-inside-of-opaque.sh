#!/usr/bin/env bash
# urllib 4.9.2 (of npm) sends back only a part of a Digest challenge's "opaque" that has a comma inside.
#
# RFC 7616 §3.3: opaque is "a string of data, specified by the server, that SHOULD be returned by the client unchanged"; it is a quoted string, in
# which a comma is a character as any other (RFC 9110 §5.6.4).
#
# Guess before the first run: opaque="a,b" comes back, as Python's urllib.request sends it.
# Seen: opaque="a".
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts urllib@4.9.2 >/dev/null

cat > try.mjs <<'SCRIPT'
import http from "node:http";
import { HttpClient } from "urllib";

for (const opaque of ["ab", "a,b"]) {
  const server = http.createServer((request, response) => {
    const { authorization } = request.headers;
    if (authorization) return response.end(/opaque="[^"]*"/.exec(authorization)?.[0] ?? "none");
    response.writeHead(401, { "WWW-Authenticate": `Digest realm="r", nonce="n", qop="auth", opaque="${opaque}"` }).end();
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const url = `http://127.0.0.1:${server.address().port}/`;
  console.log(`opaque="${opaque}" ->`, (await new HttpClient().request(url, { digestAuth: "user:word", dataType: "text" })).data);
}
process.exit();
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
opaque="ab" -> opaque="ab"
opaque="a,b" -> opaque="a"
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
