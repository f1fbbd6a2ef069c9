/**
 * Asynchronous Mixins: a server that serves several clients at the same time, with three clients. Ported line by line
 * from https://docs.python.org/3/library/socketserver.html#asynchronous-mixins.
 *
 * Start it, on a port that the system chooses or another:
 *
 *     npm run example examples/python-manual/threading-mixin.ts [port]
 *
 * It prints:
 *
 *     Server loop running on 127.0.0.1:...
 *     Received: Task-1: Hello World 1
 *     Received: Task-2: Hello World 2
 *     Received: Task-3: Hello World 3
 *
 * In Python, each request has a thread. Here, each has a task: while a handler waits, others run on the same thread.
 */

import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { BaseRequestHandler, TCPServer, ThreadingMixIn } from "pyserve";

let tasks = 0;

export class ThreadedTCPRequestHandler extends BaseRequestHandler<TCPServer> {
  // Python asks for the name of the current thread.
  readonly #task = `Task-${++tasks}`;

  override async handle() {
    // Python's `recv()`: the bytes that have arrived; none if the client ends its sending side.
    const { value: data = "" } = await this.request.iterator({ destroyOnReturn: false }).next();
    this.request.write(`${this.#task}: ${data}`);
  }
}

export class ThreadedTCPServer extends ThreadingMixIn(TCPServer) {}

export async function client(ip: string, port: number, message: string): Promise<void> {
  const socket = connect(port, ip);
  socket.write(message);
  console.log(`Received: ${await text(socket)}`);
}

if (process.argv[1] === import.meta.filename) {
  // Port 0 means to select an arbitrary unused port.
  const HOST = "localhost";
  const PORT = Number(process.argv[2] ?? 0);

  await using server = new ThreadedTCPServer([HOST, PORT], ThreadedTCPRequestHandler);
  const [ip, port] = server.server_address;

  // Python starts a thread with the server's loop. Here, it is enough not to await the loop yet.
  const serving = server.serve_forever();
  console.log(`Server loop running on ${ip}:${port}`);

  await client(ip, port, "Hello World 1");
  await client(ip, port, "Hello World 2");
  await client(ip, port, "Hello World 3");

  await server.shutdown();
  await serving;
}
