/**
 * socketserver.UDPServer Example, the server: a request is a datagram, together with the server's socket. Ported line by
 * line from https://docs.python.org/3/library/socketserver.html#socketserver-udpserver-example; `udp-client.ts` is the
 * client.
 *
 * Start it, on port 9999 or another:
 *
 *     npm run example examples/python-manual/udp-server.ts [port]
 *
 * Try, in another terminal:
 *
 *     $ npx node examples/python-manual/udp-client.ts 9999 hello world with UDP
 *     Sent:     hello world with UDP
 *     Received: HELLO WORLD WITH UDP
 */

import { BaseRequestHandler, UDPServer } from "pyserve";

/** Unlike with TCP, `request` is a pair. There is no connection, so the answer needs the client's address. */
export class MyUDPHandler extends BaseRequestHandler<UDPServer> {
  override handle() {
    const [packet, socket] = this.request;
    const [host, port] = this.client_address;
    const data = packet.toString("utf8").trim();
    console.log(`${host} wrote:`);
    console.log(data);
    socket.send(data.toUpperCase(), port, host);
  }
}

if (process.argv[1] === import.meta.filename) {
  const HOST = "localhost";
  const PORT = Number(process.argv[2] ?? 9999);
  await using server = new UDPServer([HOST, PORT], MyUDPHandler);
  console.log(`Serving UDP on ${server.server_address.join(":")}`);
  await server.serve_forever();
}
