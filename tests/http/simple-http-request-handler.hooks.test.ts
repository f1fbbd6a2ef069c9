import assert from "node:assert/strict";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import test, { type TestContext } from "node:test";
import { SimpleHTTPRequestHandler } from "pyserve";
import { serveFiles, temporaryTree } from "../support/file-server.js";
import { logging } from "../support/hook-log.js";
import { fieldOf, rawRequest } from "../support/raw-http.js";
import { deferred, standardError } from "../support/servers.js";

type ServedFile = NonNullable<Awaited<ReturnType<SimpleHTTPRequestHandler["send_head"]>>>;

const DATE = "Sun, 09 Sep 2001 01:46:40 GMT";

function site(t: TestContext): string {
  return temporaryTree(t, {
    "test.txt": "This is a test\n",
    "large.bin": Buffer.alloc(1_000_000, "0123456789\n"),
    "with/index.html": "<p>index",
    "list/in.txt": "in",
  });
}

test("an override of send_head may change the path temporarily, as in Python", async (t) => {
  class Mapped extends SimpleHTTPRequestHandler {
    override send_head() {
      const { path } = this;
      this.path = "/list";
      try {
        return super.send_head();
      } finally {
        this.path = path;
      }
    }
  }
  const address = serveFiles(t, { directory: site(t) }, Mapped);
  // A directory without a slash is redirected, although the client's URL has one.
  assert.equal((await rawRequest(address, { target: "/x/" })).status, "301 Moved Permanently");
});

const HOOKS = [
  ...["do_GET", "do_HEAD", "send_head", "translate_path", "list_directory", "guess_type", "copyfile"],
  ...["send_response", "send_error", "date_time_string", "version_string", "end_headers", "flush_headers"],
];

// The order of calls is Python's.
const RESPONSE = ["send_response", "version_string", "date_time_string"];
const END = ["end_headers", "flush_headers"];
const FILE = ["guess_type", ...RESPONSE, "date_time_string", ...END];
const START = ["send_head", "translate_path"];

const sequences: readonly (readonly [request: string, hooks: readonly string[], since?: string])[] = [
  ["GET /test.txt", ["do_GET", ...START, ...FILE, "copyfile"]],
  ["HEAD /test.txt", ["do_HEAD", ...START, ...FILE]],
  ["GET /large.bin", ["do_GET", ...START, ...FILE, "copyfile"]],
  ["GET /with/", ["do_GET", ...START, ...FILE, "copyfile"]],
  ["GET /list/", ["do_GET", ...START, "list_directory", ...RESPONSE, ...END, "copyfile"]],
  ["HEAD /list/", ["do_HEAD", ...START, "list_directory", ...RESPONSE, ...END]],
  ["GET /list", ["do_GET", ...START, ...RESPONSE, ...END]],
  ["GET /none", ["do_GET", ...START, "send_error", ...RESPONSE, ...END]],
  ["GET /test.txt", ["do_GET", ...START, ...FILE], DATE],
];
for (const [line, hooks, since = ""] of sequences) {
  test(`${line} ${since && "with a date "}calls the hooks in Python's order`, async (t) => {
    const log: string[] = [];
    const Handler = logging(SimpleHTTPRequestHandler, HOOKS, log, false);
    const [method = "", target = ""] = line.split(" ");
    const address = serveFiles(t, { directory: site(t) }, Handler);
    await rawRequest(address, { method, target, fields: { "If-Modified-Since": since } });
    assert.deepEqual(log, hooks);
  });
}

test("An override of `end_headers` adds a field to every response", async (t) => {
  class Handler extends SimpleHTTPRequestHandler {
    override end_headers() {
      this.send_header("X-Added", "yes");
      super.end_headers();
    }
  }
  const address = serveFiles(t, { directory: site(t) }, Handler);
  const since = { "If-Modified-Since": DATE };
  const requests = [
    ...["/test.txt", "/large.bin", "/with/", "/list/", "/list", "/none"].map((target) => ({ target })),
    { target: "/test.txt", fields: since },
    { target: "/test.txt", method: "HEAD" },
    { target: "/test.txt", method: "POST" },
    { target: "bad", method: "GET" },
  ];
  for (const request of requests) {
    const reply = await rawRequest(address, request);
    assert.equal(fieldOf(reply, "X-Added"), "yes", JSON.stringify(request));
  }
});

