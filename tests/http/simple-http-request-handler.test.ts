import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { SimpleHTTPRequestHandler } from "pyserve";
import { policyOfPage } from "#src/files/listing-look.js";
import { serveFiles, temporaryTree } from "../support/file-server.js";
import { listingRows } from "../support/listing-rows.js";
import { fieldOf, getAndHead, rawExchange, rawRequest } from "../support/raw-http.js";

const DATE = "Sun, 09 Sep 2001 01:46:40 GMT";
const VALIDITY = ["Last-Modified", "ETag", "Cache-Control"];

/** Creates the files of most tests. */
function site(t: TestContext): string {
  return temporaryTree(t, {
    "test.txt": "This is a test\n",
    "a b.html": "<p>",
    "with/index.html": "<p>index",
    "htm/index.htm": "<p>htm",
    "both/index.html": "<p>html",
    "both/index.htm": "<p>htm",
    "folder/index.html/in.txt": "in",
    "list/b": "",
    "list/A": "",
    "list/folder/in": "",
    "with blank/in": "",
    ".hidden": "",
    "dots/.hidden/in": "",
    ".well-known/in": "",
    "dots/.well-known/in": "",
    "zero.txt": "",
    "medium.bin": Buffer.alloc(64 * 1024, "abc"),
    "large.bin": Buffer.alloc(1_000_000, "0123456789\n"),
  });
}

/** Returns the names and links of a listing. */
function listed(page: string): [href: string, text: string][] {
  return listingRows(page).map(({ href, text }) => [href, text]);
}

const statuses: readonly (readonly [target: string, status: string])[] = [
  ["/test.txt", "200 OK"],
  ["/test.txt?query", "200 OK"],
  ["/test.txt#fragment", "400 Bad request target"],
  ["/test.txt/", "404 File not found"],
  ["/test.txt%2f", "404 File not found"],
  ["/test.txt/in", "404 File not found"],
  ["/none", "404 File not found"],
  ["/none/", "404 File not found"],
  ["/", "200 OK"],
  ["/?query", "200 OK"],
  ["/list/", "200 OK"],
  ["/list%2F", "200 OK"],
  ["/list", "301 Moved Permanently"],
  ["/.", "301 Moved Permanently"],
  ["/%00", "404 File not found"],
  ["/test.txt%00.html", "404 File not found"],
  ["/%", "404 File not found"],
  ["/%zz", "404 File not found"],
  ["/%c0%af", "404 File not found"],
  ["/%ff%fe", "404 File not found"],
  ["/\xff", "400 Bad request target"],
  [`/${"a".repeat(300)}`, "404 File not found"],
  [`/${"a/".repeat(3000)}`, "404 File not found"],
  ["/%74est.txt", "200 OK"],
  ["/%2574est.txt", "404 File not found"],
  ["/list/../test.txt", "200 OK"],
  ["/list/%2e%2e/test.txt", "200 OK"],
  ["/../../test.txt", "404 File not found"],
  ["/%2e%2e/test.txt", "404 File not found"],
  ["/list%2ftest.txt", "404 File not found"],
  ["/list\\..\\test.txt", "404 File not found"],
  ["/.hidden", "404 File not found"],
  ["/dots/.hidden/in", "404 File not found"],
  ["/.well-known/in", "200 OK"],
  ["/dots/.well-known/in", "404 File not found"],
  ["/../../../../../../etc/passwd", "404 File not found"],
  ["/..%5c..%5cetc/passwd", "404 File not found"],
  ["test.txt", "400 Bad request target"],
  ["*", "400 Bad request target"],
];
for (const [target, status] of statuses) {
  test(`\`SimpleHTTPRequestHandler\` answers ${JSON.stringify(target.slice(0, 40))} with ${status}`, async (t) => {
    assert.equal((await getAndHead(serveFiles(t, { directory: site(t) }), { target })).status, status);
  });
}

