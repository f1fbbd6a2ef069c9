import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import {
  handlerWith,
  MODIFIED,
  serveFiles,
  temporaryDirectory,
  temporaryTree,
} from "../support/file-server.js";
import { fieldOf, getAndHead, rawRequest } from "../support/raw-http.js";
import { PATIENCE } from "../support/servers.js";

type Address = readonly [host: string, port: number];

/** A frame with the content "(zstandard)": browsers decode no other file. */
const ZSTANDARD = Buffer.from("28b52ffd200b590000287a7374616e6461726429", "hex");

function site(t: TestContext): string {
  return temporaryTree(t, {
    "app.js": "(plain)",
    "app.js.br": "(brotli)",
    "app.js.zst": ZSTANDARD,
    "app.js.gz": "(gzip)",
    "one.css": "(plain)",
    "one.css.gz": "(gzip)",
    "alone.css": "(plain)",
    "site.tar": "(tar)",
    "site.tar.gz": "(tar, gzip)",
    "index.html": "(index)",
    "index.html.gz": "(index, gzip)",
  });
}

const outcomes: readonly (readonly [
  target: string,
  accept: string | null,
  status: number,
  coding?: string,
])[] = [
  ["/app.js", "*;q=0", 406],
  ["/app.js", "identity;q=0", 406],
  ["/app.js", "identity;q=0, br;q=0.1", 200, "br"],
  ["/one.css", "br", 200],
  ["/one.css", "br, gzip", 200, "gzip"],
  ["/one.css", "br, identity;q=0", 406],
  ["/alone.css", "gzip, br", 200],
  ["/", "gzip", 200, "gzip"],
];
const CONTENT: Readonly<Record<string, string>> = {
  br: "(brotli)",
  zstd: ZSTANDARD.toString(),
  gzip: "(gzip)",
};
for (const [target, accept, status, coding] of outcomes) {
  test(`${target} for Accept-Encoding: ${accept} is ${status} ${coding ?? ""}`, async (t) => {
    const address = serveFiles(t, { directory: site(t) });
    const fields: Record<string, string> = accept === null ? {} : { "Accept-Encoding": accept };
    const reply = await getAndHead(address, { target, fields });
    assert.equal(Number(reply.status.slice(0, 3)), status);
    assert.equal(fieldOf(reply, "Content-Encoding"), coding);
    if (status !== 200) return;
    const plain = target === "/" ? "(index)" : "(plain)";
    const coded = target === "/" ? "(index, gzip)" : CONTENT[coding ?? ""];
    assert.equal(reply.body.toString(), coding === undefined ? plain : coded);
    assert.equal(fieldOf(reply, "Vary"), target === "/alone.css" ? undefined : "Accept-Encoding");
  });
}

