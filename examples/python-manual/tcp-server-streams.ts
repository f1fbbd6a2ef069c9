/**
 * socketserver.TCPServer Example, the server with streams: the same as `tcp-server.ts`, with `rfile`, which reads lines.
 * Ported line by line from https://docs.python.org/3/library/socketserver.html#socketserver-tcpserver-example.
 *
 * Start it, on port 9999 or another:
 *
 *     npm run example examples/python-manual/tcp-server-streams.ts [port]
 *
 * Try, in another terminal:
 *
 *     $ npx node examples/python-manual/tcp-client.ts 9999 hello world with TCP
 *     Sent:     hello world with TCP
 *     Received: HELLO WORLD WITH TCP
 */

import { StreamRequestHandler, TCPServer } from "pyserve";

export class MyTCPHandler extends StreamRequestHandler {
  data = "";

  override async handle() {
    // `rfile` reads from the connection until it has a line, or 10,000 bytes of it.
    this.data = (await this.rfile.readline(10_000)).toString("utf8").trimEnd();
    console.log(`${this.client_address[0]} wrote:`);
    console.log(this.data);
    // Likewise `wfile` writes to it.
    this.wfile.write(this.data.toUpperCase());
  }
}

if (process.argv[1] === import.meta.filename) {
  const HOST = "localhost";
  const PORT = Number(process.argv[2] ?? 9999);

  await using server = new TCPServer([HOST, PORT], MyTCPHandler);
  console.log(`Serving TCP on ${server.server_address.join(":")}`);
  await server.serve_forever();
}
