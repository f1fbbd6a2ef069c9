/**
 * A file server that adds header fields to every response, errors included: each response calls `end_headers`. These
 * fields let scripts of other sites read the files (CORS), and keep browsers from guessing types.
 *
 * Start it. Without a directory, it serves the current one:
 *
 *     npm run example examples/extra-headers.ts [port] [directory]
 *
 * Try:
 *
 *     $ curl -sI localhost:8000/package.json | grep -i '^access-control\|^x-content'
 *     Access-Control-Allow-Origin: *
 *     X-Content-Type-Options: nosniff
 *     $ curl -sI localhost:8000/missing | grep -i '^http\|^access-control'
 *     HTTP/1.1 404 File not found
 *     Access-Control-Allow-Origin: *
 *     $ curl -si -X OPTIONS localhost:8000/package.json | grep -i '^http\|^access-control'
 *     HTTP/1.1 204 No Content
 *     Access-Control-Allow-Methods: GET, HEAD
 *     Access-Control-Allow-Headers: *
 *     Access-Control-Allow-Origin: *
 *
 * To add fields only to files and listings, you need no class: `pyserve -H Cache-Control no-store`.
 */

import { run, SimpleHTTPRequestHandler } from "pyserve";

export class SharingHandler extends SimpleHTTPRequestHandler {
  override end_headers() {
    this.send_header("Access-Control-Allow-Origin", "*");
    this.send_header("X-Content-Type-Options", "nosniff");
    super.end_headers();
  }

  /** Before some requests of scripts, a browser sends a preflight request. */
  override do_OPTIONS() {
    this.send_response(204);
    this.send_header("Access-Control-Allow-Methods", "GET, HEAD");
    this.send_header("Access-Control-Allow-Headers", "*");
    this.end_headers();
  }
}

if (process.argv[1] === import.meta.filename) {
  const [port = "8000", directory = "."] = process.argv.slice(2);
  await run({
    HandlerClass: SharingHandler,
    bind: "127.0.0.1",
    port: Number(port),
    handler_args: { directory },
  });
}
