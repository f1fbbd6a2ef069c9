import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import {
  createReadStream,
  createWriteStream,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, Transform, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { DisconnectedError } from "pyserve/socketserver";
import { get, leavesSocketsClosed, noneUnhandled, request, serveHttp, TestHandler } from "../support/http.js";
import { deferred, until } from "../support/servers.js";

const SIZE = 1024 * 1024;

function directory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "pyserve-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

/** Uploads to a file, and downloads from it. */
class Files extends TestHandler {
  static path = "";
  static failures: unknown[] = [];

  async do_PUT() {
    await this.noting(() => pipeline(this.rfile, createWriteStream(Files.path)));
    this.respond("", 201);
  }

  async do_GET() {
    this.send_response(200);
    if (this.path === "/length") this.send_header("Content-Length", readFileSync(Files.path).length);
    this.end_headers();
    await this.noting(() => pipeline(createReadStream(Files.path), this.wfile));
  }

  protected async noting(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      Files.failures.push(error);
      throw error;
    }
  }
}

function filesIn(t: TestContext): void {
  Files.path = join(directory(t), "file");
  Files.failures = [];
  noneUnhandled(t);
}

test("pipeline writes an upload into a file, and the connection stays open", async (t) => {
  filesIn(t);
  const bytes = randomBytes(SIZE);
  const client = await serveHttp(t, Files).connect();
  for (let count = 0; count < 2; count++) {
    client.send(request("PUT", "/", [`Content-Length: ${SIZE}`])).send(bytes);
    assert.equal((await client.reply()).status, 201);
    assert.ok(readFileSync(Files.path).equals(bytes));
  }
});

test("an upload without content creates an empty file", async (t) => {
  filesIn(t);
  const client = await serveHttp(t, Files).send(request("PUT", "/"));
  assert.equal((await client.reply()).status, 201);
  assert.equal(readFileSync(Files.path).length, 0);
});

for (const path of ["/length", "/unknown"]) {
  test(`a download of ${path} goes through pipeline from a file, and the connection goes on`, async (t) => {
    filesIn(t);
    const bytes = randomBytes(SIZE);
    writeFileSync(Files.path, bytes);
    const fixture = serveHttp(t, Files);
    const client = await fixture.send(get(path) + get(path));
    for (let count = 0; count < 2; count++) {
      const reply = await client.reply();
      assert.deepEqual([reply.status, reply.isCut], [200, false]);
      assert.ok(Buffer.from(reply.content, "latin1").equals(bytes));
    }
    // Closed for an HTTP/1.0 client, or if the client requests it: the end of the response is not lost.
    const last = await fixture.send(request("GET", path, ["Connection: close"]));
    const reply = await last.reply();
    assert.deepEqual([reply.content.length, reply.isCut], [SIZE, false]);
    await last.assertEnd();
  });
}

test("pipeline sends an echo from rfile to wfile", async (t) => {
  noneUnhandled(t);
  class Echo extends TestHandler {
    async do_POST() {
      this.send_response(200);
      this.end_headers();
      const upper = new Transform({
        transform: (piece, _, callback) => callback(null, String(piece).toUpperCase()),
      });
      await pipeline(this.rfile, upper, this.wfile);
    }
  }
  const text = "abc".repeat(30_000);
  const client = await serveHttp(t, Echo).connect();
  for (let count = 0; count < 2; count++) {
    client.send(
      request(
        "POST",
        "/",
        ["Transfer-Encoding: chunked"],
        `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`,
      ),
    );
    assert.equal((await client.reply()).content, text.toUpperCase());
  }
});

interface Failing {
  readonly name: string;
  /** `null` if not even a head is created. */
  readonly fields: Readonly<Record<string, number>> | null;
  readonly before: number;
  readonly status: number;
  readonly isCut: boolean;
}

const failing: readonly Failing[] = [
  { name: "before the head", fields: null, before: 0, status: 500, isCut: false },
  { name: "before any content", fields: {}, before: 0, status: 200, isCut: true },
  { name: "within chunks", fields: {}, before: 200_000, status: 200, isCut: true },
  {
    name: "within an announced length",
    fields: { "Content-Length": 500_000 },
    before: 200_000,
    status: 200,
    isCut: true,
  },
];

for (const { name, fields, before, status, isCut } of failing) {
  test(`a source that fails ${name} lets the client see it`, async (t) => {
    noneUnhandled(t);
    class Broken extends TestHandler {
      async do_GET() {
        if (fields !== null) {
          this.send_response(200);
          for (const [field, value] of Object.entries(fields)) this.send_header(field, value);
          this.end_headers();
        }
        await pipeline(Readable.from(this.pieces()), this.wfile);
      }

      async *pieces() {
        if (before > 0) yield Buffer.alloc(before, "x");
        await turn();
        throw new Error("the source failed");
      }
    }
    const fixture = serveHttp(t, Broken);
    const client = await fixture.send(get("/") + get("/"));
    const reply = await client.reply();
    assert.deepEqual([reply.status, reply.isCut], [status, isCut]);
    if (status === 200) assert.equal(reply.content.length, before);
    await client.assertEnd();
    assert.match(String(fixture.takeErrors()), /the source failed/);
  });
}

