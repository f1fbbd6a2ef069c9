/**
 * Serves the files of a directory, like the command `pyserve`, with two settings.
 *
 * Start it. Without a directory, it serves the current one:
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
 * It serves every file in the directory that the process may read, except names that begin with a dot. Give it a
 * directory with public files only.
 */

import { run, SimpleHTTPRequestHandler } from "pyserve";

export class FileHandler extends SimpleHTTPRequestHandler {
  // Settings are class attributes, for this class and its subclasses.
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