const methods: readonly (readonly [method: string, status: string])[] = [
  ["POST", "501 Unsupported method ('POST')"],
  ["get", "501 Unsupported method ('get')"],
  ["GETs", "501 Unsupported method ('GETs')"],
];
for (const [method, status] of methods) {
  test(`\`SimpleHTTPRequestHandler\` answers the method ${method} with ${status}`, async (t) => {
    const address = serveFiles(t, { directory: site(t) });
    assert.equal((await rawRequest(address, { method, target: "/test.txt" })).status, status);
  });
}

for (const line of ["GET", "GET / X", "GET /test.txt HTTP/1.1x", "GET /a b HTTP/1.1", "\x00 / HTTP/1.1"]) {
  test(`\`SimpleHTTPRequestHandler\` refuses the request line ${JSON.stringify(line)}`, async (t) => {
    const address = serveFiles(t, { directory: site(t) });
    const reply = await rawExchange(address, `${line}\r\nHost: h\r\n\r\n`);
    assert.match(reply.toString("latin1"), /^HTTP\/1\.1 400 /);
  });
}

// Browsers must interpret the value as a path on the same host.
const redirects: readonly (readonly [target: string, location: string])[] = [
  ["/list", "/list/"],
  ["/list?hi=2", "/list/?hi=2"],
  ["/list?hi=1&foo=/", "/list/?hi=1&foo=/"],
  ["/with%20blank", "/with%20blank/"],
  ["/%6cist", "/%6cist/"],
  ["//list", "/list/"],
  ["////evil.com/%2e%2e", "/evil.com/%2e%2e/"],
  ["//evil.com/..", "/evil.com/../"],
  ["/%5cevil.com/..", "/%5cevil.com/../"],
  ["http://evil.com/list", "/list/"],
  ["/list?\\\"<'>%FF", "/list/?%5C%22%3C'%3E%FF"],
];
for (const [target, location] of redirects) {
  test(`\`SimpleHTTPRequestHandler\` redirects ${JSON.stringify(target)} to ${location}`, async (t) => {
    const reply = await getAndHead(serveFiles(t, { directory: site(t) }), { target });
    assert.equal(reply.status, "301 Moved Permanently");
    assert.equal(fieldOf(reply, "Location"), location);
    assert.equal(new URL(location, "http://host/").host, "host");
    assert.equal(fieldOf(reply, "Content-Length"), "0");
  });
}

test("`SimpleHTTPRequestHandler` sends a file with its type, its length and its date", async (t) => {
  const reply = await getAndHead(serveFiles(t, { directory: site(t) }), { target: "/test.txt" });
  assert.equal(reply.body.toString(), "This is a test\n");
  assert.deepEqual(
    reply.fields.map(([name]) => name),
    ["Server", "Date", "Content-type", "Content-Length", ...VALIDITY, "Accept-Ranges", "Connection"],
  );
  assert.match(fieldOf(reply, "Server") ?? "", /^SimpleHTTP\/0\.6 Node\/\d+\.\d+\.\d+$/);
  assert.equal(fieldOf(reply, "Content-type"), "text/plain; charset=utf-8");
  assert.equal(fieldOf(reply, "Last-Modified"), DATE);
});

for (const [name, content] of Object.entries({
  "zero.txt": "",
  "medium.bin": "abc".repeat(22_000).slice(0, 64 * 1024),
  "large.bin": "0123456789\n".repeat(100_000).slice(0, 1_000_000),
})) {
  test(`\`SimpleHTTPRequestHandler\` sends all of ${name}, ${content.length} bytes`, async (t) => {
    const reply = await getAndHead(serveFiles(t, { directory: site(t) }), { target: `/${name}` });
    assert.equal(reply.status, "200 OK");
    assert.ok(reply.body.equals(Buffer.from(content)));
  });
}

