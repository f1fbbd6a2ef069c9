/** Files that are not cached are read into buffers that are reused. No client gets bytes of another file. */
import assert from "node:assert/strict";
import { once } from "node:events";
import * as net from "node:net";
import { join } from "node:path";
import test from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import * as tls from "node:tls";
import type { Awaitable, ByteWriter, OpenContent, ServedFile } from "pyserve";
import { Directory } from "#src/files/directory.js";
import type { Found } from "#src/files/file-tree.js";
import { handlerWith, logsTo, serveFiles, temporaryTree } from "../support/file-server.js";
import { rawRequest } from "../support/raw-http.js";
import { CERTIFICATE, serveHttps } from "../support/tls.js";

/** Files of 1 byte to 200 KiB, each with its own character. */
const SIZES = [1, 700, 1500, 4096, 9000, 20_000, 40_000, 65_000, 70_000, 131_071, 131_072, 200_000];
const FILES = SIZES.map((size, at) => ({
  name: `${at}.bin`,
  content: String.fromCharCode(97 + at).repeat(size),
}));
const TREE = Object.fromEntries(FILES.map(({ name, content }) => [name, content]));

/**
 * Requests all files in an order that begins with the given one, on one connection: of some only a part, or the head.
 */
function requestsFrom(first: number) {
  const asked = Array.from({ length: 3 * FILES.length }, (_, at) => {
    const { name, content } = FILES[(first + at * 5) % FILES.length] as (typeof FILES)[number];
    const kind = at % 7;
    const [method, range] = [kind === 3 ? "HEAD" : "GET", kind === 5 ? "Range: bytes=-300\r\n" : ""];
    const body = kind === 3 ? "" : kind === 5 ? content.slice(-300) : content;
    return { text: `${method} /${name} HTTP/1.1\r\nHost: localhost\r\n${range}`, body };
  });
  const text = asked.map(
    (each, at) => `${each.text}${at === asked.length - 1 ? "Connection: close\r\n" : ""}\r\n`,
  );
  return { text: text.join(""), bodies: asked.map(({ body }) => body) };
}

/** Returns the bodies of all responses, which have the given lengths. */
function bodiesOf(received: string, expected: readonly string[]): readonly string[] {
  let at = 0;
  return expected.map(({ length }) => {
    const start = received.indexOf("\r\n\r\n", at) + 4;
    at = start + length;
    return received.slice(start, at);
  });
}

async function receive(socket: net.Socket, first: number, mayRead?: Promise<unknown>): Promise<void> {
  const { text, bodies } = requestsFrom(first);
  socket.write(text);
  await mayRead;
  const pieces: Buffer[] = [];
  socket.on("data", (piece: Buffer) => pieces.push(piece));
  await once(socket, "end");
  socket.destroy();
  const received = Buffer.concat(pieces).toString("latin1");
  // Not with deepEqual, whose message would contain all bytes.
  for (const [at, body] of bodiesOf(received, bodies).entries())
    assert.ok(
      body === bodies[at],
      `reply ${at} to client ${first}: ${body.slice(0, 9)}, not ${bodies[at]?.slice(0, 9)}`,
    );
}

const caches = { "no file is": 0, "some files are": 150_000, "only the facts are": 4 * 2048 * FILES.length };
for (const [what, max_cache] of Object.entries(caches)) {
  test(`Clients that ask for many files at a time get the right bytes where ${what} kept in memory`, async (t) => {
    t.mock.method(
      Date,
      "now",
      (
        (now) => () =>
          now() + 10_000
      )(Date.now),
    ); // files that are not new are kept
    const directory = temporaryTree(t, TREE);
    const Handler = handlerWith({ max_cache, max_cached_file: what.startsWith("only") ? 100_000 : 262_144 });
    const [host, port] = serveFiles(t, { directory }, Handler);
    const secure = serveHttps(t, logsTo([], Handler), { handler_args: { directory } });
    const quick = Array.from({ length: 12 }, (_, at) => receive(net.connect(port, host), at));
    const overTls = Array.from({ length: 3 }, async (_, at) => {
      const socket = tls.connect({ host: "127.0.0.1", port: secure.port, ca: CERTIFICATE.cert });
      await once(socket, "secureConnect");
      return receive(socket, at);
    });
    // These read nothing until the others have everything.
    const others = Promise.all([...quick, ...overTls]);
    const slow = Array.from({ length: 4 }, (_, at) => receive(net.connect(port, host), at, others));
    await Promise.all([others, ...slow]);
  });
}

