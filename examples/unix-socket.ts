/**
 * HTTP over a socket in the file system: for programs on the same machine, and reverse proxies. There is no port, and who
 * may connect is a matter of the file's permissions.
 *
 * Start it, on this path or another:
 *
 *     npm run example examples/unix-socket.ts [path]
 *
 * Try:
 *
 *     $ curl -s --unix-socket /tmp/pyserve.sock http://localhost/status
 *     {"path":"/status","uptime":...}
 *     $ test -S /tmp/pyserve.sock && echo a socket
 *     a socket
 *
 * A real one would live in a directory of its own that only its clients may enter, such as `/run/NAME`.
 */

import { rmSync } from "node:fs";
import { BaseHTTPRequestHandler, ThreadingUnixStreamServer } from "pyserve";

export class Status extends BaseHTTPRequestHandler<ThreadingUnixStreamServer> {
  do_GET() {
    this.send_response(200);
    this.send_header("Content-Type", "application/json");
    this.end_headers();
    this.wfile.write(`${JSON.stringify({ path: this.path, uptime: process.uptime() })}\n`);
  }
}

if (process.argv[1] === import.meta.filename) {
  const path = process.argv[2] ?? "/tmp/pyserve.sock";
  // A server that was killed leaves its socket behind, and nobody can bind to that again.
  rmSync(path, { force: true });
  await using server = new ThreadingUnixStreamServer(path, Status);
  console.log(`curl --unix-socket ${server.server_address} http://localhost/`);
  await server.serve_forever();
}
