/**
 * Answers each datagram with the same bytes. One datagram is one request: what the handler writes is one datagram too.
 *
 * Start it, on port 9999 or another:
 *
 *     npm run example examples/udp-echo.ts [port]
 *
 * Try (`-w 1`: after a second without an answer `nc` ends):
 *
 *     $ echo hello | nc -u -w 1 127.0.0.1 9999
 *     hello
 *
 * Anybody can put anybody's address on a datagram. A real service never answers with more than it was sent, or others
 * use it to flood a third.
 */

import { DatagramRequestHandler, UDPServer } from "pyserve";

export class DatagramEcho extends DatagramRequestHandler {
  override handle() {
    console.log(`${this.packet.length} bytes from ${this.client_address[0]}`);
    this.wfile.write(this.packet);
  }
}

if (process.argv[1] === import.meta.filename) {
  const port = Number(process.argv[2] ?? 9999);
  await using server = new UDPServer(["127.0.0.1", port], DatagramEcho);
  console.log(`Echoing datagrams on ${server.server_address.join(":")}`);
  await server.serve_forever();
}
