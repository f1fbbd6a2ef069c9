// @ts-check
import { BaseHTTPRequestHandler } from "../../dist/index.js";

/** In a separate file, which starts nothing: a thread imports the module of its handler. */
export class Hello extends BaseHTTPRequestHandler {
  static module = import.meta.url;

  do_GET() {
    const body = this.compose();
    this.send_response(200);
    this.send_header("Content-Type", "text/plain; charset=utf-8");
    this.send_header("Content-Length", String(Buffer.byteLength(body)));
    this.end_headers();
    this.wfile.write(body);
  }

  /** @returns {string} */
  compose() {
    return `Hello from ${this.path}\n`;
  }

  /** @override No access log, because no other peer writes one. */
  log_message() {}
}