test("`SimpleHTTPRequestHandler` answers the requests of a connection in their order", async (t) => {
  const address = serveFiles(t, { directory: site(t) });
  const targets = ["/large.bin", "/test.txt", "/list/", "/none", "/with", "/large.bin", "/test.txt"];
  const requests = targets.map((target) => `GET ${target} HTTP/1.1\r\nHost: h\r\n\r\n`).join("");
  const replies = await rawExchange(
    address,
    `${requests}HEAD /test.txt HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`,
  );
  const lines = replies.toString("latin1").match(/HTTP\/1\.1 \d+/g);
  const expected = [200, 200, 200, 404, 301, 200, 200, 200].map((status) => `HTTP/1.1 ${status}`);
  assert.deepEqual(lines, expected);
});

const conditions: readonly (readonly [since: string, status: 200 | 304])[] = [
  [DATE, 304],
  ["Sun, 09 Sep 2001 01:46:39 GMT", 200],
  ["Sun, 09 Sep 2001 01:46:41 GMT", 304],
  ["Sunday, 09-Sep-01 01:46:40 GMT", 304],
  ["Sun Sep  9 01:46:40 2001", 304],
  ["Wed, 01 Jan 2098 00:00:00 GMT", 304], // in the future, as in Python
  ["Sun, 09 Sep 2001 01:46:40 EST", 200],
  ["Sun, 09 Sep 2001 01:46:40 +0000", 200],
  ["Sun, 09 Sep 2001 01:46:40", 200],
  ["Sun, 31 Feb 2021 01:46:40 GMT", 200],
  ["Sun, 09 Sep 99999999999999999999 01:46:40 GMT", 200],
  ["This is not a date", 200],
  ["", 200],
];
for (const [since, status] of conditions) {
  test(`\`SimpleHTTPRequestHandler\` answers If-Modified-Since: ${since} with ${status}`, async (t) => {
    const address = serveFiles(t, { directory: site(t) });
    const fields = { "If-Modified-Since": since };
    const reply = await getAndHead(address, { target: "/test.txt", fields });
    assert.equal(reply.status.slice(0, 3), String(status));
    if (status === 200) return;
    assert.equal(reply.body.length, 0);
    assert.deepEqual(
      reply.fields.map(([name]) => name),
      ["Server", "Date", ...VALIDITY, "Connection"],
    );
    for (const tag of ['"x"', ""]) {
      const both = { ...fields, "If-None-Match": tag };
      assert.equal((await getAndHead(address, { target: "/test.txt", fields: both })).status, "200 OK", tag);
    }
    assert.equal((await getAndHead(address, { target: "/none", fields })).status, "404 File not found");
    assert.equal((await getAndHead(address, { target: "/list", fields })).status, "301 Moved Permanently");
    assert.equal((await getAndHead(address, { target: "/list/", fields })).status, "200 OK");
    assert.equal((await getAndHead(address, { target: "/with/", fields })).status, "304 Not Modified");
  });
}

test("`SimpleHTTPRequestHandler` accepts the date that it has sent", async (t) => {
  const directory = site(t);
  const address = serveFiles(t, { directory });
  const { fields } = await rawRequest(address, { target: "/test.txt" });
  const since = fieldOf({ status: "", fields, body: Buffer.alloc(0) }, "Last-Modified") ?? "";
  const again = { target: "/test.txt", fields: { "If-Modified-Since": since } };
  assert.equal((await rawRequest(address, again)).status, "304 Not Modified");
  fs.utimesSync(join(directory, "test.txt"), 1_000_000_002, 1_000_000_002);
  assert.equal((await rawRequest(address, again)).status, "200 OK");
});

test("`SimpleHTTPRequestHandler` sends no date in the future", async (t) => {
  const directory = site(t);
  fs.utimesSync(join(directory, "test.txt"), 4_000_000_000, 4_000_000_000);
  const reply = await rawRequest(serveFiles(t, { directory }), { target: "/test.txt" });
  assert.equal(fieldOf(reply, "Last-Modified"), undefined);
});

