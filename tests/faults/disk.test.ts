/**
 * Faults of a disk below a file server. Each row has the response and the reported error; nothing may be left
 * open.
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { SimpleHTTPRequestHandler, type SimpleHTTPRequestHandlerArgs } from "pyserve/http/server";
import { formatMessage } from "#src/http/percent-format.js";
import { StorageHandler, type StorageServer } from "../../examples/upload-download.js";
import { temporaryDirectory, temporaryTree } from "../support/file-server.js";
import {
  type Fixture,
  get,
  leavesSocketsClosed,
  noneUnhandled,
  request,
  serveHttp,
} from "../support/http.js";
import { leavesNothingOpen } from "../support/servers.js";

const LARGE = Buffer.alloc(1024 * 1024, "x");

/** A server for a directory, and its log. */
function serveDirectory(t: TestContext, directory: string, log: string[] = [], maxCachedFile = 0): Fixture {
  class Logging extends SimpleHTTPRequestHandler {
    static override max_cached_file = maxCachedFile;

    override log_message(format: string, ...args: unknown[]): void {
      log.push(formatMessage(format, args));
    }
  }
  const handler_args: SimpleHTTPRequestHandlerArgs = { directory };
  return serveHttp(t, Logging, { handler_args });
}

function systemError(code: string, what = "on purpose"): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${what}`), { code, syscall: "read" });
}

/** A function that calls back with an error. */
function failingWith(error: Error): (...args: unknown[]) => void {
  return (...args) => void setImmediate(args.at(-1) as (error: Error) => void, error);
}

/** Replaces a function of `node:fs` while work runs. */
async function during<Name extends "open" | "read" | "createWriteStream">(
  t: TestContext,
  name: Name,
  replacement: (original: (typeof fs)[Name]) => unknown,
  body: () => Promise<void>,
): Promise<void> {
  const mocked = t.mock.method(fs, name, replacement(fs[name]) as never);
  syncBuiltinESMExports();
  try {
    await body();
  } finally {
    mocked.mock.restore();
    syncBuiltinESMExports();
  }
}

/** Errors when opening a file, with the status that shows if the server or the file is the cause. */
const OPENINGS: Readonly<Record<string, number>> = {
  EMFILE: 503,
  ENFILE: 503,
  ENOMEM: 503,
  EIO: 503,
  ESTALE: 503,
  EACCES: 403,
  EPERM: 403,
  ENOENT: 404,
  ENOTDIR: 404,
};

for (const [code, status] of Object.entries(OPENINGS)) {
  test(`a file that can't be opened for ${code} is a ${status}, and can be had when it can`, async (t) => {
    noneUnhandled(t);
    const log: string[] = [];
    const directory = temporaryTree(t, { "file.txt": LARGE });
    const fixture = serveDirectory(t, directory, log);
    const failing = () => failingWith(systemError(code, `open '${directory}'`));
    await during(t, "open", failing, async () => {
      const client = await fixture.send(get("/file.txt"));
      const reply = await client.reply();
      assert.equal(reply.status, status);
      assert.equal(reply.content.includes(directory), false, "nothing is said of the disk");
      client.socket.destroy();
    });
    assert.equal(log.join("\n").includes(`${code}: open`), status === 503, log.join("\n"));
    const reply = await (await fixture.send(get("/file.txt", "Connection: close"))).reply();
    assert.deepEqual([reply.status, reply.content.length], [200, LARGE.length]);
    assert.deepEqual(fixture.errors, []);
  });
}

/** Number of reads of a file before the disk fails. */
for (const reads of [0, 1, 3]) {
  test(`a disk that fails after ${reads} reads of a file cuts the reply off, and handle_error is told`, async (t) => {
    noneUnhandled(t);
    const fixture = serveDirectory(t, temporaryTree(t, { "large.bin": LARGE, "other.txt": "other" }));
    let left = reads;
    type Read = (...args: unknown[]) => void;
    const failing = (original: typeof fs.read) => {
      const read = original as unknown as Read;
      return (...args: unknown[]) => {
        if (left-- > 0) return read(...args);
        failingWith(systemError("EIO"))(...args);
      };
    };
    await leavesNothingOpen(async () => {
      await during(t, "read", failing, async () => {
        const client = await fixture.send(get("/large.bin") + get("/other.txt"));
        const reply = await client.reply();
        if (reply.status === 200) assert.equal(reply.isCut, true);
        else assert.deepEqual([reply.status, reads], [500, 0]);
        await client.assertEnd();
      });
      await leavesSocketsClosed(fixture);
    });
    assert.deepEqual(fixture.takeErrors().map(String), ["Error: EIO: on purpose"]);
    const reply = await (await fixture.send(get("/large.bin", "Connection: close"))).reply();
    assert.equal(reply.content.length, LARGE.length);
  });
}

