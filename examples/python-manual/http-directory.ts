/**
 * The example of `SimpleHTTPRequestHandler` in http.server's manual: serves the current directory, with a plain
 * `TCPServer`. Ported line by line from
 * https://docs.python.org/3/library/http.server.html#http.server.SimpleHTTPRequestHandler.
 *
 * Start it, on port 8000 or another:
 *
 *     npm run example examples/python-manual/http-directory.ts [port]
 *
 * Try:
 *
 *     $ curl -s localhost:8000/LICENSE | head -n 1
 *     MIT License
 *
 * A `TCPServer` serves one connection after another, and a browser opens several. For real use, choose a
 * `ThreadingHTTPServer`.
 */

import { SimpleHTTPRequestHandler, TCPServer } from "pyserve";

export const Handler = SimpleHTTPRequestHandler;

if (process.argv[1] === import.meta.filename) {
  const PORT = Number(process.argv[2] ?? 8000);

  await using httpd = new TCPServer(["", PORT], Handler);
  console.log("serving at port", httpd.server_address[1]);
  await httpd.serve_forever();
}