test("`SimpleHTTPRequestHandler` serves the first index page that is a file", async (t) => {
  const address = serveFiles(t, { directory: site(t) });
  for (const [target, content] of Object.entries({
    "/with/": "<p>index",
    "/htm/": "<p>htm",
    "/both/": "<p>html",
  })) {
    const reply = await getAndHead(address, { target });
    assert.equal(reply.body.toString(), content);
    assert.equal(fieldOf(reply, "Content-type"), "text/html; charset=utf-8");
    assert.equal(fieldOf(reply, "Last-Modified"), DATE);
  }
  const { body } = await getAndHead(address, { target: "/folder/" });
  assert.deepEqual(listed(body.toString()), [["index.html/", "index.html/"]]);
});

test("`SimpleHTTPRequestHandler.index_pages` has the names of the pages", async (t) => {
  class Handler extends SimpleHTTPRequestHandler {
    static override index_pages = ["none", "in.txt", "index.htm"];
  }
  const address = serveFiles(t, { directory: site(t) }, Handler);
  assert.equal((await getAndHead(address, { target: "/both/" })).body.toString(), "<p>htm");
  assert.equal((await getAndHead(address, { target: "/folder/index.html/" })).body.toString(), "in");
  Handler.index_pages = [];
  const { body } = await getAndHead(address, { target: "/with/" });
  assert.deepEqual(listed(body.toString()), [["index.html", "index.html"]]);
});

test("`SimpleHTTPRequestHandler` lists the entries of a directory, directories first", async (t) => {
  const reply = await getAndHead(serveFiles(t, { directory: site(t) }), { target: "/list/?x" });
  assert.equal(fieldOf(reply, "Content-type"), "text/html; charset=utf-8");
  assert.equal(fieldOf(reply, "X-Content-Type-Options"), "nosniff");
  assert.equal(fieldOf(reply, "Content-Security-Policy"), policyOfPage());
  assert.equal(fieldOf(reply, "Vary"), "Accept");
  assert.equal(fieldOf(reply, "Last-Modified"), undefined);
  const page = reply.body.toString();
  assert.match(page, /<title>Directory listing for \/list\/<\/title>/);
  assert.deepEqual(listed(page), [
    ["folder/", "folder/"],
    ["A", "A"],
    ["b", "b"],
  ]);
});

test("`SimpleHTTPRequestHandler` sorts a listing as its query says, and ignores other keys", async (t) => {
  const directory = temporaryTree(t, { small: "1", large: "333", "medium/": "", middle: "22" });
  const address = serveFiles(t, { directory });
  const orders = {
    "?sort=size": "medium large middle small",
    "?sort=size&order=asc": "medium small middle large",
    "?order=desc&x=<script>": "medium small middle large",
    "?sort=%00&order=%ff": "medium large middle small",
  };
  for (const [query, names] of Object.entries(orders)) {
    const page = (await getAndHead(address, { target: `/${query}` })).body.toString();
    assert.equal(
      listed(page)
        .map(([href]) => href.replace("/", ""))
        .join(" "),
      names,
      query,
    );
    assert.ok(!page.includes("x=<script>"));
  }
});

test("`SimpleHTTPRequestHandler` lists in JSON for clients that prefer it", async (t) => {
  const address = serveFiles(t, { directory: site(t) });
  const request = { target: "/list/?sort=name&order=desc", fields: { Accept: "application/json" } };
  const reply = await rawRequest(address, request);
  assert.equal(fieldOf(reply, "Content-type"), "application/json; charset=utf-8");
  assert.equal(fieldOf(reply, "Vary"), "Accept");
  assert.equal(fieldOf(reply, "X-Content-Type-Options"), "nosniff");
  const { path, entries } = JSON.parse(reply.body.toString());
  assert.equal(path, "/list/");
  const names = entries.map(({ name, type }: { name: string; type: string }) => `${name} ${type}`);
  assert.deepEqual(names, ["folder directory", "b file", "A file"]);
  const { mtime } = entries[1];
  assert.equal(mtime, "2001-09-09T01:46:40.750Z");
});

