// @ts-check
import { SimpleHTTPRequestHandler, ThreadingHTTPServer } from "../../dist/index.js";
import { announce } from "./announce.mjs";
import { servedDirectory } from "./arguments.mjs";

class QuietHandler extends SimpleHTTPRequestHandler {
  /** @override No access log, because no other peer writes one. */
  log_message() {}
}

const httpd = new ThreadingHTTPServer(["127.0.0.1", 0], QuietHandler, {
  handler_args: { directory: servedDirectory() },
});
announce(Number(httpd.server_address[1]));
await httpd.serve_forever();
