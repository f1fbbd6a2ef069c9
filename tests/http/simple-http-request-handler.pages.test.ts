import assert from "node:assert/strict";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { type FileSettings, handlerWith, serveFiles, temporaryTree } from "../support/file-server.js";
import { listingRows } from "../support/listing-rows.js";
import { fieldOf, getAndHead, type RawReply } from "../support/raw-http.js";

const HTML = "text/html,application/xhtml+xml,*/*;q=0.8";

/** A directory below another one, so that there are files beside it. */
function site(t: TestContext): string {
  const parent = temporaryTree(t, {
    "www.html": "beside",
    "www/index.html": "index",
    "www/page.html": "page",
    "www/both": "both",
    "www/both.html": "both.html",
    "www/folder.html": "folder.html",
    "www/folder/index.html": "folder/index",
    "www/alone/index.html": "alone/index",
    "www/list/in.txt": "in",
    "www/list/.well-known/in": "in",
    "www/script.js": "script",
    "www/404.html": "not found page",
    "www/.well-known/in.txt": "known",
  });
  return join(parent, "www");
}

type Row = readonly [target: string, status: number, shown: string];

/**
 * Requests each target. `shown` is the content, or the target of a redirect; empty for errors without a page of the
 * site.
 */
function rowsAre(name: string, settings: FileSettings, accept: string, rows: readonly Row[]): void {
  for (const [target, status, shown] of rows) {
    test(`${name}: ${target} is ${status} ${shown}`, async (t) => {
      const address = serveFiles(t, { directory: site(t) }, handlerWith(settings));
      const reply = await getAndHead(address, { target, fields: { Accept: accept } });
      assert.equal(Number(reply.status.slice(0, 3)), status);
      assert.equal(shownBy(reply), shown);
    });
  }
}

function shownBy(reply: RawReply): string {
  const location = fieldOf(reply, "Location");
  if (location !== undefined) return location;
  const text = reply.body.toString();
  return /^<!doctype html/i.test(text)
    ? listingRows(text)
        .map(({ href }) => href)
        .join(" ")
    : text;
}

rowsAre("An application", { spa: true }, HTML, [
  ["/", 200, "index"],
  ["/users", 200, "index"],
  ["/users/7", 200, "index"],
  ["/users/7/", 200, "index"],
  ["/users?x=a.b", 200, "index"],
  ["/both", 200, "both"],
  ["/page.html", 200, "page"],
  ["/folder", 301, "/folder/"],
  ["/folder/", 200, "folder/index"],
  ["/list/", 200, "in.txt"],
  ["/missing.js", 404, "not found page"],
  ["/users/john.doe", 404, "not found page"],
  ["/.env", 404, "not found page"],
  ["/.git/config", 404, "not found page"],
  ["/users/%00", 404, "not found page"],
  ["/users%2f7", 404, "not found page"],
  ["/../users", 404, "not found page"],
]);

for (const accept of ["*/*", "", "application/json, */*;q=0.1", "text/html;q=0, */*"])
  rowsAre(`An application asked with Accept: ${accept}`, { spa: true }, accept, [
    ["/users", 404, "not found page"],
    ["/both", 200, "both"],
    ["/", 200, "index"],
  ]);

rowsAre("An application with dots in its routes", { spa: true, spa_dots: true }, HTML, [
  ["/users/jane.doe", 200, "index"],
  ["/none.js", 200, "index"],
  ["/.env", 404, "not found page"],
]);
rowsAre("A script asked for in such an application", { spa: true, spa_dots: true }, "*/*", [
  ["/none.js", 404, "not found page"],
]);
rowsAre("An application without listings", { spa: true, listing: false }, HTML, [["/list/", 200, "index"]]);
rowsAre("An application at a base", { spa: true, base_path: "/app" }, HTML, [
  ["/app/users", 200, "index"],
  ["/users", 404, "not found page"],
]);
rowsAre("An application whose index is called otherwise", { spa: true, index_pages: ["page.html"] }, HTML, [
  ["/users", 200, "page"],
]);

rowsAre("Clean URLs", { clean_urls: true }, "*/*", [
  ["/page", 200, "page"],
  ["/page.html", 200, "page"],
  ["/page?x", 200, "page"],
  ["/page/", 404, "not found page"],
  ["/both", 200, "both"],
  ["/folder", 200, "folder.html"],
  ["/folder/", 200, "folder/index"],
  ["/alone", 301, "/alone/"],
  ["/script", 404, "not found page"],
  // A file beside the directory is not inside it.
  ["/alone/..", 301, "/alone/../"],
  ["/.", 301, "/./"],
  ["/../www", 404, "not found page"],
]);
rowsAre("Clean URLs at a base", { clean_urls: true, base_path: "/app" }, "*/*", [
  ["/app", 301, "/app/"],
  ["/app/page", 200, "page"],
]);
rowsAre("A site without clean URLs", {}, "*/*", [["/page", 404, "not found page"]]);

