/**
 * socketserver.TCPServer Example, the server: a handler that works with the socket itself. Ported line by line from
 * https://docs.python.org/3/library/socketserver.html#socketserver-tcpserver-example; `tcp-client.ts` is the client,
 * and `tcp-server-streams.ts` is shorter.
 *
 * Start it, on port 9999 or another:
 *
 *     npm run example examples/python-manual/tcp-server.ts [port]
 *
 * Try, in another terminal:
 *
 *     $ npx node examples/python-manual/tcp-client.ts 9999 hello world with TCP
 *     Sent:     hello world with TCP
 *     Received: HELLO WORLD WITH TCP
 *     $ npx node examples/python-manual/tcp-client.ts 9999 python is nice
 *     Sent:     python is nice
 *     Received: PYTHON IS NICE
 */

import { BaseRequestHandler, TCPServer } from "pyserve";

/** An instance is created for each connection. As in Python, it must override `handle`. */
export class MyTCPHandler extends BaseRequestHandler<TCPServer> {
  data = Buffer.of();

  override async handle() {
    // Python's `recv()` in a loop. Without the option, Node would destroy the socket at the end of the loop.
    const pieces: Buffer[] = [];
    let total = 0;
    for await (const piece of this.request.iterator({ destroyOnReturn: false })) {
      pieces.push(piece);
      total += piece.length;
      if (piece.includes("\n") || total >= 10_000) break;
    }
    this.data = Buffer.concat(pieces);
    console.log(`Received from ${this.client_address[0]}:`);
    console.log(this.data.toString("utf8"));
    // The same data, in upper case. `write` sends all of it, as `sendall` does.
    this.request.write(this.data.toString("utf8").toUpperCase());
    // The server then closes the connection.
  }
}

if (process.argv[1] === import.meta.filename) {
  const HOST = "localhost";
  const PORT = Number(process.argv[2] ?? 9999);

  // Bound to localhost, and closed at the end of the block: Python's `with`.
  await using server = new TCPServer([HOST, PORT], MyTCPHandler);
  console.log(`Serving TCP on ${server.server_address.join(":")}`);

  // Until Ctrl-C ends the program.
  await server.serve_forever();
}