test("Overrides may wait: `send_head`, `list_directory`, `copyfile` and the `do_` methods", async (t) => {
  const log: string[] = [];
  const waiting = ["do_GET", "do_HEAD", "send_head", "list_directory", "copyfile"];
  const Handler = logging(SimpleHTTPRequestHandler, waiting, log, true);
  const address = serveFiles(t, { directory: site(t) }, Handler);
  assert.equal((await rawRequest(address, { target: "/test.txt" })).body.toString(), "This is a test\n");
  assert.equal((await rawRequest(address, { target: "/large.bin" })).body.length, 1_000_000);
  assert.equal((await rawRequest(address, { target: "/test.txt", method: "HEAD" })).body.length, 0);
  assert.match((await rawRequest(address, { target: "/list/" })).body.toString(), /in\.txt/);
  assert.deepEqual(new Set(log), new Set(waiting));
});

test("An override of `guess_type` decides the type, even of an index page", async (t) => {
  class Handler extends SimpleHTTPRequestHandler {
    override guess_type(path: string) {
      return path.endsWith("index.html") ? "x/index" : super.guess_type(path);
    }
  }
  const address = serveFiles(t, { directory: site(t) }, Handler);
  const typeOf = async (target: string) => fieldOf(await rawRequest(address, { target }), "Content-type");
  assert.equal(await typeOf("/with/"), "x/index");
  assert.equal(await typeOf("/test.txt"), "text/plain; charset=utf-8");
});

test("An override of `date_time_string` formats both dates", async (t) => {
  class Handler extends SimpleHTTPRequestHandler {
    override date_time_string(timestamp?: number) {
      return timestamp === undefined ? "now" : `then ${timestamp}`;
    }
  }
  const reply = await rawRequest(serveFiles(t, { directory: site(t) }, Handler), { target: "/test.txt" });
  assert.equal(fieldOf(reply, "Date"), "now");
  assert.match(fieldOf(reply, "Last-Modified") ?? "", /^then 1000000000/);
});

test("An override of `list_directory` may refuse, or send its own page", async (t) => {
  class Refusing extends SimpleHTTPRequestHandler {
    override list_directory() {
      this.send_error(403, "No listings here");
      return null;
    }
  }
  class Own extends SimpleHTTPRequestHandler {
    override list_directory(path: string) {
      const pieces = ["a page", " about ", path.slice(this.directory.length)].map((text) =>
        Buffer.from(text),
      );
      this.send_response(200);
      this.send_header("Content-Length", Buffer.concat(pieces).length);
      this.end_headers();
      // Each piece is shorter than requested; only an empty one is the end.
      return { read: () => pieces.shift() ?? Buffer.alloc(0), close: () => closed.push(path) };
    }
  }
  const closed: string[] = [];
  const directory = site(t);
  const refused = await rawRequest(serveFiles(t, { directory }, Refusing), { target: "/list/" });
  assert.equal(refused.status, "403 No listings here");
  const own = serveFiles(t, { directory }, Own);
  assert.equal((await rawRequest(own, { target: "/list/" })).body.toString(), "a page about /list/");
  await rawRequest(own, { target: "/", method: "HEAD" });
  assert.deepEqual(closed, [`${directory}/list/`, `${directory}/`]);
});

test("An override of `send_head` may send something else for some paths", async (t) => {
  class Handler extends SimpleHTTPRequestHandler {
    override send_head() {
      if (this.path !== "/hello") return super.send_head();
      const content = [Buffer.from("hello")];
      this.send_response(200);
      this.send_header("Content-Length", 5);
      this.end_headers();
      return { read: async () => content.pop() ?? Buffer.alloc(0), close() {} } satisfies ServedFile;
    }
  }
  const address = serveFiles(t, { directory: site(t) }, Handler);
  assert.equal((await rawRequest(address, { target: "/hello" })).body.toString(), "hello");
  assert.equal((await rawRequest(address, { target: "/test.txt" })).body.toString(), "This is a test\n");
});

test("An override of `copyfile` may send the content in its own way", async (t) => {
  class Handler extends SimpleHTTPRequestHandler {
    override async copyfile() {
      await pipeline(createReadStream(this.translate_path(this.path)), this.wfile as never);
    }
  }
  const address = serveFiles(t, { directory: site(t) }, Handler);
  assert.equal((await rawRequest(address, { target: "/large.bin" })).body.length, 1_000_000);
});

for (const [name, fail] of Object.entries({
  throws: () => {
    throw new Error("copyfile fails");
  },
  rejects: () => Promise.reject(new Error("copyfile fails")),
})) {
  test(`A \`copyfile\` that ${name} leaves no file open`, async (t) => {
    const errors = standardError(t);
    const closed = deferred();
    class Handler extends SimpleHTTPRequestHandler {
      override copyfile(source: ServedFile) {
        const close = source.close.bind(source);
        source.close = () => {
          close();
          closed.resolve();
        };
        return fail();
      }
    }
    const address = serveFiles(t, { directory: site(t) }, Handler);
    await rawRequest(address, { target: "/large.bin" });
    await closed.promise;
    assert.match(errors.join(), /copyfile fails/);
  });
}
