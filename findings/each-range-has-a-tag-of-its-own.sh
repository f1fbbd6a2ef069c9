#!/usr/bin/env bash
# hono 4.13.19: its `etag` middleware over serveStatic of @hono/node-server 2.1.9 gives each range of one file another strong tag.
#
# RFC 9110 §8.8.3 and §15.3.7.3: a tag names the selected representation, of which a 206 holds a part; a client joins parts with the
# same strong tag. Here the tag is the hash of the bytes that are sent, so a client that reads by ranges (PDF, zip, video, Parquet) sees a
# file that changes with each request.
#
# Guess before the first run: one tag, or none for a 206.
# Seen: three tags for the whole and two of its ranges.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts hono@4.13.19 @hono/node-server@2.1.9 >/dev/null

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
import { etag } from "hono/etag";

mkdirSync("public");
writeFileSync("public/data.txt", Array.from({ length: 50 }, (_, at) => String(at).padStart(2, "0")).join(""));
const app = new Hono().use(etag()).use(serveStatic({ root: "./public" }));
const server = http.createServer(getRequestListener(app.fetch));
server.listen(0, "127.0.0.1", async () => {
  for (const range of [undefined, "bytes=0-9", "bytes=10-19"]) {
    const { response } = await get(server.address().port, "/data.txt", range === undefined ? {} : { range });
    console.log(response.statusCode, response.headers.etag);
  }
  server.close();
});
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
200 "df5b3262872ee7f9c3f25b1a2f24978db770c522"
206 "ac2f701b6f2ec641f7476a4a09be1a9276db152b"
206 "63e7b47c0a3ffaa958466c465ffee600d52aea74"
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
