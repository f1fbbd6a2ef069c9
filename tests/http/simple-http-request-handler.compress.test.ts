import assert from "node:assert/strict";
import { once } from "node:events";
import * as fs from "node:fs";
import * as net from "node:net";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import * as zlib from "node:zlib";
import type { FileTree, SimpleHTTPRequestHandler } from "pyserve";
import { codings } from "#src/files/compressed-file.js";
import { type FileSettings, handlerWith, serveFiles, temporaryTree } from "../support/file-server.js";
import { fieldOf, getAndHead, parseReply, rawExchange, rawRequest } from "../support/raw-http.js";
import { leavesNothingOpen, openDescriptors, PATIENCE, standardError } from "../support/servers.js";

type Address = readonly [host: string, port: number];

const TEXT = Buffer.alloc(200_000, "Some text that can be made smaller.\n");
const SMALL_TEXT = TEXT.subarray(0, 1024);

function site(t: TestContext): string {
  return temporaryTree(t, {
    "large.txt": TEXT,
    "small.txt": SMALL_TEXT,
    "tiny.txt": TEXT.subarray(0, 1023),
    "image.png": TEXT,
    "site.css": TEXT,
    "site.css.gz": zlib.gzipSync("there already"),
  });
}

function serve(t: TestContext, settings: FileSettings = {}): Address {
  return serveFiles(t, { directory: site(t) }, handlerWith({ compress: true, ...settings }));
}

function decoded(bytes: Buffer, coding: string | undefined): Buffer {
  if (coding === "br") return zlib.brotliDecompressSync(bytes);
  if (coding === "zstd") return zlib.zstdDecompressSync(bytes);
  return coding === "gzip" ? zlib.gunzipSync(bytes) : bytes;
}

for (const coding of codings())
  for (const [target, content] of Object.entries({ "/large.txt": TEXT, "/small.txt": SMALL_TEXT })) {
    test(`\`compress\` sends ${target} in ${coding}`, async (t) => {
      const address = serve(t);
      const fields = { "Accept-Encoding": coding };
      const reply = await rawRequest(address, { target, fields });
      assert.equal(reply.status, "200 OK");
      assert.equal(fieldOf(reply, "Content-Encoding"), coding);
      assert.equal(fieldOf(reply, "Content-Length"), undefined);
      assert.equal(fieldOf(reply, "Accept-Ranges"), undefined);
      assert.equal(fieldOf(reply, "Vary"), "Accept-Encoding");
      assert.ok(reply.body.length < content.length);
      assert.ok(decoded(reply.body, coding).equals(content));
      const etag = fieldOf(reply, "ETag") ?? "";
      assert.match(etag, new RegExp(`^W/".*-${coding}"$`));
      const again = await getAndHead(address, { target, fields: { ...fields, "If-None-Match": etag } });
      assert.deepEqual([again.status, fieldOf(again, "ETag")], ["304 Not Modified", etag]);
      assert.equal(fieldOf(again, "Vary"), "Accept-Encoding");
    });
  }

for (const coding of codings()) {
  test(`\`compress\` sends content whose size is not known in ${coding}, up to its end`, async (t) => {
    const tree: FileTree = {
      find: (path) =>
        path.endsWith(".txt")
          ? {
              kind: "file",
              facts: { size: null, modified: null, version: null },
              content: (first, length) => TEXT.subarray(first, first + Math.min(length, 1000)),
            }
          : { kind: "missing" },
    };
    const address = serveFiles(t, { tree }, handlerWith({ compress: true }));
    const reply = await rawRequest(address, { target: "/report.txt", fields: { "Accept-Encoding": coding } });
    assert.deepEqual(
      [fieldOf(reply, "Content-Encoding"), fieldOf(reply, "Content-Length")],
      [coding, undefined],
    );
    assert.ok(decoded(reply.body, coding).equals(TEXT));
  });

  test(`\`compress\` sends a file that grows in ${coding}, as long as it was`, async (t) => {
    const directory = site(t);
    class Handler extends handlerWith({ compress: true, max_cached_file: 0 }) {
      override copyfile(...[source, target]: Parameters<SimpleHTTPRequestHandler["copyfile"]>) {
        fs.appendFileSync(join(directory, "large.txt"), "more");
        return super.copyfile(source, target);
      }
    }
    const address = serveFiles(t, { directory }, Handler);
    const reply = await rawRequest(address, { target: "/large.txt", fields: { "Accept-Encoding": coding } });
    assert.ok(decoded(reply.body, coding).equals(TEXT));
  });
}

