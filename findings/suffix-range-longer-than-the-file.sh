#!/usr/bin/env bash
# send 1.2.1 (range-parser 1.3.0, which Express and @fastify/static use as well) answers "the last 200 bytes" of a file of 100 bytes by 416,
# and @hapi/inert 7.1.2 (@hapi/ammo) by 500.
#
# RFC 9110 §14.1.2: "If the selected representation is shorter than the specified suffix-length, the entire representation is used." Readers
# of zip archives and of Parquet begin so: they ask for the last 64 KiB, whatever the size is.
#
# Guess before the first run: 206 with bytes 0-99/100 from both, as nginx answers.
# Seen: 416 with bytes */100, and 500; the last 100 bytes are a 206 in both.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts send@1.2.1 range-parser@1.3.0 @hapi/hapi@21.4.10 @hapi/inert@7.1.2 >/dev/null

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
import { writeFileSync } from "node:fs";
import Hapi from "@hapi/hapi";
import inert from "@hapi/inert";
import send from "send";

writeFileSync("data.bin", "x".repeat(100));
const hapi = Hapi.server({ debug: false });
await hapi.register(inert);
hapi.route({ method: "GET", path: "/data.bin", handler: { file: `${process.cwd()}/data.bin` } });
const server = http.createServer((request, response) => send(request, request.url, { root: "." }).pipe(response));
server.listen(0, "127.0.0.1", async () => {
  for (const range of ["bytes=-100", "bytes=-200"]) {
    const { response } = await get(server.address().port, "/data.bin", { range });
    console.log("send", range, response.statusCode, response.headers["content-range"]);
    const { statusCode, headers } = await hapi.inject({ url: "/data.bin", headers: { range } });
    console.log("inert", range, statusCode, headers["content-range"]);
  }
  server.close();
});
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
send bytes=-100 206 bytes 0-99/100
inert bytes=-100 206 bytes 0-99/100
send bytes=-200 416 bytes */100
inert bytes=-200 500 undefined
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
