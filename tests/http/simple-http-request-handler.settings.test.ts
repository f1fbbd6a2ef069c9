import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import { SimpleHTTPRequestHandler, ThreadingHTTPServer } from "pyserve";
import { type FileHandlerClass, serveFiles, temporaryTree } from "../support/file-server.js";
import { getAndHead, type RawRequest, rawRequest } from "../support/raw-http.js";

const DATE = "Sun, 09 Sep 2001 01:46:40 GMT";

function site(t: TestContext): string {
  return temporaryTree(t, {
    "test.txt": "This is a test\n",
    "large.bin": Buffer.alloc(1_000_000, "0123456789\n"),
    "with/index.html": "<p>index",
    "list/in.txt": "in",
  });
}

const types: readonly (readonly [name: string, type: string])[] = [
  ["a.txt", "text/plain; charset=utf-8"],
  ["a.HTML", "text/html; charset=utf-8"],
  ["a.tar.gz", "application/gzip"],
  ["a.GZ", "application/gzip"],
  ["a.Z", "application/octet-stream"],
  ["a.z", "application/octet-stream"],
  ["a.bz2", "application/x-bzip2"],
  ["a.xz", "application/x-xz"],
  ["a.unheard-of", "application/octet-stream"],
  ["a", "application/octet-stream"],
  [".bashrc", "application/octet-stream"],
  ["a.b/c", "application/octet-stream"],
  ["a.constructor", "application/octet-stream"],
];

/** A handler without a client, for methods that need no request. */
function idleHandler(t: TestContext, HandlerClass: FileHandlerClass, args: object = {}) {
  const server = new ThreadingHTTPServer(["127.0.0.1", 0], HandlerClass, { bind_and_activate: false });
  t.after(() => server.server_close());
  return new HandlerClass(undefined as never, ["127.0.0.1", 1], server, args);
}

test("`guess_type` uses the last suffix", (t) => {
  const handler = idleHandler(t, SimpleHTTPRequestHandler);
  for (const [name, type] of types) assert.equal(handler.guess_type(`/srv/${name}`), type, name);
});

test("`extensions_map` overrides all other types, and `default_content_type` is the last choice", (t) => {
  class Handler extends SimpleHTTPRequestHandler {
    static override extensions_map = {
      ...SimpleHTTPRequestHandler.extensions_map,
      ".txt": "x/t",
      ".Q": "x/q",
    };
    static override default_content_type = "x/default";
  }
  const handler = idleHandler(t, Handler);
  const expected = {
    "a.txt": "x/t",
    "a.TXT": "x/t",
    "a.Q": "x/q",
    "a.q": "x/default",
    "a.xz": "application/x-xz",
  };
  for (const [name, type] of Object.entries(expected)) assert.equal(handler.guess_type(name), type, name);
});

const translated: readonly (readonly [path: string, file: string])[] = [
  ["/", "/srv/"],
  ["/filename", "/srv/filename"],
  ["/filename?foo=bar", "/srv/filename"],
  ["/filename?a=b&spam=eggs#zot", "/srv/filename"],
  ["/filename#a?b", "/srv/filename"],
  ["filename", "/srv/filename"],
  ["filename/", "/srv/filename/"],
  ["/a/b/", "/srv/a/b/"],
  ["/a/b%2f", "/srv/a/b/"],
  ["//a//b", "/srv/a/b"],
  ["/./a/../b", "/srv/b"],
  ["/b/%2e%2e/a", "/srv/a"],
  ["/b/..", "/srv"],
  ["/b/../", "/srv/"],
  ["/../a", "/srv/\0"],
  ["/..", "/srv/\0"],
  ["/a%2Fb", "/srv/\0"],
  ["/.hidden", "/srv/\0"],
  ["/%252e%252e", "/srv/%2e%2e"],
  ["/%C3%A9%20", "/srv/é "],
  ["/%ff", "/srv/\udcff"],
  ["/%", "/srv/%"],
];
test("`translate_path` never leads out of the directory", { skip: process.platform === "win32" }, (t) => {
  const handler = idleHandler(t, SimpleHTTPRequestHandler, { directory: "/srv" });
  for (const [path, file] of translated) assert.equal(handler.translate_path(path), file, path);
});