/**
 * Files of the kernel whose content is generated when it is read, and whose reported size is 0: a short one, and one
 * that is not cached.
 */
for (const path of ["/proc/cpuinfo", "/proc/kallsyms"]) {
  test(`\`compress\` sends all of ${path}`, {
    skip: !fs.existsSync(path) && "there is no such file here",
  }, async (t) => {
    const settings = { compress: true, default_content_type: "text/plain" };
    const address = serveFiles(t, { directory: "/proc" }, handlerWith(settings));
    const fields = { "Accept-Encoding": "gzip" };
    const reply = await rawRequest(address, { target: path.slice("/proc".length), fields });
    assert.equal(fieldOf(reply, "Content-Encoding"), "gzip");
    const lines = (text: Buffer) => text.toString().split("\n").length;
    assert.equal(lines(decoded(reply.body, "gzip")), lines(fs.readFileSync(path)));
  });
}

test("HEAD has the same fields for a compressed response as GET", async (t) => {
  const address = serve(t);
  const fields = { "Accept-Encoding": "gzip" };
  const [get, head] = await Promise.all(
    ["GET", "HEAD"].map((method) => rawRequest(address, { method, target: "/large.txt", fields })),
  );
  const said = (reply = get) =>
    (reply?.fields ?? []).filter(([name]) => !["Date", "Transfer-Encoding", "Connection"].includes(name));
  assert.deepEqual(said(head), said(get));
  assert.equal(head?.body.length, 0);
});

test("`compress` ignores a range if the client accepts only compressed content", async (t) => {
  const address = serve(t);
  const fields = { "Accept-Encoding": "gzip, identity;q=0", Range: "bytes=5-9" };
  const reply = await rawRequest(address, { target: "/large.txt", fields });
  assert.equal(reply.status, "200 OK");
  assert.equal(fieldOf(reply, "Content-Range"), undefined);
  assert.ok(decoded(reply.body, fieldOf(reply, "Content-Encoding")).equals(TEXT));
  // A precompressed file has ranges, and so has a file that may be sent uncompressed.
  const coded = await rawRequest(address, { target: "/site.css", fields });
  assert.deepEqual([coded.status, fieldOf(coded, "Content-Encoding")], ["206 Partial Content", "gzip"]);
  const plain = await rawRequest(address, {
    target: "/large.txt",
    fields: { ...fields, "Accept-Encoding": "gzip" },
  });
  assert.deepEqual([plain.status, String(plain.body)], ["206 Partial Content", String(TEXT.subarray(5, 10))]);
  const none = await rawRequest(address, {
    target: "/large.txt",
    fields: { ...fields, "Accept-Encoding": "deflate, identity;q=0" },
  });
  assert.equal(none.status, "406 Not Acceptable");
});

const uncompressed: readonly (readonly [
  what: string,
  target: string,
  fields: Record<string, string>,
  vary: boolean,
])[] = [
  ["nobody asks for", "/large.txt", {}, true],
  ["is too small", "/tiny.txt", { "Accept-Encoding": "gzip" }, false],
  ["is compressed already", "/image.png", { "Accept-Encoding": "gzip" }, false],
];
for (const [what, target, fields, varies] of uncompressed) {
  test(`\`compress\` leaves alone what ${what}`, async (t) => {
    const reply = await getAndHead(serve(t), { target, fields });
    assert.equal(fieldOf(reply, "Content-Encoding"), undefined);
    assert.equal(fieldOf(reply, "Vary"), varies ? "Accept-Encoding" : undefined);
    assert.equal(fieldOf(reply, "Content-Length"), String(reply.body.length));
  });
}

test("`compress` is off by default", async (t) => {
  const address = serveFiles(t, { directory: site(t) });
  const reply = await getAndHead(address, { target: "/large.txt", fields: { "Accept-Encoding": "gzip" } });
  assert.ok(reply.body.equals(TEXT));
});

test("`compress` sends an existing compressed file, if the client accepts its coding", async (t) => {
  const address = serve(t);
  const reply = await rawRequest(address, { target: "/site.css", fields: { "Accept-Encoding": "gzip" } });
  assert.equal(decoded(reply.body, "gzip").toString(), "there already");
  const other = await rawRequest(address, { target: "/site.css", fields: { "Accept-Encoding": "br" } });
  assert.ok(decoded(other.body, "br").equals(TEXT));
});

