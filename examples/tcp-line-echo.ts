/**
 * Sends each line back as soon as it arrives: your own protocol over TCP, with many clients at the same time.
 *
 * Start it, on port 9999 or another:
 *
 *     npm run example examples/tcp-line-echo.ts [port]
 *
 * Try (`nc -N` ends its sending side with its input; other versions of `nc` do this by default, or with `-q 0`):
 *
 *     $ printf 'one\ntwo\n' | nc -N localhost 9999
 *     one
 *     two
 *     $ printf 'no line end' | nc -N localhost 9999 && echo
 *     no line end
 */

import { StreamRequestHandler, ThreadingTCPServer } from "pyserve";

export class LineEcho extends StreamRequestHandler {
  // Seconds that a read or a write may wait for the client.
  static override timeout = 60;

  override async handle() {
    // A longer line arrives in pieces, so an endless line can't fill the memory.
    for await (const line of this.rfile.lines(4096)) await this.wfile.write(line);
  }
}

if (process.argv[1] === import.meta.filename) {
  const port = Number(process.argv[2] ?? 9999);
  await using server = new ThreadingTCPServer(["localhost", port], LineEcho);
  console.log(`Echoing lines on ${server.server_address.join(":")}`);
  await server.serve_forever();
}
