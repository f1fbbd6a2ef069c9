import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import test, { type TestContext } from "node:test";
import { serveFiles, temporaryTree } from "../support/file-server.js";
import { listingRows } from "../support/listing-rows.js";
import { fieldOf, type RawReply, type RawRequest, rawRequest } from "../support/raw-http.js";

const found = spawnSync("python3", ["-c", "import http.server, sys; print(sys.version_info >= (3, 11))"]);
const noPython = found.stdout?.toString().trim() === "True" ? false : "there is no python3 from 3.11 on";

const DATE = "Sun, 09 Sep 2001 01:46:40 GMT";
const BEFORE = "Sun, 09 Sep 2001 01:46:39 GMT";

function tree(t: TestContext): string {
  const names = [
    ...["a b.html", "x.tar.gz", "x.Z", "x.GZ", "x.bz2", "x.xz", "x.png", "x.pdf", "x.zip", "x.js", "x.css"],
    ...["x.json", "x.csv", "x.svg", "x.xml", "x.wasm", "x.unheard-of", "none", ".dot", "100%.txt", "ü€.txt"],
    ...["a#b?c.txt", "a:b", "back\\slash", "Upper", "lower", "<b>&.txt", "sub dir/in.txt"],
  ];
  const root = temporaryTree(t, {
    ...Object.fromEntries(names.map((name) => [name, `this is ${name}\n`])),
    "hello.txt": "hello\n",
    "zero.txt": "",
    "big.bin": Buffer.alloc(200_000, "0123456789\n"),
    "index/index.html": "<p>index",
    "htm/index.htm": "<p>htm",
    "both/index.html": "<p>html",
    "both/index.htm": "<p>htm",
    "folder/index.html/in.txt": "in",
    "empty/": "",
    link: { linkTo: "hello.txt" },
    broken: { linkTo: "nowhere" },
    loop: { linkTo: "loop" },
    directories: { linkTo: "sub dir" },
  });
  fs.chmodSync(join(root, "empty"), 0o755);
  return root;
}

/** Starts Python's server. Returns its address when it serves. */
async function python(t: TestContext, directory: string): Promise<readonly [string, number]> {
  const options = ["-u", "-m", "http.server", "-b", "127.0.0.1", "-p", "HTTP/1.1", "-d", directory, "0"];
  const child: ChildProcess = spawn("python3", options, { stdio: ["ignore", "pipe", "ignore"] });
  t.after(() => child.kill("SIGKILL"));
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream }))
    return ["127.0.0.1", Number(/ port (\d+) /.exec(line)?.[1])];
  throw new Error("Python's server has ended.");
}

/** Requests that both servers must answer with the same bytes, after {@link comparable}. */
const same: readonly (RawRequest | string)[] = [
  // Files, and their types.
  ...["/hello.txt", "/hello.txt?q=1", "/hello.txt?", "/a%20b.html", "/zero.txt", "/big.bin"],
  ...["/x.tar.gz", "/x.Z", "/x.GZ", "/x.bz2", "/x.xz", "/x.png", "/x.pdf", "/x.zip", "/x.js", "/x.css"],
  ...["/x.json", "/x.csv", "/x.svg", "/x.xml", "/x.wasm", "/x.unheard-of", "/none", "/link"],
  ...[
    "/100%25.txt",
    "/100%.txt",
    "/%C3%BC%E2%82%AC.txt",
    "/a%23b%3Fc.txt",
    "/a:b",
    "/a%3ab",
    "/back%5Cslash",
  ],
  ...["/sub%20dir/in.txt", "/directories/in.txt", "/%68ello.txt", "/%3Cb%3E&.txt"],
  // Misleading paths.
  ...["/./hello.txt", "//hello.txt", "/sub%20dir/../hello.txt"],
  ...["/%2e%2e/%2e%2e/etc/passwd", "/../../../../etc/passwd", "/hello.txt/../none", "/missing/../hello.txt"],
  // Missing files.
  ...["/missing", "/missing/", "/hello.txt/", "/hello.txt/x", "/HELLO.TXT", "/broken", "/loop", "/loop/"],
  ...["/%", "/%zz", "/%4", "/%E0%80", "/\\evil", `/${"x".repeat(300)}`, "/index;x", '/"', "/<script>"],
  // Directories.
  ...["/", "/index/", "/htm/", "/both/", "/folder/", "/empty/", "/sub%20dir/", "/directories/"],
  ...["/index//", "/index/?a?b", "/empty//", "/index/.", "/folder/index.html/"],
  // Redirects.
  ...["/index", "/index?x=1", "/index?x=1&y=/", "//index"],
  ...["/sub%20dir", "/directories", "/.", "/index/..", "/%69ndex", "/index/%2e%2e/index"],
  // Methods.
  ...["/", "/hello.txt", "/index", "/index/", "/missing", "/big.bin", "/zero.txt"].map((target) => ({
    method: "HEAD",
    target,
  })),
  ...["POST", "PUT", "DELETE", "OPTIONS", "FOO", "get"].map((method) => ({ method, target: "/hello.txt" })),
  // Dates.
  ...[
    ...[DATE, BEFORE, "Sun, 09 Sep 2001 01:46:41 GMT", "Sunday, 09-Sep-01 01:46:40 GMT"],
    ...["Sun Sep  9 01:46:40 2001", "Wed, 01 Jan 2098 00:00:00 GMT", "Sun, 09 Sep 2001 01:46:40 +0100"],
    ...[
      "Sun, 09 Sep 2001 01:46:40 EST",
      "Sun, 09 Sep 2001 24:46:40 GMT",
      "Sun, 99 Sep 9999999999 01:46:40 GMT",
    ],
    ...["nonsense", "", "2001-09-09T01:46:40Z"],
  ].map((date) => ({ target: "/hello.txt", fields: { "If-Modified-Since": date } })),
  ...['"x"', ""].map((tag) => ({
    target: "/hello.txt",
    fields: { "If-Modified-Since": DATE, "If-None-Match": tag },
  })),
  ...["/index/", "/big.bin", "/missing", "/index", "/empty/"].map((target) => ({
    target,
    fields: { "If-Modified-Since": DATE },
  })),
  { method: "HEAD", target: "/hello.txt", fields: { "If-Modified-Since": DATE } },
  { target: "/hello.txt", fields: { Range: "lines=0-0" } },
];

