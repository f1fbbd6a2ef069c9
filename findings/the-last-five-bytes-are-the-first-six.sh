#!/usr/bin/env bash
# sirv 3.0.2 answers "the last five bytes" with the first six, and "the first byte" with the whole file.
#
# RFC 9110 §14.1.2: in "bytes=-5" the number is the length of the end; "bytes=0-0" is the first byte. The replies below are 206, and their
# Content-Range is true to what they hold, so only a client that compares it with its request notices.
#
# Guess before the first run: bytes 95-99/100 and bytes 0-0/100.
# Seen: bytes 0-5/100 and bytes 0-99/100.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts sirv@3.0.2 >/dev/null

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
import sirv from "sirv";

mkdirSync("public");
writeFileSync("public/data.txt", Array.from({ length: 50 }, (_, at) => String(at).padStart(2, "0")).join(""));
const server = http.createServer(sirv("public"));
server.listen(0, "127.0.0.1", async () => {
  for (const range of ["bytes=-5", "bytes=0-0", "bytes=95-99"]) {
    const { response, body } = await get(server.address().port, "/data.txt", { range });
    console.log(range, response.statusCode, response.headers["content-range"], body.length);
  }
  server.close();
});
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
bytes=-5 206 bytes 0-5/100 6
bytes=0-0 206 bytes 0-99/100 100
bytes=95-99 206 bytes 95-99/100 5
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
