// @ts-check
import {
  BaseHTTPRequestHandler,
  ForkingMixIn,
  HTTPServer,
  run,
  ThreadingHTTPServer,
} from "../../dist/index.js";

/** Sends the posted bytes back. Threads and processes import it. */
export class Echo extends BaseHTTPRequestHandler {
  static module = import.meta.url;

  async do_POST() {
    const content = await this.rfile.read();
    this.send_response(200);
    this.send_header("Content-Length", String(content.length));
    this.end_headers();
    this.wfile.write(content);
  }

  /** @override */
  log_message() {}
}

/** Processes serve it. */
export class Processes extends ForkingMixIn(HTTPServer) {
  static module = import.meta.url;
}

/** @type {Readonly<Record<string, import("../../dist/index.js").RunOptions>>} */
const WAYS = {
  one: { ServerClass: HTTPServer },
  tasks: { ServerClass: ThreadingHTTPServer },
  threads: { max_threads: 2 },
  accept: { max_threads: 2, accept_in_threads: true },
  processes: { ServerClass: Processes },
  tls: { tls_self_signed: true },
  "tls-threads": { tls_self_signed: true, max_threads: 2 },
  "tls-accept": { tls_self_signed: true, max_threads: 2, accept_in_threads: true },
};

const [way, port] = process.argv.slice(2);
if (way !== undefined && way in WAYS) {
  process.stdin.resume().once("end", () => process.exit(1));
  process.stdin.unref?.();
  await run({ HandlerClass: Echo, bind: "127.0.0.1", port: Number(port), ...WAYS[way] });
  process.exit();
}