test("Bytes that an override of `copyfile` keeps do not change", async (t) => {
  const kept: Buffer[] = [];
  const Handler = class extends handlerWith({ max_cache: 0 }) {
    override async copyfile(source: ServedFile, outputfile: ByteWriter): Promise<void> {
      const bytes = await source.read(262_144);
      kept.push(bytes);
      await outputfile.write(bytes);
    }
  };
  const [host, port] = serveFiles(t, { directory: temporaryTree(t, TREE) }, Handler);
  await receive(net.connect(port, host), 0);
  const { bodies } = requestsFrom(0);
  const contents = bodies.filter((body) => body !== "");
  assert.equal(kept.length, contents.length);
  for (const [at, bytes] of kept.entries()) assert.ok(bytes.toString() === contents[at], String(at));
});

/** Handlers that get the bytes of `copyfile`, and keep them for a while. */
const keepers: Readonly<
  Record<string, (wfile: ByteWriter, keep: (bytes: Uint8Array) => void) => () => unknown>
> = {
  "replaces `wfile.write`, and writes later": (wfile) => {
    const [parts, write] = [[] as Uint8Array[], wfile.write.bind(wfile)];
    wfile.write = ((bytes: Uint8Array) => parts.push(bytes)) as typeof wfile.write;
    return () => {
      for (const part of parts) write(part);
    };
  },
  "corks `wfile`": (wfile) => {
    wfile.on("drain", () => {});
    wfile.cork();
    return () => wfile.uncork();
  },
  "keeps what is written": (wfile, keep) => {
    const write = wfile.write.bind(wfile);
    wfile.write = ((bytes: Uint8Array) => {
      keep(bytes);
      return write(bytes);
    }) as typeof wfile.write;
    return () => {};
  },
};
for (const [what, intercept] of Object.entries(keepers)) {
  test(`Nobody gets bytes of another file where a handler ${what}`, async (t) => {
    const kept: Uint8Array[] = [];
    const Handler = class extends handlerWith({ max_cache: 0 }) {
      override async do_GET(): Promise<void> {
        const release = intercept(this.wfile, (bytes) => kept.push(bytes));
        await super.do_GET();
        this.wfile.flush();
        await turn();
        release();
      }
    };
    const address = serveFiles(t, { directory: temporaryTree(t, TREE) }, Handler);
    const names = ["5.bin", "6.bin", "7.bin", "8.bin"];
    const replies = await Promise.all(
      Array.from({ length: 40 }, (_, at) => rawRequest(address, { target: `/${names[at % 4]}` })),
    );
    for (const [at, { body }] of replies.entries())
      assert.ok(body.toString() === TREE[names[at % 4] as string], `reply ${at}`);
    for (const bytes of kept) assert.equal(new Set(bytes).size, 1);
  });
}

test("An override of `copyfile` may send parts of a file one after another", async (t) => {
  const Handler = class extends handlerWith({ max_cache: 0 }) {
    override async copyfile(source: OpenContent, outputfile: ByteWriter): Promise<void> {
      for (let at = 0; at < 20_000; at += 5000) {
        source.window(at, 5000);
        await super.copyfile(source, outputfile);
        await outputfile.flush();
      }
    }
  };
  const address = serveFiles(t, { directory: temporaryTree(t, TREE) }, Handler);
  const { body } = await rawRequest(address, { target: "/5.bin" });
  assert.equal(body.toString(), TREE["5.bin"]);
});

test("The default `copyfile` writes to any object", async (t) => {
  const written: Uint8Array[] = [];
  const Handler = class extends handlerWith({ max_cache: 0 }) {
    override copyfile(source: ServedFile): Awaitable<void> {
      const writer = { write: (bytes: Uint8Array) => written.push(bytes) };
      return super.copyfile(source, writer as unknown as ByteWriter);
    }
  };
  const address = serveFiles(t, { directory: temporaryTree(t, TREE) }, Handler);
  for (const name of ["4.bin", "11.bin"]) await rawRequest(address, { target: `/${name}` });
  assert.equal(Buffer.concat(written).toString(), `${TREE["4.bin"]}${TREE["11.bin"]}`);
});

test("A closed file of a `Directory` has no bytes of another one", async (t) => {
  const root = temporaryTree(t, TREE);
  const directory = new Directory(root, { maxCache: 0 });
  const open = async (name: string) => {
    const found: Found = await directory.find(join(root, name));
    assert.ok(found.kind === "file" && typeof found.content === "object" && "window" in found.content);
    return found.content;
  };
  const closed = await open("5.bin");
  closed.close();
  const other = await open("6.bin");
  closed.window(0, 10);
  assert.equal((await closed.read(10)).toString(), "");
  assert.equal((await other.read(100_000)).toString(), TREE["6.bin"]);
});