test("A range is a part of the uncompressed content: content that is compressed each time has no parts", async (t) => {
  const fields = { "Accept-Encoding": "gzip", Range: "bytes=5-8" };
  const reply = await rawRequest(serve(t), { target: "/large.txt", fields });
  assert.deepEqual([reply.status, reply.body.toString()], ["206 Partial Content", "text"]);
  assert.equal(fieldOf(reply, "Content-Encoding"), undefined);
  assert.equal(fieldOf(reply, "Vary"), "Accept-Encoding");
});

test("An HTTP/1.0 client gets compressed content up to the end of the connection", async (t) => {
  const reply = parseReply(
    await rawExchange(serve(t), "GET /large.txt HTTP/1.0\r\nAccept-Encoding: gzip\r\n\r\n"),
  );
  assert.equal(fieldOf(reply, "Transfer-Encoding"), undefined);
  assert.equal(fieldOf(reply, "Content-Encoding"), "gzip");
  assert.ok(decoded(reply.body, "gzip").equals(TEXT));
});

test("A file that shrinks while it is compressed does not look complete", async (t) => {
  const errors = standardError(t);
  const directory = temporaryTree(t, { "large.txt": Buffer.alloc(4_000_000, TEXT) });
  class Handler extends handlerWith({ compress: true, max_cached_file: 0 }) {
    override async copyfile(...[source, target]: Parameters<SimpleHTTPRequestHandler["copyfile"]>) {
      await target.write(await source.read(1000));
      fs.truncateSync(join(directory, "large.txt"), 2000);
      return super.copyfile(source, target);
    }
  }
  const address = serveFiles(t, { directory }, Handler);
  const bytes = await rawExchange(
    address,
    "GET /large.txt HTTP/1.1\r\nHost: h\r\nAccept-Encoding: gzip\r\n\r\nGET /none HTTP/1.1\r\nHost: h\r\n\r\n",
  );
  assert.match(bytes.toString("latin1"), /^HTTP\/1\.1 200 OK\r\n/);
  assert.throws(() => parseReply(bytes), /incomplete/);
  assert.equal(bytes.includes("404"), false);
  assert.match(errors.join(), /The file ended \d+ bytes too early/);
});

/** Returns the current coding of a small file. */
async function codingOf(address: Address): Promise<string | undefined> {
  const reply = await rawRequest(address, { target: "/small.txt", fields: { "Accept-Encoding": "gzip" } });
  assert.ok(decoded(reply.body, fieldOf(reply, "Content-Encoding")).equals(SMALL_TEXT));
  return fieldOf(reply, "Content-Encoding");
}

/** True if compressed content is sent again after a time. */
async function isCompressedAgain(address: Address): Promise<boolean> {
  for (const end = performance.now() + PATIENCE; performance.now() < end; )
    if ((await codingOf(address)) === "gzip") return true;
  return false;
}

const skip = openDescriptors() === null && "the system does not tell which descriptors are open";

test("`max_compressions` counts running compressions, and not those of clients that have left", {
  skip,
}, async (t) => {
  const directory = temporaryTree(t, { "noise.txt": noise(16_000_000), "small.txt": SMALL_TEXT });
  const address = serveFiles(t, { directory }, handlerWith({ compress: true, max_compressions: 1 }));
  await leavesNothingOpen(async () => {
    const [host, port] = address;
    const socket = net.connect({ host, port });
    socket.on("error", () => {});
    socket.write("GET /noise.txt HTTP/1.1\r\nHost: h\r\nAccept-Encoding: gzip\r\n\r\n");
    await once(socket, "data");
    socket.pause(); // it will never be done
    assert.equal(await codingOf(address), undefined);
    socket.resetAndDestroy();
    assert.ok(await isCompressedAgain(address));
  });
});

test("responses without content do not count for `max_compressions`", async (t) => {
  const address = serve(t, { max_compressions: 1 });
  const requests = [
    { method: "HEAD", target: "/large.txt" },
    { target: "/large.txt", fields: { "If-None-Match": "*" } },
    { target: "/large.txt", fields: { "If-Match": '"x"' } },
  ];
  for (const { fields, ...request } of requests)
    await rawRequest(address, { ...request, fields: { ...fields, "Accept-Encoding": "gzip" } });
  assert.equal(await codingOf(address), "gzip");
});

test("`max_compressions = 0` compresses nothing", async (t) => {
  assert.equal(await codingOf(serve(t, { max_compressions: 0 })), undefined);
});

/** Text that hardly compresses: more than sockets can buffer. */
function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = 1;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}
