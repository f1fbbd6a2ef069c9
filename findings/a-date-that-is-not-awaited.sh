#!/usr/bin/env bash
# @vercel/fetch-retry 5.1.3 asks again at once where Retry-After names a date; it waits where it names seconds.
#
# RFC 9110 §10.2.3: Retry-After = HTTP-date / delay-seconds. A server that knows when its maintenance ends sends a date. The client
# then asks again while it lasts, by the short pauses that it makes for any failed request.
#
# Guess before the first run: a pause of about three seconds for both forms.
# Seen: three seconds for "3"; no pause for a date that lies three to four seconds ahead.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts @vercel/fetch-retry@5.1.3 >/dev/null

cat > try.mjs <<'SCRIPT'
import { once } from "node:events";
import http from "node:http";
import setup from "@vercel/fetch-retry";

let retryAfter;
const times = [];
const server = http.createServer((request, response) => {
  if (times.push(Date.now()) === 1) response.writeHead(503, { "Retry-After": retryAfter });
  response.end();
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const retrying = setup(fetch);
for (const [name, value] of [["seconds", () => "3"], ["a date", () => new Date(Date.now() + 4000).toUTCString()]]) {
  times.length = 0;
  retryAfter = value();
  const { status } = await retrying(`http://127.0.0.1:${server.address().port}/`);
  console.log(`${name}: ${status} after ${times.length} requests, ${times[1] - times[0] >= 1500 ? "with" : "without"} a pause`);
}
server.close();
server.closeAllConnections();
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
seconds: 200 after 2 requests, with a pause
a date: 200 after 2 requests, without a pause
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