interface Difference {
  readonly request: RawRequest;
  /** Our status. Python's is not compared, because other versions may have changed. */
  readonly status: string;
  readonly reason: string;
}

const since = (date: string): RawRequest => ({ target: "/hello.txt", fields: { "If-Modified-Since": date } });

const differences: readonly Difference[] = [
  {
    request: { target: "/hello.txt%2F" },
    status: "404 File not found",
    reason: "a slash is a slash, however it is written; Python from 3.14 on (gh-134098)",
  },
  { request: { target: "/index%2f" }, status: "200 OK", reason: "the same" },
  ...["/../hello.txt", "/..", "/%2e%2e/hello.txt"].map((target) => ({
    request: { target },
    status: "404 File not found",
    reason: "nobody goes above the root by chance; Python leaves the dots out",
  })),
  ...["/..%2fhello.txt", "/%2findex", "///evil.com/..%2f..", "/sub%20dir%2fin.txt"].map((target) => ({
    request: { target },
    status: "404 File not found",
    reason: "an encoded slash is none that a proxy in front has seen",
  })),
  {
    request: { target: "/.hidden" },
    status: "404 File not found",
    reason: "dot files are nobody's business",
  },
  {
    request: { target: "/hello.txt", fields: { Range: "bytes=0-0" } },
    status: "206 Partial Content",
    reason: "ranges, which Python has not (gh-86809)",
  },
  {
    request: { target: "/hello.txt", fields: { "If-None-Match": "*" } },
    status: "304 Not Modified",
    reason: "entity tags, which Python has not",
  },
  {
    request: { target: "/index?" },
    status: "301 Moved Permanently",
    reason: "the empty query is kept (RFC 3986 §6.2.3), Python drops it",
  },
  {
    request: { target: "/hello.txt%00" },
    status: "404 File not found",
    reason: "Python drops the connection",
  },
  { request: { target: "/f%FF.txt" }, status: "200 OK", reason: "the link to a file has its very bytes" },
  { request: { target: "http://h/hello.txt" }, status: "200 OK", reason: "absolute form (RFC 9112 §3.2.2)" },
  {
    request: { target: "/\xc3\xbc\u20ac.txt" },
    status: "400 Bad request target",
    reason: "bytes above ASCII are percent-encoded (RFC 9112 §3.2)",
  },
  { request: { target: "hello.txt" }, status: "400 Bad request target", reason: "no form of RFC 9112 §3.2" },
  {
    request: { target: "*" },
    status: "400 Bad request target",
    reason: "only for OPTIONS (RFC 9112 §3.2.4)",
  },
  {
    request: since("Sun, 09 Sep 2001 01:46:40"),
    status: "200 OK",
    reason: "only the three forms of RFC 9110 §5.6.7 are dates",
  },
  { request: since("Sun, 09 Sep 2001 01:46:40 +0000"), status: "200 OK", reason: "the same" },
  { request: since("Sun, 09 Sep 2001 01:46:40 UTC"), status: "200 OK", reason: "the same" },
  { request: since("09 Sep 2001 01:46:40 GMT"), status: "200 OK", reason: "the same" },
  { request: since("Sun, 9 Sep 2001 01:46:40 GMT"), status: "200 OK", reason: "the same" },
  { request: since("sun, 09 sep 2001 01:46:40 gmt"), status: "200 OK", reason: "the same" },
];

