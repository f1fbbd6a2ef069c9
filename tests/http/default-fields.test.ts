/** Default fields of pyserve together with those of a subclass: a response has each once, and the subclass's wins. */
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import test, { type TestContext } from "node:test";
import { type HTTPServer, SimpleHTTPRequestHandler } from "pyserve";
import { type FileHandlerClass, handlerWith, serveFiles, temporaryTree } from "../support/file-server.js";
import { type RawReply, type RawRequest, rawRequest } from "../support/raw-http.js";

function site(t: TestContext): string {
  return temporaryTree(t, {
    "test.txt": "This is a test\n",
    "test.txt.gz": "coded",
    "large.bin": Buffer.alloc(1_000_000, "0123456789\n"),
    "with/index.html": "<p>index",
    "list/in.txt": "in",
    "404.html": "<p>not here",
  });
}

const DATE = "Sun, 09 Sep 2001 01:46:40 GMT";

/** All ways to create a head. */
const REQUESTS: readonly (readonly [name: string, request: RawRequest, status: number])[] = [
  ["a file", { target: "/test.txt" }, 200],
  ["the same file again, in memory", { target: "/test.txt" }, 200],
  ["the head of a file", { target: "/test.txt", method: "HEAD" }, 200],
  ["a coded file", { target: "/test.txt", fields: { "Accept-Encoding": "gzip" } }, 200],
  ["a file that is not kept in memory", { target: "/large.bin" }, 200],
  ["an index page", { target: "/with/" }, 200],
  ["a 304", { target: "/test.txt", fields: { "If-Modified-Since": DATE } }, 304],
  ["a range", { target: "/test.txt", fields: { Range: "bytes=0-3" } }, 206],
  ["several ranges", { target: "/test.txt", fields: { Range: "bytes=0-3,8-9" } }, 206],
  ["a range that there is not", { target: "/test.txt", fields: { Range: "bytes=99-" } }, 416],
  ["a failed condition", { target: "/test.txt", fields: { "If-Match": '"x"' } }, 412],
  ["a listing", { target: "/list/" }, 200],
  ["a listing in JSON", { target: "/list/", fields: { Accept: "application/json" } }, 200],
  ["a redirect", { target: "/list" }, 301],
  ["a page for what is missing", { target: "/none" }, 404],
  ["a preflight", { target: "/test.txt", method: "OPTIONS" }, 204],
  ["an error", { target: "/test.txt", method: "POST" }, 501],
  ["a malformed request", { target: "bad" }, 400],
];

/** Each in a subclass's spelling. */
const FIELDS: readonly (readonly [name: string, value: string])[] = [
  ["cache-control", "max-age=3600"],
  ["Accept-Ranges", "none"],
  ["Content-Type", "text/x-own"],
  ["ETAG", '"own"'],
  ["Last-Modified", "Thu, 01 Jan 1970 00:00:00 GMT"],
  ["Content-Encoding", "own"],
  ["content-range", "bytes 0-0/1"],
  ["Location", "/own"],
  ["Server", "own/1"],
  ["Date", "Thu, 01 Jan 1970 00:00:00 GMT"],
  ["X-Content-Type-Options", "own"],
  ["Access-Control-Allow-Origin", "https://own.example"],
  ["Access-Control-Expose-Headers", "X-Own"],
  ["Cross-Origin-Opener-Policy", "unsafe-none"],
  ["Cross-Origin-Embedder-Policy", "unsafe-none"],
];

const settings = { cors: "*", coop_coep: true };

function ending(fields: typeof FIELDS, where: "before" | "after the status line"): FileHandlerClass {
  const Base = handlerWith(settings);
  if (where === "before")
    return class extends Base {
      override end_headers() {
        for (const [name, value] of fields) this.send_header(name, value);
        super.end_headers();
      }
    };
  return class extends Base {
    override send_response(code: number, message?: string | null) {
      super.send_response(code, message);
      for (const [name, value] of fields) this.send_header(name, value);
    }
  };
}

