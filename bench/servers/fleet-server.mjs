// @ts-check
import { setTimeout as sleep } from "node:timers/promises";
import { BaseHTTPRequestHandler, run, ThreadingHTTPSServer } from "../../dist/index.js";

/** Answers after the time of a small database query. */
export class Page extends BaseHTTPRequestHandler {
  static module = import.meta.url;
  /** @override */
  static keep_alive_timeout = 65;

  async do_GET() {
    await sleep(3);
    this.send_response(200);
    this.end_headers();
    this.wfile.write("answered\n");
  }

  async do_POST() {
    await this.rfile.read();
    await this.do_GET();
  }

  /** @override */
  log_message() {}
}

/** A server whose parent process sets `max_connections`. */
export class Instance extends ThreadingHTTPSServer {
  static module = import.meta.url;

  /** @override */
  server_activate() {
    super.server_activate();
    process.on("message", (limit) => {
      this.max_connections = Number(limit);
      process.send?.("limited");
    });
  }
}

/** @type {Readonly<Record<string, object>>} */
const WAYS = {
  tasks: {},
  "hand-off": { max_threads: 2 },
  accept: { max_threads: 2, accept_in_threads: true },
};

const [way, port, adminPort, certificate = null] = process.argv.slice(2);
if (way !== undefined && way in WAYS) {
  await run({
    HandlerClass: Page,
    ServerClass: Instance,
    bind: "127.0.0.1",
    port: Number(port),
    admin: { host: "127.0.0.1", port: Number(adminPort) },
    tls_cert: certificate,
    server_attributes: { drain_delay: 1 },
    ...WAYS[way],
  });
  process.exit();
}
