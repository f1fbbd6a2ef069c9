/**
 * Answers each datagram with the same bytes. One datagram is one request, and everything that the handler writes is
 * sent as one datagram.
 *
 * Start it, on port 9999 or another:
 *
 *     npm run example examples/udp-echo.ts [port]
 *
 * Try (with `-w 1`, `nc` ends after a second without an answer):
 *
 *     $ echo hello | nc -u -w 1 127.0.0.1 9999
 *     hello
 *
 * The sender's address of a datagram can be forged. A real service never answers with more bytes than it has received.
 * Otherwise, attackers can use it to flood others.
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