test("Each coding of a file has the file's type, its own entity tag, and a 304 with `Vary`", async (t) => {
  const address = serveFiles(t, { directory: site(t) });
  const tags = new Set<string>();
  for (const coding of ["identity", "br", "zstd", "gzip"]) {
    const fields = { "Accept-Encoding": coding };
    const reply = await getAndHead(address, { target: "/app.js", fields });
    const etag = fieldOf(reply, "ETag") ?? "";
    tags.add(etag);
    assert.match(etag, /^"/);
    assert.match(fieldOf(reply, "Content-Type") ?? "", /^text\/javascript/);
    const again = await getAndHead(address, {
      target: "/app.js",
      fields: { ...fields, "If-None-Match": etag },
    });
    assert.equal(again.status, "304 Not Modified");
    assert.equal(fieldOf(again, "Vary"), "Accept-Encoding");
    assert.equal(fieldOf(again, "ETag"), etag);
    for (const other of ["br", "identity"].filter((name) => name !== coding)) {
      const request = { "Accept-Encoding": other, "If-None-Match": etag };
      assert.equal((await rawRequest(address, { target: "/app.js", fields: request })).status, "200 OK");
    }
  }
  assert.equal(tags.size, 4);
});

const REFUSED: Readonly<Record<string, (path: string) => void>> = {
  "a link that leads out": (path) => fs.symlinkSync("/etc/passwd", path),
  "a FIFO": (path) => void execFileSync("mkfifo", [path]),
  "a directory": (path) => fs.mkdirSync(path),
};
for (const [what, make] of Object.entries(REFUSED)) {
  test(`Where the best coding of a file is ${what}, the next one is sent`, {
    skip: process.platform === "win32",
  }, async (t) => {
    const directory = site(t);
    for (const name of ["app.js.br", "one.css.br"]) {
      fs.rmSync(join(directory, name), { force: true });
      make(join(directory, name));
    }
    const address = serveFiles(t, { directory });
    const rows = [
      ["/app.js", "br, zstd, gzip", "200 OK", "zstd"],
      ["/app.js", "br, gzip;q=0.5, identity;q=0.8", "200 OK", undefined],
      ["/app.js", "br, gzip", "200 OK", "gzip"],
      ["/app.js", "br", "200 OK", undefined],
      ["/app.js", "br, identity;q=0", "406 Not Acceptable", undefined],
      ["/one.css", "br, gzip", "200 OK", "gzip"],
    ] as const;
    for (const [target, accept, status, coding] of rows) {
      const reply = await getAndHead(address, { target, fields: { "Accept-Encoding": accept } });
      assert.deepEqual([reply.status, fieldOf(reply, "Content-Encoding")], [status, coding], accept);
    }
  });
}

test("A request for the name of a compressed file gets that file, without a coding", async (t) => {
  const address = serveFiles(t, { directory: site(t) });
  const rows = { "/app.js.gz": "(gzip)", "/site.tar.gz": "(tar, gzip)" };
  for (const [target, body] of Object.entries(rows)) {
    const reply = await getAndHead(address, { target, fields: { "Accept-Encoding": "gzip" } });
    assert.equal(reply.body.toString(), body);
    assert.equal(fieldOf(reply, "Content-Type"), "application/gzip");
    assert.equal(fieldOf(reply, "Content-Encoding"), undefined);
    assert.equal(fieldOf(reply, "Vary"), undefined);
  }
  const tar = await getAndHead(address, { target: "/site.tar", fields: { "Accept-Encoding": "gzip" } });
  assert.deepEqual([tar.body.toString(), fieldOf(tar, "Content-Encoding")], ["(tar)", undefined]);
});

test("`precompressed = false` looks for no precompressed file", async (t) => {
  const address = serveFiles(t, { directory: site(t) }, handlerWith({ precompressed: false }));
  const reply = await getAndHead(address, { target: "/app.js", fields: { "Accept-Encoding": "br" } });
  assert.deepEqual([reply.body.toString(), fieldOf(reply, "Vary")], ["(plain)", undefined]);
});

/** Files beside `app.js` that are not its coded content. */
const IMPOSTORS: Readonly<Record<string, (path: string, outside: string) => void>> = {
  "an older file": (path) => {
    fs.writeFileSync(path, "(old)");
    fs.utimesSync(path, MODIFIED - 10, MODIFIED - 10);
  },
  "a directory": (path) => fs.mkdirSync(path),
  "a FIFO": (path) => execFileSync("mkfifo", [path]),
  "a link to outside": (path, outside) => {
    fs.writeFileSync(join(outside, "secret"), "(secret)");
    fs.symlinkSync(join(outside, "secret"), path);
  },
  "a link to nowhere": (path) => fs.symlinkSync("nowhere", path),
};
for (const [what, make] of Object.entries(IMPOSTORS)) {
  test(`${what} beside a file is not its coded content`, {
    skip: process.platform === "win32",
  }, async (t) => {
    const directory = temporaryTree(t, { "app.js": "(plain)" });
    make(join(directory, "app.js.br"), temporaryDirectory(t));
    const address = serveFiles(t, { directory });
    const reply = await getAndHead(address, { target: "/app.js", fields: { "Accept-Encoding": "br" } });
    assert.deepEqual([reply.status, reply.body.toString()], ["200 OK", "(plain)"]);
    assert.equal(fieldOf(reply, "Content-Encoding"), undefined);
  });
}

/** Repeats a request until the coding of the response changes. */
async function untilCoding(address: Address, coding: string | undefined): Promise<string> {
  for (const end = performance.now() + PATIENCE; performance.now() < end; ) {
    const reply = await rawRequest(address, { target: "/app.js", fields: { "Accept-Encoding": "br" } });
    assert.equal(reply.status, "200 OK");
    const isCoded = fieldOf(reply, "Content-Encoding") === "br";
    assert.equal(reply.body.toString(), isCoded ? "(brotli)" : "(plain)");
    if ((isCoded ? "br" : undefined) === coding) return "as it should be";
  }
  return "in vain";
}

test("Coded content that appears while the server runs is found, and its removal is no problem", async (t) => {
  const directory = temporaryTree(t, { "app.js": "(plain)" });
  const address = serveFiles(t, { directory });
  const sibling = join(directory, "app.js.br");
  assert.equal(await untilCoding(address, undefined), "as it should be");
  fs.writeFileSync(sibling, "(brotli)");
  assert.equal(await untilCoding(address, "br"), "as it should be");
  fs.rmSync(sibling);
  // At once, because a file is checked each time before it is sent.
  const gone = await rawRequest(address, { target: "/app.js", fields: { "Accept-Encoding": "br" } });
  assert.deepEqual([gone.body.toString(), fieldOf(gone, "Content-Encoding")], ["(plain)", undefined]);
});

test("Coded content is not sent as soon as the file itself is newer", async (t) => {
  const directory = site(t);
  const address = serveFiles(t, { directory });
  const request = { target: "/app.js", fields: { "Accept-Encoding": "br" } };
  assert.equal((await rawRequest(address, request)).body.toString(), "(brotli)");
  fs.writeFileSync(join(directory, "app.js"), "(newer)");
  const reply = await getAndHead(address, request);
  assert.deepEqual([reply.body.toString(), fieldOf(reply, "Content-Encoding")], ["(newer)", undefined]);
});

test("A range is a part of the file itself, even for clients that accept a coding", async (t) => {
  const address = serveFiles(t, { directory: site(t) });
  const fields = { "Accept-Encoding": "br", Range: "bytes=1-3" };
  const reply = await rawRequest(address, { target: "/app.js", fields });
  const shown = [reply.status, reply.body.toString(), fieldOf(reply, "Content-Encoding")];
  assert.deepEqual(shown, ["206 Partial Content", "pla", undefined]);
  assert.equal(fieldOf(reply, "Vary"), "Accept-Encoding");
  // The client continues with its part.
  const more = { ...fields, Range: "bytes=4-", "If-Range": fieldOf(reply, "ETag") ?? "" };
  const rest = await rawRequest(address, { target: "/app.js", fields: more });
  assert.deepEqual([rest.status, rest.body.toString()], ["206 Partial Content", "in)"]);
});

test("A range is a part of the coded content for clients that have it, or accept nothing else", async (t) => {
  const address = serveFiles(t, { directory: site(t) });
  const fields = { "Accept-Encoding": "br, identity;q=0", Range: "bytes=1-3" };
  const reply = await rawRequest(address, { target: "/app.js", fields });
  assert.deepEqual(
    [
      reply.status,
      reply.body.toString(),
      fieldOf(reply, "Content-Range"),
      fieldOf(reply, "Content-Encoding"),
    ],
    ["206 Partial Content", "bro", "bytes 1-3/8", "br"],
  );
  assert.equal(fieldOf(reply, "Vary"), "Accept-Encoding");
  const etag = fieldOf(reply, "ETag") ?? "";
  const statusWith = async (more: Record<string, string>) =>
    (await rawRequest(address, { target: "/app.js", fields: { ...fields, "If-Range": etag, ...more } }))
      .status;
  assert.equal(await statusWith({}), "206 Partial Content");
  // Parts of different codings must not be joined.
  assert.equal(await statusWith({ "Accept-Encoding": "gzip" }), "200 OK");
});
