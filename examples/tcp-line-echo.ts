/**
 * Sends each line back as soon as it has come: a protocol of one's own over TCP, with many clients at a time.
 *
 * Start it, on port 9999 or another:
 *
 *     npm run example examples/tcp-line-echo.ts [port]
 *
 * Try (`nc -N` ends its sending with its input; other kinds of `nc` do that by themselves, or by `-q 0`):
 *
 *     $ printf 'one\ntwo\n' | nc -N localhost 9999
 *     one
 *     two
 *     $ printf 'no line end' | nc -N localhost 9999 && echo
 *     no line end
 */

import { StreamRequestHandler, ThreadingTCPServer } from "pyserve";

export class LineEcho extends StreamRequestHandler {
  // Seconds that a client may keep us waiting: for a line, or by not reading.
  static override timeout = 60;

  override async handle() {
    // A line that is longer comes in pieces: nobody fills our memory by never ending one.
    for await (const line of this.rfile.lines(4096)) await this.wfile.write(line);
  }
}

if (process.argv[1] === import.meta.filename) {
  const port = Number(process.argv[2] ?? 9999);
  await using server = new ThreadingTCPServer(["localhost", port], LineEcho);
  console.log(`Echoing lines on ${server.server_address.join(":")}`);
  await server.serve_forever();
}
