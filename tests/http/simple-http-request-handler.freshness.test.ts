import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { SimpleHTTPRequestHandler } from "pyserve";
import { type FileSettings, handlerWith, serveFiles, temporaryTree } from "../support/file-server.js";
import { fieldOf, getAndHead, type RawReply } from "../support/raw-http.js";

const IMMUTABLE = "public, max-age=31536000, immutable";

function site(t: TestContext): string {
  return temporaryTree(t, {
    "index.html": "<p>",
    "page.html": "<p>",
    "assets/app.3f9c01ab.js": "1",
    "assets/app.3f9c01ab.js.gz": "(1)",
    "assets/deep/a.css": "",
    "list/in": "",
    "large.bin": Buffer.alloc(300_000),
  });
}

const values: readonly (readonly [FileSettings, Readonly<Record<string, string>>])[] = [
  [
    {},
    {
      "/": "no-cache",
      "/page.html": "no-cache",
      "/assets/app.3f9c01ab.js": "no-cache",
      "/large.bin": "no-cache",
    },
  ],
  [{ cache_seconds: 0 }, { "/page.html": "public, max-age=0" }],
  [{ cache_seconds: 3600 }, { "/": "public, max-age=3600", "/large.bin": "public, max-age=3600" }],
  [{ shared_cache_seconds: 60 }, { "/large.bin": "public, max-age=0, must-revalidate, s-maxage=60" }],
  [{ no_store: true }, { "/": "no-store", "/page.html": "no-store" }],
  [{ no_store: true, cache_seconds: 60, immutable: ["**"] }, { "/page.html": "no-store" }],
  [
    { immutable: ["assets/**"] },
    { "/": "no-cache", "/assets/app.3f9c01ab.js": IMMUTABLE, "/assets/deep/a.css": IMMUTABLE },
  ],
  [
    { immutable: ["*.[0-9a-f]*.js"], cache_seconds: 60 },
    { "/page.html": "public, max-age=60", "/assets/app.3f9c01ab.js": IMMUTABLE },
  ],
  // The path in the directory counts, not that of the URL.
  [
    { immutable: ["assets/**"], base_path: "/x" },
    { "/x/assets/deep/a.css": IMMUTABLE, "/x/": "no-cache" },
  ],
  // The page of an application is the same page for every requested path.
  [{ immutable: ["users"], spa: true }, { "/users": "no-cache" }],
  [{ immutable: ["page.html"], clean_urls: true }, { "/page": IMMUTABLE }],
];
for (const [settings, expected] of values)
  for (const [target, value] of Object.entries(expected)) {
    test(`${target} has Cache-Control: ${value} with ${JSON.stringify(settings)}`, async (t) => {
      const address = serveFiles(t, { directory: site(t) }, handlerWith(settings));
      for (const encoding of ["identity", "gzip"]) {
        const fields = { Accept: "text/html", "Accept-Encoding": encoding };
        const reply = await getAndHead(address, { target, fields });
        assert.equal(fieldOf(reply, "Cache-Control"), value);
        const since = fieldOf(reply, "Last-Modified") ?? "";
        const again = await getAndHead(address, {
          target,
          fields: { ...fields, "If-Modified-Since": since },
        });
        assert.deepEqual([again.status, fieldOf(again, "Cache-Control")], ["304 Not Modified", value]);
      }
    });
  }

test("Errors, redirects and listings have no field about freshness", async (t) => {
  const address = serveFiles(t, { directory: site(t) }, handlerWith({ cache_seconds: 60 }));
  for (const target of ["/none", "/list", "/list/"])
    assert.equal(fieldOf(await getAndHead(address, { target }), "Cache-Control"), undefined, target);
});

function all(reply: RawReply, name: string): string[] {
  return reply.fields.filter(([own]) => own.toLowerCase() === name).map(([, value]) => value);
}

test("`extra_response_headers` override the settings, and a 304 repeats those about freshness", async (t) => {
  const extra_response_headers = [
    ["cache-control", "private, max-age=5"],
    ["Expires", "Thu, 01 Jan 1970 00:00:00 GMT"],
    ["X-Extra", "1"],
  ] as const;
  const args = { directory: site(t), extra_response_headers };
  const address = serveFiles(t, args, handlerWith({ cache_seconds: 60, immutable: ["**"] }));
  for (const target of ["/page.html", "/large.bin"]) {
    const reply = await getAndHead(address, { target });
    assert.deepEqual(all(reply, "cache-control"), ["private, max-age=5"]);
    assert.deepEqual(all(reply, "x-extra"), ["1"]);
    const fields = { "If-Modified-Since": fieldOf(reply, "Last-Modified") ?? "" };
    const again = await getAndHead(address, { target, fields });
    assert.equal(again.status, "304 Not Modified");
    assert.deepEqual(all(again, "cache-control"), ["private, max-age=5"]);
    assert.equal(all(again, "expires").length, 1);
    assert.deepEqual(all(again, "x-extra"), []);
  }
});

test("`get_cache_control` decides for each file, for any coding", async (t) => {
  const asked: string[] = [];
  const directory = site(t);
  class Handler extends SimpleHTTPRequestHandler {
    override get_cache_control(path: string) {
      asked.push(path.slice(directory.length));
      return path.endsWith(".html") ? null : "max-age=1";
    }
  }
  const address = serveFiles(t, { directory }, Handler);
  assert.equal(fieldOf(await getAndHead(address, { target: "/page.html" }), "Cache-Control"), undefined);
  const request = { target: "/assets/app.3f9c01ab.js", fields: { "Accept-Encoding": "gzip" } };
  const reply = await getAndHead(address, request);
  assert.deepEqual([reply.body.toString(), fieldOf(reply, "Cache-Control")], ["(1)", "max-age=1"]);
  assert.deepEqual([...new Set(asked)], ["/page.html", "/assets/app.3f9c01ab.js"]);
});
