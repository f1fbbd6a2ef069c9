/** Names and texts that an editor shows. They come from TypeScript's language service, as in editors. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import ts from "typescript";
import { ROOT } from "../docs/markdown.js";

const FILE = join(ROOT, "tests", "in-an-editor.ts");
const PROGRAM = `
import { BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer } from "pyserve";
class Handler extends BaseHTTPRequestHandler {
  static override log_format = "json";
  do_GET() {
    this./* handler */
  }
}
class Files extends SimpleHTTPRequestHandler {
  static override log_format = "combined";
  static override symlinks = "none";
  static override precompressed = "all";
  static override content_encodings = { "*.br": "br" };
  override do_GET() {
    this./* files */
  }
}
class Server extends ThreadingHTTPServer {
  run() {
    this./* server */
  }
}
new Server(["", 0], Handler, { /* options */ });
`;

function languageService(): ts.LanguageService {
  const read = (file: string) => (file === FILE ? PROGRAM : ts.sys.readFile(file));
  return ts.createLanguageService({
    getScriptFileNames: () => [FILE],
    getScriptVersion: () => "1",
    getScriptSnapshot: (file) => {
      const text = read(file);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => join(ROOT, "tests"),
    getCompilationSettings: () => ({
      module: ts.ModuleKind.NodeNext,
      target: ts.ScriptTarget.ES2022,
      lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts"],
      types: ["node"],
      strict: true,
      skipLibCheck: true,
    }),
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (file) => file === FILE || ts.sys.fileExists(file),
    readFile: read,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
  });
}

describe("an editor", () => {
  let service: ts.LanguageService;
  before(() => {
    service = languageService();
  });

  const at = (place: string) => PROGRAM.indexOf(`/* ${place} */`);
  const offered = (place: string) =>
    (service.getCompletionsAtPosition(FILE, at(place), {})?.entries ?? []).map(({ name }) => name);
  const shown = (place: string, name: string) =>
    ts.displayPartsToString(
      service.getCompletionEntryDetails(FILE, at(place), name, {}, undefined, {}, undefined)?.documentation,
    );

  for (const [place, daily] of [
    [
      "handler",
      "path headers command rfile wfile send_response send_header end_headers send_error send_content",
    ],
    ["files", "directory translate_path send_head list_directory guess_type copyfile"],
    ["server", "serve_forever shutdown server_close server_address verify_request handle_error max_threads"],
  ] as const) {
    test(`offers the names of a class (${place}), each with its text`, () => {
      const names = offered(place);
      for (const name of daily.split(" ")) assert.ok(names.includes(name), name);
      const raw = names.filter((name) =>
        /@inheritDoc|\{@/.test(shown(place, name).replace(/\{@link [^}]*\}/g, "")),
      );
      assert.deepEqual(raw, []);
      const settings = names.filter((name) => /^(?:max|min|log)_|_timeout$/.test(name));
      assert.ok(settings.length > 3);
      for (const name of settings) assert.notEqual(shown(place, name), "", name);
    });
  }

  test("offers no name twice, and no private one", () => {
    for (const place of ["handler", "files", "server"]) {
      const names = offered(place);
      assert.equal(new Set(names).size, names.length);
      assert.deepEqual(
        names.filter((name) => /^[#_]/.test(name)),
        [],
      );
    }
  });

  test("offers the options of a server", () => {
    assert.deepEqual(offered("options").sort(), ["bind_and_activate", "fd", "handler_args"]);
  });

  test("accepts settings with a few allowed texts without `as const`", () => {
    const messages = service.getSemanticDiagnostics(FILE).map(({ messageText }) => messageText);
    assert.deepEqual(messages, []);
  });
});
