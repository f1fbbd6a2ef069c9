#!/usr/bin/env bash
# undici 7.30.2 (Node's WebSocket is undici's), websocket 1.0.35 and faye-websocket 0.11.4 refuse a handshake whose Connection field has
# another option beside "Upgrade".
#
# RFC 6455 §4.1: the client fails the connection if the Connection field "doesn't contain a token that is an ASCII case-insensitive match for
# the value "Upgrade"". RFC 9110 §7.6.1: Connection = #connection-option, so "keep-alive, Upgrade" is valid.
#
# Guess before the first run: all four clients open, as ws 8 does.
# Seen: ws opens for both; the other three open for "Upgrade" alone and fail for the list.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts undici@7.30.2 websocket@1.0.35 faye-websocket@0.11.4 ws@8.23.0 >/dev/null

cat > try.mjs <<'SCRIPT'
import { createHash } from "node:crypto";
import net from "node:net";
import faye from "faye-websocket";
import { WebSocket as Undici } from "undici";
import websocket from "websocket";
import Ws from "ws";

const clients = { ws: Ws, undici: Undici, websocket: websocket.w3cwebsocket, "faye-websocket": faye.Client };
for (const options of ["Upgrade", "keep-alive, Upgrade"]) {
  const server = net.createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (request) => {
      const key = /sec-websocket-key: (\S+)/i.exec(request)[1];
      const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: ${options}\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  for (const [name, Client] of Object.entries(clients)) {
    const client = new Client(`ws://127.0.0.1:${server.address().port}/`);
    const result = await new Promise((resolve) => {
      client.onopen = () => resolve("open");
      client.onerror = () => resolve("failed");
    });
    console.log(`${options}: ${name} ${result}`);
  }
  server.close();
}
process.exit();
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
Upgrade: ws open
Upgrade: undici open
Upgrade: websocket open
Upgrade: faye-websocket open
keep-alive, Upgrade: ws open
keep-alive, Upgrade: undici failed
keep-alive, Upgrade: websocket failed
keep-alive, Upgrade: faye-websocket failed
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