test("a disk that fails for a small file is a 503, not an empty file", async (t) => {
  noneUnhandled(t);
  const fixture = serveDirectory(t, temporaryTree(t, { "small.txt": "small" }));
  const failing = () => failingWith(systemError("EIO"));
  await leavesNothingOpen(async () => {
    await during(t, "read", failing, async () => {
      const client = await fixture.send(get("/small.txt"));
      const reply = await client.reply();
      assert.equal(reply.status, 503);
      assert.equal(reply.content.includes("EIO"), false);
      client.socket.destroy();
    });
    await leavesSocketsClosed(fixture);
  });
  assert.deepEqual(fixture.errors, []);
  const reply = await (await fixture.send(get("/small.txt", "Connection: close"))).reply();
  assert.equal(reply.content, "small");
});

for (const size of [1, 100_000]) {
  test(`a disk that fails for a file of ${size} bytes, which is read before it is sent, is a 503, and the connection goes on`, async (t) => {
    noneUnhandled(t);
    const log: string[] = [];
    const directory = temporaryTree(t, { "small.txt": Buffer.alloc(size, "s"), "404.html": "none" });
    const fixture = serveDirectory(t, directory, log, size);
    const failing = () => failingWith(systemError("EIO", `read '${directory}'`));
    await leavesNothingOpen(async () => {
      const client = await fixture.connect();
      await during(t, "read", failing, async () => {
        for (const method of ["GET", "HEAD"]) {
          await client.send(request(method, "/small.txt", []));
          const reply = await client.reply(method);
          assert.deepEqual([reply.status, reply.isCut], [503, false]);
          assert.equal(reply.content.includes("EIO"), false, "nothing is said of the disk");
        }
      });
      await client.send(get("/small.txt", "Connection: close"));
      const { status, content } = await client.reply();
      assert.deepEqual([status, content.length], [200, size]);
      await client.assertEnd();
      await leavesSocketsClosed(fixture);
    });
    assert.match(log.join("\n"), /EIO: read/);
    assert.deepEqual(fixture.errors, []);
  });
}

test("a served directory that was removed is missing, and is served again when it is back", async (t) => {
  noneUnhandled(t);
  const parent = temporaryDirectory(t);
  const directory = join(parent, "served");
  fs.mkdirSync(directory);
  fs.writeFileSync(join(directory, "file.txt"), "first");
  const fixture = serveDirectory(t, directory);
  const textOf = async (path: string) => {
    const client = await fixture.send(get(path, "Connection: close"));
    const { status, content } = await client.reply();
    client.socket.destroy();
    return status === 200 ? content : status;
  };
  assert.equal(await textOf("/file.txt"), "first");
  await leavesNothingOpen(async () => {
    fs.rmSync(directory, { recursive: true });
    assert.equal(await textOf("/file.txt"), 404);
    assert.equal(await textOf("/"), 404);
    fs.mkdirSync(directory);
    fs.writeFileSync(join(directory, "file.txt"), "second");
    assert.equal(await textOf("/file.txt"), "second");
    await leavesSocketsClosed(fixture);
  });
  assert.deepEqual(fixture.errors, []);
});

test("an upload to a full disk is a 500, and nothing of it is left", {
  skip: !fs.existsSync("/dev/full") && "the system has no /dev/full",
}, async (t) => {
  noneUnhandled(t);
  const directory = temporaryDirectory(t);
  class Quiet extends StorageHandler {
    override log_message(): void {}
  }
  const fixture = serveHttp(t, Quiet as never);
  (fixture.server as StorageServer).directory = directory;
  const full = (original: typeof fs.createWriteStream) => () => original("/dev/full");
  await leavesNothingOpen(async () => {
    await during(t, "createWriteStream", full, async () => {
      const client = await fixture.send(
        request("PUT", "/a.bin", ["Content-Length: 100000"], "x".repeat(100_000)),
      );
      const { status, fields } = await client.reply();
      assert.deepEqual([status, fields.connection], [500, "close"]);
      await client.assertEnd();
    });
    await leavesSocketsClosed(fixture);
  });
  assert.match(String(fixture.takeErrors()), /ENOSPC/);
  assert.deepEqual(fs.readdirSync(directory), []);
  const reply = await (await fixture.send(request("PUT", "/a.bin", ["Content-Length: 1"], "x"))).reply();
  assert.equal(reply.status, 201);
});