const OURS = [
  "server",
  "date",
  "connection",
  "etag",
  "cache-control",
  "accept-ranges",
  "allow",
  "vary",
  "x-content-type-options",
  "content-security-policy",
];

/** Removes the differences that every response may have. */
function comparable(reply: RawReply): unknown {
  const isPage = /^<!DOCTYPE/.test(reply.body.toString());
  const fields = reply.fields
    // `Server` and `Date` differ. We announce the end of a connection before we close it. Python does not announce it
    // if the client has requested it, and closes after each error. Python has no validators, no fields for ranges, no
    // policy for listings, and no `Allow` with 501.
    .filter(([name]) => !OURS.includes(name.toLowerCase()))
    // Text has a charset here. From 3.14 on, Python's page is longer, because it supports light and dark colours.
    .map(([name, value]) => [name, value.replace(/; charset=utf-8$/, "")] as const)
    // A 304 repeats the validators here.
    .filter(([name]) => !(name === "Last-Modified" && reply.status.startsWith("304")))
    .filter(([name]) => !(/^(?:Content-Length|Transfer-Encoding)$/.test(name) && isPage));
  return { status: reply.status, fields, body: isPage ? textOf(reply.body) : reply.body.toString("latin1") };
}

/** Returns the parts of a page that are equal on both servers: the title and the names of a listing. */
function textOf(page: Buffer): unknown {
  const text = page.toString();
  const title = /<title>Directory listing for .*<\/title>/.exec(text)?.[0];
  if (title !== undefined) return { title, links: new Set(linksOf(text)) };
  return text
    .replace(/<!DOCTYPE[^>]*>|<html[^>]*>|<meta[^>]*>|<style.*?<\/style>/gs, "")
    .replace(/\s+/g, " ");
}

/** Returns the links to the entries, except dot files, which ours does not list. */
function linksOf(page: string): string[] {
  const theirs = [...page.matchAll(/<li><a href="([^"]*)">/g)].map(([, href = ""]) => href);
  const ours = listingRows(page).map(({ href }) => href);
  // Python's links to directories have no slash if these are symbolic links, and their text ends in "@".
  return [...theirs, ...ours].filter((href) => !href.startsWith(".")).sort();
}

test("`SimpleHTTPRequestHandler` answers as Python's does", { skip: noPython }, async (t) => {
  const directory = tree(t);
  const theirs = await python(t, directory);
  const ours = serveFiles(t, { directory });
  for (const row of same) {
    const request = typeof row === "string" ? { target: row } : row;
    const [expected, actual] = await Promise.all([rawRequest(theirs, request), rawRequest(ours, request)]);
    const name = `${request.method ?? "GET"} ${request.target} ${JSON.stringify(request.fields ?? {})}`;
    // HEAD responses for pages look like those for files, and the pages of two versions have different lengths.
    if (request.method === "HEAD") {
      const withoutLength = (reply: RawReply) => ({
        ...reply,
        fields: reply.fields.filter(([field]) => field !== "Content-Length"),
      });
      assert.deepEqual(comparable(withoutLength(actual)), comparable(withoutLength(expected)), name);
      assert.equal(actual.body.length, 0, name);
      continue;
    }
    assert.deepEqual(comparable(actual), comparable(expected), name);
    if (fieldOf(actual, "Transfer-Encoding") === undefined)
      assert.equal(Number(fieldOf(actual, "Content-Length") ?? 0), actual.body.length, name);
  }
});

for (const { request, status, reason } of differences) {
  const { target, fields = {} } = request;
  const name = [target, ...Object.values(fields)].join(", ");
  test(`\`SimpleHTTPRequestHandler\` answers ${name} with ${status}: ${reason}`, async (t) => {
    const directory = tree(t);
    fs.writeFileSync(Buffer.from(`${directory}/f\xff.txt`, "latin1"), "f");
    assert.equal((await rawRequest(serveFiles(t, { directory }), request)).status, status);
  });
}
