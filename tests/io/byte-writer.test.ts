import assert from "node:assert/strict";
import { createReadStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished, Readable } from "node:stream";
import { pipeline, finished as whenFinished } from "node:stream/promises";
import test, { type TestContext } from "node:test";
import { inspect } from "node:util";
import { createGzip } from "node:zlib";
import { ByteReader } from "#src/io/byte-reader.js";
import { type ByteSink, ByteWriter } from "#src/io/byte-writer.js";
import { DisconnectedError } from "#src/io/connection-errors.js";
import { MemorySink, MemorySource } from "#src/io/memory-source-and-sink.js";

/** A sink that is full until it is released. */
class SlowSink implements ByteSink {
  readonly memory = new MemorySink();
  flushes = 0;
  #waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];

  get size(): number {
    return this.memory.bytes().length;
  }

  /** Number of callers that wait for `drained`. */
  get waiting(): number {
    return this.#waiting.length;
  }

  write(data: string | Uint8Array): boolean {
    this.memory.write(data);
    return false;
  }

  flush(): boolean {
    this.flushes++;
    return false;
  }

  drained(): Promise<void> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  drain(): void {
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  fail(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Keeps the promise of `write`, without awaiting it. */
function isPending(value: unknown): value is Promise<number> {
  return value instanceof Promise;
}

async function temporaryFile(t: TestContext, size: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "pyserve-"));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, "file");
  await writeFile(file, Buffer.alloc(size, "x"));
  return file;
}

test("`write` returns the number of bytes at once if the peer keeps up", () => {
  const sink = new MemorySink();
  const writer = new ByteWriter(sink);
  assert.equal(writer.write("abc"), 3);
  assert.equal(writer.write("caf\xe9 \u20ac"), 9);
  assert.equal(writer.write(new Uint8Array([0, 255])), 2);
  assert.equal(writer.write(""), 0);
  assert.equal(sink.bytes().toString("latin1"), "abccaf\xc3\xa9 \xe2\x82\xac\0\xff");
});

test("`write` returns a promise of the number if the peer does not keep up", async () => {
  const sink = new SlowSink();
  const writer = new ByteWriter(sink);
  const written = writer.write("\u20ac");
  assert.ok(isPending(written));
  sink.drain();
  assert.equal(await written, 3);
});

test("a rejection of `write` or `flush` reaches whoever awaits it, and has no other effect", async () => {
  const sink = new SlowSink();
  const writer = new ByteWriter(sink);
  const awaited = [writer.write("a"), writer.flush()];
  writer.write("nobody awaits this");
  writer.flush();
  const gone = new DisconnectedError("gone", "EPIPE");
  sink.fail(gone);
  for (const promise of awaited) await assert.rejects(Promise.resolve(promise), gone);
  // By now, a rejection without a handler would be reported, and fail the test.
  await turn();
});

test("`write` throws what the sink throws", () => {
  const gone = new DisconnectedError("gone", "EPIPE");
  const sink = new MemorySink();
  sink.write = () => {
    throw gone;
  };
  assert.throws(() => new ByteWriter(sink).write("a"), gone);
});

for (const data of [123, null, undefined, {}, [1], new ArrayBuffer(8), new Uint16Array(5000), true]) {
  test(`\`write\` refuses ${inspect(data, { maxArrayLength: 1 })}, and can go on`, () => {
    const sink = new MemorySink();
    const writer = new ByteWriter(sink);
    writer.write("before ");
    assert.throws(() => writer.write(data as never), { name: "TypeError", message: /text or bytes/ });
    writer.write("behind");
    assert.equal(sink.bytes().toString(), "before behind");
  });
}

test("`writelines` writes one part after the other, and waits for each", async () => {
  const memory = new MemorySink();
  await new ByteWriter(memory).writelines(["a", Buffer.from("b"), "c"]);
  await new ByteWriter(memory).writelines(
    (async function* () {
      yield "d";
    })(),
  );
  assert.equal(memory.bytes().toString(), "abcd");

  const slow = new SlowSink();
  const done = new ByteWriter(slow).writelines(["a", "b"]);
  for (const size of [1, 2]) {
    await turn();
    assert.equal(slow.size, size);
    slow.drain();
  }
  await done;
});

test("`flush` flushes, and waits if the peer does not keep up", async () => {
  assert.equal(new ByteWriter(new MemorySink()).flush(), undefined);
  const sink = new SlowSink();
  const flushed = new ByteWriter(sink).flush();
  assert.equal(sink.flushes, 1);
  assert.ok(flushed instanceof Promise);
  sink.drain();
  assert.equal(await flushed, undefined);
});

test("`close` flushes once, and makes every write an error", () => {
  const sink = new SlowSink();
  const writer = new ByteWriter(sink);
  assert.equal(writer.closed, false);
  writer.close();
  writer.close();
  assert.equal(sink.flushes, 1);
  assert.equal(writer.closed, true);
  assert.throws(() => writer.write("a"), /closed/);
});

test("`end` closes after writing its argument and everything held back", async () => {
  const sink = new SlowSink();
  const writer = new ByteWriter(sink);
  writer.end("last");
  sink.drain();
  await turn();
  assert.equal(sink.flushes, 1);
  assert.equal(sink.memory.bytes().toString(), "last");
  sink.drain();
  await whenFinished(writer);
  assert.throws(() => writer.write("a"), /closed/);
});

