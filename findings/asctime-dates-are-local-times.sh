#!/usr/bin/env bash
# send 1.2.1 (with fresh 2.0.0) reads a date in asctime's format, which RFC 9110 §5.6.7 has a recipient accept, in the time zone of the machine.
#
# That format has no zone, and "HTTP-date … represents an instance of Coordinated Universal Time". Date.parse, which fresh uses, takes it for a
# local time. A client that keeps Last-Modified as asctime is answered in full on every machine east of Greenwich.
#
# Guess before the first run: 304 for both, as both fields name the second at which the file was written.
# Seen, under TZ=Asia/Tokyo: 304 for the usual format, 200 for asctime's.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts send@1.2.1 fresh@2.0.0 >/dev/null

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
import { utimesSync, writeFileSync } from "node:fs";
import send from "send";

writeFileSync("data.txt", "x");
utimesSync("data.txt", 1767225600, 1767225600);
const server = http.createServer((request, response) => send(request, request.url, { root: "." }).pipe(response));
server.listen(0, "127.0.0.1", async () => {
  for (const date of ["Thu, 01 Jan 2026 00:00:00 GMT", "Thu Jan  1 00:00:00 2026"]) {
    const { response } = await get(server.address().port, "/data.txt", { "if-modified-since": date });
    console.log(date, response.statusCode);
  }
  server.close();
});
SCRIPT
output=$(TZ=Asia/Tokyo timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
Thu, 01 Jan 2026 00:00:00 GMT 304
Thu Jan  1 00:00:00 2026 200
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
