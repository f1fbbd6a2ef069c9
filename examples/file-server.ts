/**
 * Serves the files of a directory: what the command `pyserve` does, with two settings of one's own.
 *
 * Start it; without a directory it serves the current one:
 *
 *     npm run example examples/file-server.ts [port] [directory]
 *
 * Try:
 *
 *     $ curl -s localhost:8000/LICENSE | head -n 1
 *     MIT License
 *     $ curl -s -o /dev/null -w '%{http_code} %{content_type}\n' localhost:8000/LICENSE
 *     200 text/plain; charset=utf-8
 *     $ curl -s -o /dev/null -w '%{http_code} %{redirect_url}\n' 'localhost:8000/examples?sorted'
 *     301 http://localhost:8000/examples/?sorted
 *     $ curl -s localhost:8000/examples/ | grep -o '>file-server.ts<'
 *     >file-server.ts<
 *     $ curl -s --path-as-is -o /dev/null -w '%{http_code}\n' localhost:8000/../../../etc/passwd
 *     404
 *
 * It shows every file that this process may read, `.git` included. A real one would be given a directory made for it.
 */

import { run, SimpleHTTPRequestHandler } from "pyserve";

export class FileHandler extends SimpleHTTPRequestHandler {
  // Settings are class attributes: for this class and what derives from it.
  static override default_content_type = "text/plain; charset=utf-8";
  static override extensions_map = {
    ...SimpleHTTPRequestHandler.extensions_map,
    ".ts": "text/plain; charset=utf-8", // and not video/mp2t
  };
}

if (process.argv[1] === import.meta.filename) {
  const [port = "8000", directory = "."] = process.argv.slice(2);
  await run({
    HandlerClass: FileHandler,
    bind: "127.0.0.1",
    port: Number(port),
    handler_args: { directory },
  });
}