test("if a client leaves during a download, pipeline rejects with DisconnectedError, and nothing stays open", async (t) => {
  filesIn(t);
  writeFileSync(Files.path, Buffer.alloc(20 * SIZE));
  const fixture = serveHttp(t, Files);
  for (const path of ["/length", "/unknown"]) {
    Files.failures = [];
    const client = await fixture.send(get(path));
    await client.head();
    client.socket.resetAndDestroy();
    await until(() => Files.failures.length > 0);
    assert.ok(Files.failures[0] instanceof DisconnectedError);
    await leavesSocketsClosed(fixture);
  }
  assert.equal(fixture.disconnects.length, 2);
});

test("if a client leaves during an upload, pipeline rejects with DisconnectedError", async (t) => {
  filesIn(t);
  const fixture = serveHttp(t, Files);
  const client = await fixture.send(request("PUT", "/", [`Content-Length: ${SIZE}`], "abc"));
  await until(() => [...fixture.connections].some(({ bytesRead }) => bytesRead > 0));
  await turn();
  client.socket.resetAndDestroy();
  await until(() => Files.failures.length > 0);
  assert.ok(Files.failures[0] instanceof DisconnectedError);
});

test("a download to a client that does not read waits for it, in bounded memory", async (t) => {
  noneUnhandled(t);
  let written = 0;
  const done = deferred();
  class Endless extends TestHandler {
    async do_GET() {
      this.send_response(200);
      this.end_headers();
      const piece = Buffer.alloc(64 * 1024);
      for (let count = 0; count < 1000; count++) {
        await this.wfile.write(piece);
        written += piece.length;
      }
      done.resolve();
    }
  }
  const fixture = serveHttp(t, Endless);
  const client = await fixture.connect();
  client.socket.pause();
  client.send(get("/"));
  await settled(() => written);
  assert.ok(written < 32 * SIZE, `${written} bytes were taken`);
  for (const { writableLength } of fixture.connections)
    assert.ok(writableLength < SIZE, `${writableLength} bytes wait`);
  client.socket.removeAllListeners("data");
  client.socket.on("data", () => {});
  client.socket.resume();
  await done.promise;
});

test("an upload that is not read waits for the handler, in bounded memory", async (t) => {
  noneUnhandled(t);
  const go = deferred();
  const bytes = randomBytes(40 * SIZE);
  class Lazy extends TestHandler {
    async do_PUT() {
      await go.promise;
      const hash = createHash("sha1");
      const slow = new Writable({
        write: (piece, _, callback) => {
          hash.update(piece);
          setImmediate(callback);
        },
      });
      await pipeline(this.rfile, slow);
      this.respond(hash.digest("hex"));
    }
  }
  const fixture = serveHttp(t, Lazy);
  const client = await fixture.send(request("PUT", "/", [`Content-Length: ${bytes.length}`]));
  client.socket.write(bytes);
  const read = () => [...fixture.connections].reduce((sum, { bytesRead }) => sum + bytesRead, 0);
  await settled(read);
  assert.ok(read() < SIZE, `${read()} bytes were read`);
  go.resolve();
  assert.equal((await client.reply()).content, createHash("sha1").update(bytes).digest("hex"));
});

test("iteration may end early: unread content is dropped, and the connection stays open", async (t) => {
  class Peeking extends TestHandler {
    async do_POST() {
      for await (const piece of this.rfile) {
        this.respond(String(piece).slice(0, 1));
        break;
      }
    }
  }
  const client = await serveHttp(t, Peeking).connect();
  for (let count = 0; count < 2; count++) {
    client.send(request("POST", "/", ["Content-Length: 100000"], "x".repeat(100_000)));
    assert.equal((await client.reply()).content, "x");
  }
});

test("a Node stream can be the source of wfile for several responses, with other responses between them", async (t) => {
  noneUnhandled(t);
  class Mixed extends TestHandler {
    async do_GET() {
      if (this.path === "/plain") return this.respond("plain");
      this.send_response(200);
      this.end_headers();
      await pipeline(Readable.from(["a", "b", "c"]), this.wfile);
    }
  }
  const paths = ["/stream", "/plain", "/stream", "/stream", "/plain"];
  const client = await serveHttp(t, Mixed).send(paths.map((path) => get(path)).join(""));
  for (const path of paths) assert.equal((await client.reply()).content, path === "/plain" ? "plain" : "abc");
});

/** Waits until a number has not changed for many turns of the event loop. */
async function settled(value: () => number): Promise<void> {
  let before = -1;
  let still = 0;
  await until(() => {
    still = value() === before ? still + 1 : 0;
    before = value();
    return before > 0 && still > 2000;
  });
}
