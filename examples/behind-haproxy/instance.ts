/**
 * One of several instances of a site behind a proxy. It can be restarted while the site is under load.
 *
 * Start it, on this port or another:
 *
 *     npm run example examples/behind-haproxy/instance.ts [port 8000]
 *
 * Try:
 *
 *     $ curl -s localhost:8000/
 *     Answered by 8000.
 *
 * End it with `kill` or Ctrl-C. Requests in progress get their responses, idle connections are closed, and the program
 * ends. `haproxy.cfg` in this folder is the configuration of the proxy.
 */

import { setTimeout as wait } from "node:timers/promises";
import { BaseHTTPRequestHandler, ThreadingHTTPServer } from "pyserve";

export class Page extends BaseHTTPRequestHandler {
  async do_GET() {
    // Simulates the time of a database query.
    await wait(20, undefined, { signal: this.signal });
    this.send_response(200);
    this.send_header("Content-Type", "text/plain; charset=utf-8");
    this.end_headers();
    this.wfile.write(`Answered by ${this.server.server_port}.\n`);
  }

  override log_message() {}
}

if (process.argv[1] === import.meta.filename) {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stop.abort());

  await using httpd = new ThreadingHTTPServer(["127.0.0.1", Number(process.argv[2] ?? 8000)], Page);
  console.log(`Serving on port ${httpd.server_port}.`);
  await httpd.serve_forever({ signal: stop.signal });
}
