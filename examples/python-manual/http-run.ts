/**
 * The function `run` of http.server's manual: it starts a server from two classes. Ported line by line from
 * https://docs.python.org/3/library/http.server.html.
 *
 * Start it, on port 8000 or another:
 *
 *     npm run example examples/python-manual/http-run.ts [port]
 *
 * Try:
 *
 *     $ curl -s -o /dev/null -w '%{http_code}\n' localhost:8000
 *     501
 *
 * `BaseHTTPRequestHandler` has no `do_` methods: it is a base for your own classes.
 *
 * pyserve has its own `run`, which also stops cleanly on Ctrl-C. It is Python's `http.server.test`, which the manual does
 * not mention.
 */

import { BaseHTTPRequestHandler, HTTPServer } from "pyserve";

export async function run(
  server_class = HTTPServer,
  handler_class = BaseHTTPRequestHandler,
  port = 8000,
): Promise<void> {
  const httpd = new server_class(["", port], handler_class);
  console.log("serving at port", httpd.server_port);
  await httpd.serve_forever();
}

if (process.argv[1] === import.meta.filename) {
  await run(HTTPServer, BaseHTTPRequestHandler, Number(process.argv[2] ?? 8000));
}
