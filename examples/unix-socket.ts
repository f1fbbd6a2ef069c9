/**
 * HTTP over a Unix socket: for programs on the same machine, and for reverse proxies. It has no port. The permissions of
 * the file decide who may connect.
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
 * Put a real socket into its own directory that only its clients may enter, such as `/run/NAME`.
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
  // A killed server leaves its file behind, and no server can bind to that again.
  rmSync(path, { force: true });
  await using server = new ThreadingUnixStreamServer(path, Status);
  console.log(`curl --unix-socket ${server.server_address} http://localhost/`);
  await server.serve_forever();
}