test("`SimpleHTTPRequestHandler` answers HEAD with the facts that mounting and mirroring programs need", async (t) => {
  // rclone, lftp, httpdirfs, qemu-img, nbdkit, GDAL
  const files = {
    "empty.bin": "",
    "small.txt": "abc",
    "data.parquet": "PAR1",
    "large.raw": Buffer.alloc(3_000_000),
  };
  const address = serveFiles(t, { directory: temporaryTree(t, files) });
  for (const [name, content] of Object.entries(files)) {
    const reply = await rawRequest(address, { target: `/${name}`, method: "HEAD" });
    assert.deepEqual(
      ["Content-Length", "Last-Modified", "Accept-Ranges"].map((field) => fieldOf(reply, field)),
      [String(content.length), "Sun, 09 Sep 2001 01:46:40 GMT", "bytes"],
      name,
    );
  }
});

test("`SimpleHTTPRequestHandler` reads no entries of a directory for HEAD", async (t) => {
  const looked: string[] = [];
  class Handler extends SimpleHTTPRequestHandler {
    override async list_directory(path: string) {
      const file = await super.list_directory(path);
      if (file === null) return null;
      const read = file.read.bind(file);
      file.read = (length) => {
        looked.push(String(this.command));
        return read(length);
      };
      return file;
    }
  }
  const address = serveFiles(t, { directory: site(t) }, Handler);
  const reply = await rawRequest(address, { target: "/list/", method: "HEAD" });
  assert.equal(reply.status, "200 OK");
  assert.equal(fieldOf(reply, "Content-Length"), undefined);
  assert.deepEqual(looked, []);
  await rawRequest(address, { target: "/list/" });
  assert.equal(looked[0], "GET");
});

test("`SimpleHTTPRequestHandler` shows a directory's decoded name as text", async (t) => {
  const directory = temporaryTree(t, { "<&\"'é>/in": "" });
  const { body } = await rawRequest(serveFiles(t, { directory }), { target: "/%3C%26%22'%c3%a9%3e/" });
  assert.match(body.toString(), /<title>Directory listing for \/&lt;&amp;&quot;&#x27;é&gt;\/<\/title>/);
});

test("`SimpleHTTPRequestHandler` lists a directory with many files", async (t) => {
  const names = Array.from({ length: 1000 }, (_, at) => `a file with a rather long name ${10_000 + at}`);
  const directory = temporaryTree(t, Object.fromEntries(names.map((name) => [name, ""])));
  const { body } = await getAndHead(serveFiles(t, { directory }), { target: "/" });
  assert.deepEqual(
    listed(body.toString()).map(([, text]) => text),
    names,
  );
});

test("`SimpleHTTPRequestHandler` logs as Python does", async (t) => {
  const log: string[] = [];
  const address = serveFiles(t, { directory: site(t) }, SimpleHTTPRequestHandler, log);
  for (const target of ["/test.txt?q", "/none", "/list"]) await rawRequest(address, { target });
  assert.deepEqual(log, [
    '"GET /test.txt?q HTTP/1.1" 200',
    "code %d, message %s|404|File not found",
    '"GET /none HTTP/1.1" 404',
    '"GET /list HTTP/1.1" 301',
  ]);
});

test("`SimpleHTTPRequestHandler` sends HTTP/1.0 if `protocol_version` says so", async (t) => {
  class Handler extends SimpleHTTPRequestHandler {
    static override protocol_version = "HTTP/1.0";
  }
  const address = serveFiles(t, { directory: site(t) }, Handler);
  const reply = await rawExchange(address, "GET /large.bin HTTP/1.1\r\nHost: h\r\n\r\n");
  assert.match(reply.toString("latin1", 0, 200), /^HTTP\/1\.0 200 OK\r\n/);
  assert.equal(reply.length - reply.indexOf("\r\n\r\n") - 4, 1_000_000);
});