test("`finished` waits for an ended writer that still has bytes to send", async () => {
  const sink = new SlowSink();
  const writer = new ByteWriter(sink);
  writer.end();
  let isDone = false;
  const done = whenFinished(writer).then(() => {
    isDone = true;
  });
  await turn();
  assert.equal(isDone, false);
  sink.drain();
  await done;
});

test("`pipeline` accepts a writer as its destination, from a file", async (t) => {
  const sink = new MemorySink();
  const writer = new ByteWriter(sink);
  await pipeline(createReadStream(await temporaryFile(t, 300_000)), writer);
  assert.equal(sink.bytes().length, 300_000);
  assert.equal(writer.driven, true);
  assert.equal(writer.closed, true);
});

test("`pipeline` accepts a writer as its destination, from text, generators, transforms and a reader", async () => {
  const sink = new MemorySink();
  await pipeline(Readable.from(["a", "\u20ac"]), new ByteWriter(sink));
  await pipeline(function* () {
    yield "b";
    yield Buffer.from("c");
  }, new ByteWriter(sink));
  await pipeline(new ByteReader(new MemorySource(Buffer.from("d"))), new ByteWriter(sink));
  assert.equal(sink.bytes().toString(), "a\u20acbcd");
  const zipped = new MemorySink();
  await pipeline(Readable.from(["text"]), createGzip(), new ByteWriter(zipped));
  assert.equal(zipped.bytes().readUInt16BE(), 0x1f8b);
});

test("`pipe` accepts a writer as its destination", async () => {
  const sink = new MemorySink();
  const writer = new ByteWriter(sink);
  await new Promise<void>((resolve, reject) => {
    finished(Readable.from(["a", "b"]).pipe(writer), (error) => (error ? reject(error) : resolve()));
  });
  assert.equal(sink.bytes().toString(), "ab");
});

test("a writer that does not end with its source stays usable", async () => {
  const sink = new MemorySink();
  const writer = new ByteWriter(sink);
  writer.write("head ");
  await pipeline(Readable.from(["body"]), writer, { end: false });
  assert.equal(writer.closed, false);
  await writer.write(" tail");
  writer.close();
  assert.equal(sink.bytes().toString(), "head body tail");
});

const PIECE = 16 * 1024;
const PIECES = 100;

for (const [name, sourceOf] of Object.entries({
  "an async iterable": (produce: () => Buffer) =>
    (async function* () {
      for (let count = 0; count < PIECES; count++) yield produce();
    })(),
  "a stream": (produce: () => Buffer) => {
    let left = PIECES;
    return new Readable({
      highWaterMark: PIECE,
      read() {
        this.push(left-- > 0 ? produce() : null);
      },
    });
  },
})) {
  test(`a slow peer slows down ${name} that is piped to a writer`, async () => {
    const sink = new SlowSink();
    let produced = 0;
    let most = 0;
    const done = pipeline(
      sourceOf(() => {
        produced += PIECE;
        most = Math.max(most, produced - sink.size);
        return Buffer.alloc(PIECE);
      }),
      new ByteWriter(sink),
    );
    let isDone = false;
    done.finally(() => {
      isDone = true;
    });
    while (!isDone) {
      for (let turns = 0; turns < 5; turns++) await turn();
      sink.drain();
    }
    await done;
    assert.equal(sink.size, PIECE * PIECES);
    // By default, a stream on each side buffers 16 or 64 KiB, and one more piece.
    assert.ok(most <= 10 * PIECE, `${most} bytes were held`);
  });
}

test("a pipeline fails when the peer goes away, and its source is destroyed", async () => {
  const sink = new SlowSink();
  const source = new Readable({
    read() {
      this.push(Buffer.alloc(PIECE));
    },
  });
  const gone = new DisconnectedError("gone", "EPIPE");
  const done = pipeline(source, new ByteWriter(sink));
  await turn();
  sink.fail(gone);
  await assert.rejects(done, gone);
  assert.equal(source.destroyed, true);
});

test("a pipeline whose source fails leaves the writer unusable, since its content is cut short", async () => {
  const sink = new MemorySink();
  const writer = new ByteWriter(sink);
  const broken = new Error("broken");
  const source = (async function* () {
    yield "a";
    throw broken;
  })();
  await assert.rejects(pipeline(source, writer), broken);
  assert.equal(writer.closed, true);
  assert.equal(sink.bytes().toString(), "a");
});

test("`write` with a callback is `Writable`'s", async () => {
  const sink = new MemorySink();
  const writer = new ByteWriter(sink);
  const error = await new Promise((resolve) => {
    assert.equal(writer.write("6162", "hex", resolve), true);
  });
  assert.equal(error ?? null, null);
  assert.equal(sink.bytes().toString(), "ab");
});

test("a writer behaves as a stream throughout, although its state is created on first use", async () => {
  const writer = new ByteWriter(new MemorySink());
  assert.equal(writer.closed, false);
  assert.equal(writer.writableEnded, false);
  writer.close();
  assert.equal(writer.closed, true);
  assert.equal(writer.destroyed, true);
  assert.equal(writer.writable, false);
  await assert.rejects(pipeline(Readable.from(["late"]), writer as unknown as NodeJS.WritableStream));
});