rowsAre("A site at a base", { base_path: "/app/v1/" }, "*/*", [
  ["/app/v1/", 200, "index"],
  ["/app/v1", 301, "/app/v1/"],
  ["/app/v1?x=1", 301, "/app/v1/?x=1"],
  ["/app/v1/folder", 301, "/app/v1/folder/"],
  ["/app/v1/list/", 200, "in.txt"],
  ["/app/v1/list/in.txt", 200, "in"],
  ["/%61pp/v1/page.html", 200, "page"],
  ["/app/v1/list/../page.html", 200, "page"],
  ["/app", 404, "not found page"],
  ["/app/v10/", 404, "not found page"],
  ["/app/", 404, "not found page"],
  ["/", 404, "not found page"],
  ["/page.html", 404, "not found page"],
  ["/app/v1/../page.html", 404, "not found page"],
  ["/app/v1/..", 404, "not found page"],
  // `.well-known` has its meaning only at the root of a host (RFC 8615 §3).
  ["/app/v1/.well-known/in.txt", 404, "not found page"],
]);
rowsAre("A site at a base without an index page", { base_path: "/app", index_pages: [] }, "*/*", [
  ["/app/", 200, "alone/ folder/ list/ 404.html both both.html folder.html index.html page.html script.js"],
]);
rowsAre("A site at a base, asked for with an encoded slash", { base_path: "/app" }, "*/*", [
  // Links in the page would lead outside the base.
  ["/app%2f", 404, "not found page"],
  ["/app%2F?x", 404, "not found page"],
  ["/app/list/..%2f", 404, "not found page"],
  ["/app%2f/", 404, "not found page"],
  ["/app%2flist/", 404, "not found page"],
  ["/app/%2f", 404, "not found page"],
  ["/app/list%2f", 200, "/app/list/in.txt"],
  ["/app/page.html%2f", 404, "not found page"],
  ["/app//", 200, "index"],
]);
rowsAre("An application at a base, asked for with an encoded slash", { spa: true, base_path: "/app" }, HTML, [
  ["/app%2f", 404, "not found page"],
  ["/app/page.html/", 200, "index"],
  ["/app/page.html%2f", 200, "index"],
]);
rowsAre("A site at the root, asked for with an encoded slash", {}, "*/*", [
  ["/%2f", 200, "index"],
  ["/list%2f", 200, "/list/in.txt"],
]);
rowsAre("A site without listings", { listing: false }, "*/*", [
  ["/list/", 404, "not found page"],
  ["/list", 301, "/list/"],
  ["/list/in.txt", 200, "in"],
  ["/folder/", 200, "folder/index"],
]);
rowsAre("A site with another page for what is missing", { not_found_page: "list/in.txt" }, "*/*", [
  ["/none", 404, "in"],
]);
rowsAre("A site whose page for what is missing is missing", { not_found_page: "none" }, "*/*", [
  ["/none", 404, ""],
]);
rowsAre("A site without such a page", { not_found_page: null }, "*/*", [["/none", 404, ""]]);

test("The links of a listing at a base stay below it", async (t) => {
  const address = serveFiles(t, { directory: site(t) }, handlerWith({ base_path: "/app" }));
  const { body } = await getAndHead(address, { target: "/app/list/" });
  const links = [...body.toString().matchAll(/<a href="([^"]*)"/g)].map(
    ([, href = ""]) => new URL(href, "http://host/app/list/").pathname,
  );
  assert.ok(links.includes("/app/"));
  for (const path of links) assert.match(path, /^\/app\//);
});

const varying: readonly (readonly [
  target: string,
  accept: string,
  status: number,
  vary: string | undefined,
])[] = [
  ["/users", HTML, 200, "Accept"],
  ["/users", "*/*", 404, "Accept"],
  ["/missing.js", HTML, 404, undefined],
  ["/%00", HTML, 404, undefined],
  ["/both", HTML, 200, undefined],
  ["/", HTML, 200, undefined],
];
for (const [target, accept, status, vary] of varying) {
  test(`An application's ${status} for ${target} and ${accept} says Vary: ${vary}`, async (t) => {
    const address = serveFiles(t, { directory: site(t) }, handlerWith({ spa: true }));
    const fields = { Accept: accept };
    const reply = await getAndHead(address, { target, fields });
    assert.deepEqual([Number(reply.status.slice(0, 3)), fieldOf(reply, "Vary")], [status, vary]);
    const etag = fieldOf(reply, "ETag");
    if (etag === undefined) return;
    const again = await getAndHead(address, { target, fields: { ...fields, "If-None-Match": etag } });
    assert.deepEqual([again.status, fieldOf(again, "Vary")], ["304 Not Modified", vary]);
  });
}

test("An application's precompressed page depends on both fields", async (t) => {
  const directory = temporaryTree(t, { "index.html": "index", "index.html.gz": "(gzip)" });
  const address = serveFiles(t, { directory }, handlerWith({ spa: true }));
  for (const [encoding, body] of Object.entries({ gzip: "(gzip)", identity: "index" })) {
    const fields = { Accept: HTML, "Accept-Encoding": encoding };
    const reply = await getAndHead(address, { target: "/users", fields });
    assert.deepEqual([reply.body.toString(), fieldOf(reply, "Vary")], [body, "Accept, Accept-Encoding"]);
  }
});

test("The 404 page has its type and length, and no validators", async (t) => {
  const address = serveFiles(t, { directory: site(t) });
  const fields = {
    "If-None-Match": "*",
    "If-Modified-Since": "Wed, 01 Jan 2098 00:00:00 GMT",
    Range: "bytes=0-1",
  };
  const reply = await getAndHead(address, { target: "/none", fields });
  assert.equal(reply.status, "404 File not found");
  assert.equal(fieldOf(reply, "Content-Type"), "text/html; charset=utf-8");
  assert.equal(fieldOf(reply, "Content-Length"), String("not found page".length));
  for (const name of ["ETag", "Last-Modified", "Accept-Ranges", "Content-Range"])
    assert.equal(fieldOf(reply, name), undefined, name);
  assert.equal((await getAndHead(address, { target: "/404.html" })).status, "200 OK");
});
