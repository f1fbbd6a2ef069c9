#!/usr/bin/env bash
# https-proxy-agent 9.1.0, tunnel 0.0.6, tunnel-agent 0.6.0 and undici 7.30.2 take no answer to CONNECT but 200 for a tunnel.
#
# RFC 9110 §9.3.6: "Any 2xx (Successful) response indicates that the sender (and all inbound proxies) will switch to tunnel mode immediately
# after the response header section".
#
# Guess before the first run: "200 hello" from all, for 200 and for 201.
# Seen: for 201, three errors; https-proxy-agent gives the proxy's own 201 as the response of the server behind it.
#
# Needs: Node 20 or newer with npm. Exits with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-audit --no-fund --ignore-scripts https-proxy-agent@9.1.0 tunnel@0.0.6 tunnel-agent@0.6.0 undici@7.30.2 >/dev/null

cat > try.mjs <<'SCRIPT'
import http from "node:http";
import net from "node:net";
import { HttpsProxyAgent } from "https-proxy-agent";
import tunnel from "tunnel";
import tunnelAgent from "tunnel-agent";
import { ProxyAgent, request } from "undici";

for (const status of ["200 OK", "201 Created"]) {
  const server = net.createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      socket.write(`HTTP/1.1 ${status}\r\n\r\n`);
      socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"));
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const port = server.address().port;
  const uri = `http://127.0.0.1:${port}`;
  const get = (agent) => new Promise((resolve, reject) => {
    http.get({ host: "origin.test", path: "/", agent }, (response) => {
      let body = "";
      response.on("data", (chunk) => { body += chunk; }).on("end", () => resolve(`${response.statusCode} ${body}`.trim()));
    }).on("error", reject);
  });
  const clients = {
    "https-proxy-agent": () => get(new HttpsProxyAgent(uri)),
    tunnel: () => get(tunnel.httpOverHttp({ proxy: { host: "127.0.0.1", port } })),
    "tunnel-agent": () => get(tunnelAgent.httpOverHttp({ proxy: { host: "127.0.0.1", port } })),
    undici: async () => {
      const response = await request("http://origin.test/", { dispatcher: new ProxyAgent({ uri, proxyTunnel: true }) });
      return `${response.statusCode} ${await response.body.text()}`;
    },
  };
  for (const [name, ask] of Object.entries(clients)) console.log(`${status}, ${name}:`, await ask().catch((error) => error.message));
  server.close();
}
process.exit();
SCRIPT
output=$(timeout 60 node try.mjs)
expected=$(cat <<'SEEN'
200 OK, https-proxy-agent: 200 hello
200 OK, tunnel: 200 hello
200 OK, tunnel-agent: 200 hello
200 OK, undici: 200 hello
201 Created, https-proxy-agent: 201
201 Created, tunnel: tunneling socket could not be established, statusCode=201
201 Created, tunnel-agent: tunneling socket could not be established, statusCode=201
201 Created, undici: Proxy response (201) !== 200 when HTTP Tunneling
SEEN
)
echo "$output"
[ "$output" = "$expected" ] || { echo "The behaviour is another; it was:"; echo "$expected"; exit 1; }