function valuesOf({ fields }: RawReply, name: string): string[] {
  return fields.filter(([own]) => own.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
}

for (const where of ["before", "after the status line"] as const) {
  const how = where === "before" ? "`end_headers`" : "`send_response`";
  for (const [what, request, status] of REQUESTS) {
    test(`${what}: fields that ${how} of a subclass sends replace ours`, async (t) => {
      const address = serveFiles(t, { directory: site(t) }, ending(FIELDS, where));
      if (what.includes("again")) await rawRequest(address, request);
      const reply = await rawRequest(address, request);
      assert.match(reply.status, new RegExp(`^${status} `));
      for (const [name, value] of FIELDS) assert.deepEqual(valuesOf(reply, name), [value], name);
    });
  }
}

test("each field can be replaced alone, and the others stay", async (t) => {
  const directory = site(t);
  const request = { target: "/test.txt", fields: { "Accept-Encoding": "gzip" } };
  const plain = await rawRequest(serveFiles(t, { directory }, handlerWith(settings)), request);
  for (const [name, value] of FIELDS) {
    const reply = await rawRequest(serveFiles(t, { directory }, ending([[name, value]], "before")), request);
    const others = (of: RawReply) =>
      of.fields.filter(([own]) => !["date", name.toLowerCase()].includes(own.toLowerCase()));
    assert.deepEqual(others(reply), others(plain), name);
    assert.deepEqual(valuesOf(reply, name), [value]);
  }
});

test("a field that is a list keeps our line and that of a subclass", async (t) => {
  const address = serveFiles(t, { directory: site(t) }, ending([["Vary", "Cookie"]], "before"));
  const reply = await rawRequest(address, { target: "/test.txt" });
  assert.deepEqual(valuesOf(reply, "Vary"), ["Accept-Encoding", "Cookie"]);
});

test("a field that a subclass sends twice is sent twice", async (t) => {
  const twice = [
    ["Cache-Control", "no-cache"],
    ["Cache-Control", "private"],
    ["Set-Cookie", "a=1"],
    ["Set-Cookie", "b=2"],
  ] as const;
  const address = serveFiles(t, { directory: site(t) }, ending(twice, "before"));
  const reply = await rawRequest(address, { target: "/test.txt" });
  assert.deepEqual(valuesOf(reply, "Cache-Control"), ["no-cache", "private"]);
  assert.deepEqual(valuesOf(reply, "Set-Cookie"), ["a=1", "b=2"]);
});

test("an override of `send_header` gets our fields and its own, and its own win", async (t) => {
  const seen: string[] = [];
  class Handler extends ending([["Cache-Control", "max-age=3600"]], "before") {
    override send_header(keyword: string, value: string | number) {
      seen.push(keyword);
      super.send_header(keyword, value);
    }
  }
  const address = serveFiles(t, { directory: site(t) }, Handler);
  const reply = await rawRequest(address, { target: "/test.txt" });
  assert.deepEqual(valuesOf(reply, "Cache-Control"), ["max-age=3600"]);
  assert.ok(seen.includes("Accept-Ranges") && seen.filter((name) => name === "Cache-Control").length === 2);
});

const EXTRA = [
  ["Cache-Control", "no-store"],
  ["X-Extra", "1"],
] as const;

for (const [form, extra_response_headers] of Object.entries({
  "an object": Object.fromEntries(EXTRA),
  "a Map": new Map(EXTRA),
  pairs: EXTRA,
})) {
  test(`extra_response_headers may be ${form}`, async (t) => {
    const address = serveFiles(t, { directory: site(t), extra_response_headers });
    for (const [what, request, status] of REQUESTS) {
      const reply = await rawRequest(address, request);
      const isContent = status === 200 || status === 206;
      if (isContent || status === 304) assert.deepEqual(valuesOf(reply, "Cache-Control"), ["no-store"], what);
      assert.deepEqual(valuesOf(reply, "X-Extra"), isContent ? ["1"] : [], what);
    }
  });
}

test("extra_response_headers may be a field of a subclass", async (t) => {
  class Handler extends SimpleHTTPRequestHandler {
    override extra_response_headers = { "X-Extra": "1" };
  }
  const reply = await rawRequest(serveFiles(t, { directory: site(t) }, Handler), { target: "/test.txt" });
  assert.deepEqual(valuesOf(reply, "X-Extra"), ["1"]);
});

for (const wrong of ["X-Extra: 1", 1, true, [1], [["X-Extra"]], ["X-Extra: 1"], { "X-Extra": 1 }]) {
  test(`extra_response_headers can't be ${JSON.stringify(wrong)}`, () => {
    const args = { extra_response_headers: wrong as unknown as [] };
    assert.throws(
      () => new SimpleHTTPRequestHandler({} as Socket, ["127.0.0.1", 1], {} as HTTPServer, args),
      { name: "TypeError", message: /^extra_response_headers must be/ },
    );
  });
}
