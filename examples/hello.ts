/**
 * The smallest handler: one method, with the name of the HTTP method, as in Python.
 *
 * Start it, on port 8000 or another:
 *
 *     npm run example examples/hello.ts [port]
 *
 * Try:
 *
 *     $ curl -s localhost:8000/world
 *     Hello from /world
 *     $ curl -s -X POST -d 'who is there?' -o /dev/null -w '%{http_code}\n' localhost:8000/
 *     501
 *
 * The handler has no `do_POST`, so POST gets 501. It sets no `Content-Length`, so the server does this.
 */

import { BaseHTTPRequestHandler, ThreadingHTTPServer } from "pyserve";

export class Hello extends BaseHTTPRequestHandler {
  do_GET() {
    this.send_response(200);
    this.send_header("Content-Type", "text/plain; charset=utf-8");
    this.end_headers();
    this.wfile.write(`Hello from ${this.path}\n`);
  }
}

if (process.argv[1] === import.meta.filename) {
  const port = Number(process.argv[2] ?? 8000);
  await using httpd = new ThreadingHTTPServer(["localhost", port], Hello);
  console.log(`http://localhost:${httpd.server_port}/`);
  await httpd.serve_forever();
}
