// @ts-check
import { BaseHTTPRequestHandler, ThreadingHTTPServer } from "../../dist/index.js";
import { announce } from "./announce.mjs";

class Hello extends BaseHTTPRequestHandler {
  do_GET() {
    const body = `Hello from ${this.path}\n`;
    this.send_response(200);
    this.send_header("Content-Type", "text/plain; charset=utf-8");
    this.send_header("Content-Length", String(Buffer.byteLength(body)));
    this.end_headers();
    this.wfile.write(body);
  }

  /** @override No access log: no peer writes one either. */
  log_message() {}
}

const httpd = new ThreadingHTTPServer(["127.0.0.1", 0], Hello);
announce(Number(httpd.server_address[1]));
await httpd.serve_forever();