const DIRECTORY_WAYS: Readonly<
  Record<string, (directory: string) => [HandlerClass: FileHandlerClass, args: object]>
> = {
  "a string in `handler_args`": (directory) => [SimpleHTTPRequestHandler, { directory }],
  "a URL in `handler_args`": (directory) => [
    SimpleHTTPRequestHandler,
    { directory: pathToFileURL(directory) },
  ],
  "a static": (directory) => [
    class extends SimpleHTTPRequestHandler {
      static override directory = directory;
    },
    {},
  ],
  "a static URL": (directory) => [
    class extends SimpleHTTPRequestHandler {
      static override directory = pathToFileURL(directory);
    },
    {},
  ],
  "an assignment to the class": (directory) => {
    class Handler extends SimpleHTTPRequestHandler {}
    Handler.directory = directory;
    return [Handler, {}];
  },
  "a field": (directory) => [
    class extends SimpleHTTPRequestHandler {
      override directory = directory;
    },
    {},
  ],
  "an assignment in `setup`": (directory) => [
    class extends SimpleHTTPRequestHandler {
      override setup() {
        this.directory = directory;
        return super.setup();
      }
    },
    {},
  ],
  "an override of `translate_path`": (directory) => [
    class extends SimpleHTTPRequestHandler {
      override translate_path(path: string) {
        return super.translate_path(path).replace(this.directory, directory);
      }
    },
    {},
  ],
};
for (const [way, make] of Object.entries(DIRECTORY_WAYS)) {
  test(`\`SimpleHTTPRequestHandler\` takes the directory from ${way}`, async (t) => {
    const [HandlerClass, args] = make(site(t));
    const address = serveFiles(t, args, HandlerClass);
    assert.equal((await rawRequest(address, { target: "/with/" })).body.toString(), "<p>index");
  });
}

test("`handler_args.directory` overrides the class's, and `null` and `undefined` mean none", (t) => {
  class Handler extends SimpleHTTPRequestHandler {
    static override directory = "/of/the/class";
  }
  assert.equal(idleHandler(t, Handler, { directory: "/given" }).directory, "/given");
  for (const directory of [null, undefined]) {
    assert.equal(idleHandler(t, Handler, { directory }).directory, "/of/the/class");
    assert.equal(idleHandler(t, SimpleHTTPRequestHandler, { directory }).directory, process.cwd());
  }
});

test("`extra_response_headers` are sent only with files and listings", async (t) => {
  const extra = [
    ["X-One", "1"],
    ["x-two", ""],
    ["X-One", "again"],
  ] as const;
  const address = serveFiles(t, { directory: site(t), extra_response_headers: extra });
  const fields = { "If-Modified-Since": DATE };
  const requests: readonly (readonly [RawRequest, status: number])[] = [
    [{ target: "/test.txt" }, 200],
    [{ target: "/large.bin" }, 200],
    [{ target: "/with/" }, 200],
    [{ target: "/list/" }, 200],
    [{ target: "/list" }, 301],
    [{ target: "/none" }, 404],
    [{ target: "/test.txt", fields }, 304],
  ];
  for (const [request, status] of requests) {
    const reply = await getAndHead(address, request);
    assert.equal(reply.status.slice(0, 3), String(status));
    const sent = reply.fields.filter(([name]) => /^x-(?:one|two)$/i.test(name));
    assert.deepEqual(sent, status === 200 ? extra : [], request.target);
  }
  assert.equal(
    (await rawRequest(address, { method: "POST", target: "/" })).fields.some(([name]) => /^x-/i.test(name)),
    false,
  );
});
