import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import * as zlib from "node:zlib";
import { SimpleHTTPRequestHandler } from "pyserve";
import { handlerWith, MODIFIED, serveFiles, temporaryTree } from "../support/file-server.js";
import { fieldOf, getAndHead, rawRequest } from "../support/raw-http.js";

const TEXT = "0123456789\n".repeat(100);

function site(t: TestContext): string {
  return temporaryTree(t, {
    "logo.svgz": zlib.gzipSync("<svg/>"),
    "x.framework.js.br": zlib.brotliCompressSync("1"),
    "tiles/1.pbf": zlib.gzipSync("tile"),
    "site.tar.gz": zlib.gzipSync("tar"),
    "table.parquet": "PAR1 PAR1",
    "table.parquet.gz": zlib.gzipSync("PAR1 PAR1"),
    "only.js.gz": zlib.gzipSync(TEXT),
    "page.txt": TEXT,
    "page.txt.gz": zlib.gzipSync(TEXT),
    "large.bin": Buffer.alloc(400_000, TEXT),
  });
}

const encodings: readonly (readonly [target: string, type: string | null, coding: string | undefined])[] = [
  ["/logo.svgz", "image/svg+xml", "gzip"],
  ["/x.framework.js.br", "text/javascript; charset=utf-8", "br"],
  ["/tiles/1.pbf", null, "gzip"],
  ["/site.tar.gz", "application/gzip", undefined],
  ["/page.txt.gz", "text/plain; charset=utf-8", "gzip"],
];
for (const [target, type, coding] of encodings)
  test(`${target} is ${coding ?? "not coded"} by \`content_encodings\``, async (t) => {
    const content_encodings = {
      ...SimpleHTTPRequestHandler.content_encodings,
      ...({ "*.br": "br", "*.gz": "gzip", "tiles/**": "gzip" } as const),
    };
    const directory = site(t);
    const address = serveFiles(t, { directory }, handlerWith({ content_encodings }));
    const reply = await getAndHead(address, { target });
    assert.deepEqual([reply.status, fieldOf(reply, "Content-Encoding")], ["200 OK", coding]);
    if (type !== null) assert.equal(fieldOf(reply, "Content-Type"), type);
    assert.ok(reply.body.equals(fs.readFileSync(join(directory, target))));
    assert.equal(fieldOf(reply, "Vary"), undefined);
  });

test("Only the registered `.svgz` is coded by default", async (t) => {
  const address = serveFiles(t, { directory: site(t) });
  const coding = async (target: string) => fieldOf(await getAndHead(address, { target }), "Content-Encoding");
  assert.equal(await coding("/logo.svgz"), "gzip");
  for (const target of ["/x.framework.js.br", "/only.js.gz", "/site.tar.gz"])
    assert.equal(await coding(target), undefined, target);
});

test("Coded content is sent for types that compress well, and for all types on request", async (t) => {
  const request = { target: "/table.parquet", fields: { "Accept-Encoding": "gzip" } };
  const usual = await getAndHead(serveFiles(t, { directory: site(t) }), request);
  assert.deepEqual([usual.body.toString(), fieldOf(usual, "Vary")], ["PAR1 PAR1", undefined]);
  const all = serveFiles(t, { directory: site(t) }, handlerWith({ precompressed: "all" }));
  assert.equal(fieldOf(await getAndHead(all, request), "Content-Encoding"), "gzip");
});

const only: readonly (readonly [accept: string | null, status: string, coding?: string])[] = [
  ["gzip", "200 OK", "gzip"],
  [null, "200 OK"],
  ["br", "200 OK"],
  ["br, identity;q=0", "406 Not Acceptable"],
];
for (const [accept, status, coding] of only)
  test(`A file that is only there with coded content is ${coding ?? status} for Accept-Encoding: ${accept}`, async (t) => {
    const address = serveFiles(t, { directory: site(t) }, handlerWith({ precompressed_only: true }));
    const fields: Record<string, string> = accept === null ? {} : { "Accept-Encoding": accept };
    // A chunked response has a field for this; HEAD has no chunks.
    const reply = await rawRequest(address, { target: "/only.js", fields });
    assert.deepEqual([reply.status, fieldOf(reply, "Content-Encoding")], [status, coding]);
    if (status !== "200 OK") return;
    const text = coding === undefined ? reply.body : zlib.gunzipSync(reply.body);
    assert.equal(text.toString(), TEXT);
    assert.equal(fieldOf(reply, "Vary"), "Accept-Encoding");
    assert.equal(fieldOf(reply, "Content-Type"), "text/javascript; charset=utf-8");
    const again = { ...fields, "If-None-Match": fieldOf(reply, "ETag") ?? "" };
    assert.equal(
      (await getAndHead(address, { target: "/only.js", fields: again })).status,
      "304 Not Modified",
    );
  });

test("A file that exists only as coded content is missing by default, and a missing file always is", async (t) => {
  const directory = site(t);
  assert.equal(
    (await getAndHead(serveFiles(t, { directory }), { target: "/only.js" })).status,
    "404 File not found",
  );
  const address = serveFiles(t, { directory }, handlerWith({ precompressed_only: true }));
  for (const target of ["/none.js", "/only.js/", "/site.tar"])
    assert.equal((await getAndHead(address, { target })).status, "404 File not found", target);
});

test("A stale file with coded content is reported once, and not sent", async (t) => {
  const directory = site(t);
  fs.utimesSync(join(directory, "page.txt.gz"), MODIFIED - 60, MODIFIED - 60);
  const log: string[] = [];
  const address = serveFiles(t, { directory }, SimpleHTTPRequestHandler, log);
  for (let count = 0; count < 3; count++) {
    const reply = await rawRequest(address, { target: "/page.txt", fields: { "Accept-Encoding": "gzip" } });
    assert.equal(fieldOf(reply, "Content-Encoding"), undefined);
  }
  const told = log.filter((line) => line.includes("page.txt.gz is older than the original file"));
  assert.equal(told.length, 1, log.join("\n"));
});

for (const target of ["/page.txt", "/large.bin"])
  test(`${target} has digests where they are wanted, of the whole also with a part of it`, async (t) => {
    const directory = site(t);
    const address = serveFiles(t, { directory }, handlerWith({ digests: true }));
    const bytes = fs.readFileSync(join(directory, target));
    const digest = Buffer.from(await crypto.subtle.digest("SHA-256", bytes)).toString("base64");
    const ask = (fields: Record<string, string> = {}) => rawRequest(address, { target, fields });
    for (let count = 0; count < 2; count++) {
      const whole = await ask();
      assert.equal(fieldOf(whole, "Repr-Digest"), `sha-256=:${digest}:`);
      assert.equal(fieldOf(whole, "Content-Digest"), `sha-256=:${digest}:`);
      assert.ok(whole.body.equals(bytes));
    }
    const part = await ask({ Range: "bytes=1-3" });
    assert.deepEqual([part.status, part.body.toString()], ["206 Partial Content", "123"]);
    assert.equal(fieldOf(part, "Repr-Digest"), `sha-256=:${digest}:`);
    assert.equal(fieldOf(part, "Content-Digest"), undefined);
    assert.equal(fieldOf(await ask({ "Want-Repr-Digest": "sha-512=1" }), "Repr-Digest"), undefined);
    assert.equal(fieldOf(await ask({ "If-None-Match": "*" }), "Repr-Digest"), undefined);
    const without = serveFiles(t, { directory });
    assert.equal(fieldOf(await rawRequest(without, { target }), "Repr-Digest"), undefined);
  });
