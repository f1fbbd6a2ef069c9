/**
 * A health check with `stats()`, which counts the work of the server. A load balancer can check whether to send more
 * requests, and a monitoring system can collect the numbers.
 *
 * Start it:
 *
 *     npm run example examples/health-check.ts [port]
 *
 * Try:
 *
 *     $ curl -s localhost:8000
 *     Hello.
 *     $ curl -s localhost:8000/health
 *     {"status":"ok","connections":{"open":...},"bytes":{...},"requests":{...,"2xx":1,...},"workers":{"running":0,"silent":0}}
 *     $ curl -s -o /dev/null -w '%{http_code}\n' localhost:8000/health
 *     200
 *
 * `GET /health` gets 503 when nine tenths of `max_connections` are open, and while the server closes. The numbers include
 * all threads and processes.
 *
 * A real server would show them only to its own network, as `examples/address-filter.ts` does.
 */

import { BaseHTTPRequestHandler, type HTTPServerStats, ThreadingHTTPServer } from "pyserve";

/** Part of `max_connections` above which the server wants no more connections. */
const FULL = 0.9;

export class Health extends BaseHTTPRequestHandler {
  static module = import.meta.url;

  async do_GET() {
    if (this.path === "/health") this.#respondHealth(await this.server.stats());
    else this.#respond(200, "text/plain; charset=utf-8", "Hello.\n");
  }

  // Checks every second would fill the log.
  override log_request(code?: number | string, size?: number | string) {
    if (this.path !== "/health") super.log_request(code, size);
  }

  #respondHealth(stats: HTTPServerStats) {
    const { max_connections, is_closing } = this.server;
    const isFull = stats.connections.open >= max_connections * FULL;
    const status = is_closing ? "closing" : isFull ? "full" : "ok";
    this.#respond(
      status === "ok" ? 200 : 503,
      "application/json",
      `${JSON.stringify({ status, ...stats })}\n`,
    );
  }

  #respond(status: number, type: string, content: string) {
    this.send_response(status);
    this.send_header("Content-Type", type);
    this.send_header("Cache-Control", "no-store");
    this.end_headers();
    this.wfile.write(content);
  }
}

if (process.argv[1] === import.meta.filename) {
  const [port = "8000"] = process.argv.slice(2);
  await using httpd = new ThreadingHTTPServer(["", Number(port)], Health);
  console.log(`http://localhost:${httpd.server_port}/`);
  await httpd.serve_forever();
}
