import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { TextReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js";
import { ZipTree } from "../../examples/zip-tree.js";
import { serveFiles, temporaryDirectory } from "../support/file-server.js";
import { fieldOf, getAndHead, rawRequest } from "../support/raw-http.js";

const MODIFIED = new Date("2024-03-02T10:20:30Z");

/** A server for a zip file with some files. */
async function served(t: TestContext) {
  const zip = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false, lastModDate: MODIFIED });
  const files = { "page.txt": "0123456789", "a/b/c.html": "<p>c", "a/index.html": "<p>index", "list/x": "x" };
  for (const [name, content] of Object.entries(files)) await zip.add(name, new TextReader(content));
  const path = join(temporaryDirectory(t), "site.zip");
  fs.writeFileSync(path, await zip.close());
  return serveFiles(t, { tree: await ZipTree.open(await fs.openAsBlob(path)) });
}

test("a site in a zip file has pages, index pages, redirects and listings", async (t) => {
  const address = await served(t);
  const rows = {
    "/page.txt": "200 OK",
    "/a/b/c.html": "200 OK",
    "/a/": "200 OK",
    "/a": "301 Moved Permanently",
    "/none": "404 File not found",
    "/page.txt/": "404 File not found",
    "/page.txt/x": "404 File not found",
  };
  for (const [target, status] of Object.entries(rows))
    assert.equal((await getAndHead(address, { target })).status, status, target);
  const listing = (await rawRequest(address, { target: "/list/" })).body.toString();
  assert.match(listing, /href="x"/);
  assert.match((await rawRequest(address, { target: "/" })).body.toString(), /href="page.txt"/);
});

test("a site in a zip file has ranges, and a 304 by tag and date", async (t) => {
  const address = await served(t);
  const whole = await getAndHead(address, { target: "/page.txt" });
  assert.equal(whole.body.toString(), "0123456789");
  const part = await rawRequest(address, { target: "/page.txt", fields: { Range: "bytes=2-4" } });
  assert.deepEqual([part.status, part.body.toString()], ["206 Partial Content", "234"]);
  const several = await rawRequest(address, { target: "/page.txt", fields: { Range: "bytes=0-0,9-9" } });
  assert.match(fieldOf(several, "Content-Type") ?? "", /^multipart\/byteranges/);
  const conditions = {
    "If-None-Match": fieldOf(whole, "ETag") ?? "",
    "If-Modified-Since": fieldOf(whole, "Last-Modified") ?? "",
  };
  for (const [name, value] of Object.entries(conditions))
    assert.equal(
      (await getAndHead(address, { target: "/page.txt", fields: { [name]: value } })).status,
      "304 Not Modified",
      name,
    );
});
