#!/usr/bin/env bash
# sirv 3.0.2, http-server 14.1.1 and hono 4.13.19 (@hono/node-server 2.1.9) ignore If-Range: a download that was broken off goes on with
# bytes of another version.
#
# RFC 9110 §13.1.5: with a tag that is not the current one, the server "MUST ignore the Range header field", so that the client gets the whole
# new file by 200. The request below has the tag of a version that the server never had.
#
# Guess before the first run: 200 from all three; they do answer If-None-Match.
# Seen: 206 from all three.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts sirv@3.0.2 http-server@14.1.1 hono@4.13.19 @hono/node-server@2.1.9 >/dev/null

cat > try.mjs <<'SCRIPT'
import http from "node:http";

function get(port, path, headers) {
  return new Promise((resolve, reject) => {
    http
      .get({ host: "127.0.0.1", port, path, headers, agent: false }, (response) => {
        let body = "";
        response.on("data", (chunk) => (body += chunk)).on("end", () => resolve({ response, body }));
      })
      .on("error", reject);
  });
}
import { mkdirSync, writeFileSync } from "node:fs";
import { getRequestListener } from "@hono/node-server";
import { serveStatic } from "@hono/node-server/serve-static";
import { Hono } from "hono";
import httpServer from "http-server";
import sirv from "sirv";

mkdirSync("public");
writeFileSync("public/data.txt", "x".repeat(100));
const app = new Hono().use(serveStatic({ root: "./public" }));
const servers = {
  sirv: http.createServer(sirv("public", { etag: true })),
  "http-server": httpServer.createServer({ root: "public" }).server,
  hono: http.createServer(getRequestListener(app.fetch)),
};
for (const [name, server] of Object.entries(servers)) {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const headers = { range: "bytes=50-", "if-range": '"the tag of an older version"' };
  const { response } = await get(server.address().port, "/data.txt", headers);
  console.log(name, response.statusCode, response.headers["content-range"]);
  server.close();
}
SCRIPT
output=$(NODE_NO_WARNINGS=1 timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
sirv 206 bytes 50-99/100
http-server 206 bytes 50-99/100
hono 206 bytes 50-99/100
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
