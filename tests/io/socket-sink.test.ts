import assert from "node:assert/strict";
import { once } from "node:events";
import { Duplex } from "node:stream";
import test from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { Connection } from "#src/io/connection.js";
import { DisconnectedError, TimeoutError } from "#src/io/connection-errors.js";
import { anyText } from "../support/any-text.js";
import { allFrom, gone, socketPair } from "../support/loopback.js";

/** A connection that records its writes, and finishes them on request. */
class RecordingSocket extends Duplex {
  readonly writes: Buffer[] = [];
  #isSlow = false;
  #pending: (() => void) | undefined;

  constructor({ isSlow = false, highWaterMark = 1 << 20 } = {}) {
    super({ highWaterMark, allowHalfOpen: true });
    this.#isSlow = isSlow;
    this.on("error", () => {});
  }

  override _read(): void {}

  override _write(bytes: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.#note(bytes, callback);
  }

  override _writev(chunks: { chunk: Buffer }[], callback: () => void): void {
    this.#note(Buffer.concat(chunks.map(({ chunk }) => chunk)), callback);
  }

  /** Finishes the waiting write. */
  letGo(): void {
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.();
  }

  text(): string {
    return Buffer.concat(this.writes).toString("latin1");
  }

  #note(bytes: Buffer, callback: () => void): void {
    this.writes.push(bytes);
    if (this.#isSlow) this.#pending = callback;
    else callback();
  }
}

test("nothing is sent before `flush`, then everything in one write", () => {
  const socket = new RecordingSocket();
  const sink = Connection.of(socket).sink;
  sink.addLatin1("HTTP/1.1 200 OK\r\n");
  sink.add("caf\xe9", Buffer.byteLength("caf\xe9"));
  sink.addBytes(new Uint8Array([0, 0xff]));
  sink.addBytes(Buffer.alloc(100_000, "x"));
  sink.addLatin1("\xe9");
  sink.addBytes(Buffer.alloc(5000, "y"));
  sink.add("end", Buffer.byteLength("end"));
  assert.equal(socket.writes.length, 0);
  assert.equal(sink.size, 17 + 5 + 2 + 100_000 + 1 + 5000 + 3);
  assert.equal(sink.flush(), true);
  assert.equal(socket.writes.length, 1);
  assert.equal(sink.size, 0);
  const expected = `HTTP/1.1 200 OK\r\ncaf\xc3\xa9\0\xff${"x".repeat(100_000)}\xe9${"y".repeat(5000)}end`;
  assert.equal(socket.text(), expected);
});

test("`write` sends at once, after what was added before, and nothing after the end", () => {
  const socket = new RecordingSocket();
  const { sink } = Connection.of(socket);
  const bytes = Buffer.from([0xff, 0x0a]);
  assert.equal(sink.write(bytes, 2), true);
  assert.equal(socket.writes[0], bytes, "without a copy");
  sink.addLatin1("a");
  sink.write(Buffer.from("b"), 1);
  sink.write("\xe9", 2);
  sink.write(Buffer.alloc(0), 0);
  assert.deepEqual(
    socket.writes.slice(1).map((written) => written.toString("latin1")),
    ["ab", "\xc3\xa9"],
  );
  socket.end();
  assert.equal(sink.write(bytes, 2), true);
  assert.equal(sink.broken, true);
});

test("`sendAtOnce` has the system told before the second write, and once", () => {
  const socket = Object.assign(new RecordingSocket(), { setNoDelay: () => told.push(socket.writes.length) });
  const told: number[] = [];
  const { sink } = Connection.of(socket);
  sink.sendAtOnce();
  for (const text of ["a", "b", "c"]) sink.write(text, 1);
  sink.write(Buffer.alloc(10_000), 10_000);
  assert.deepEqual(told, [1]);
});

test("`flushSoon` sends small writes when the turn of the event loop ends, together with all later ones", async () => {
  const socket = new RecordingSocket();
  const sink = Connection.of(socket).sink;
  sink.addLatin1("a");
  assert.equal(sink.flushSoon(), true);
  sink.addLatin1("b");
  assert.equal(socket.writes.length, 0);
  await turn();
  assert.deepEqual(socket.writes.map(String), ["ab"]);
});

test("`flushSoon` sends large writes at once, and returns whether the peer keeps up", () => {
  const socket = new RecordingSocket({ isSlow: true, highWaterMark: 16 * 1024 });
  const sink = Connection.of(socket).sink;
  sink.addLatin1("x".repeat(16 * 1024));
  assert.equal(sink.flushSoon(), false);
  assert.equal(socket.writes.length, 1);
});

test("`flushSoon` delays nothing while the peer has not taken earlier bytes", () => {
  const socket = new RecordingSocket({ isSlow: true, highWaterMark: 16 * 1024 });
  const sink = Connection.of(socket).sink;
  sink.addLatin1("x".repeat(16 * 1024 - 1));
  assert.equal(sink.flush(), true);
  sink.addLatin1("y");
  assert.equal(sink.flushSoon(), false);
  assert.equal(sink.full, true);
});

test("bytes waiting for a peer that goes away are dropped, and nobody waits for them", async () => {
  const socket = new RecordingSocket();
  const sink = Connection.of(socket).sink;
  sink.addLatin1("a");
  assert.equal(sink.flushSoon(), true);
  socket.destroy();
  await turn();
  assert.deepEqual(socket.writes, []);
  assert.deepEqual([sink.full, sink.broken, sink.size], [false, true, 0]);
  await assert.rejects(sink.drained(), DisconnectedError);
});

test("`drained` rejects with a disconnection while other waiters are told that the connection is closed", async () => {
  const socket = new RecordingSocket({ isSlow: true, highWaterMark: 16 });
  let drained: Promise<void> | undefined;
  socket.on("close", () => {
    drained = sink.drained();
  });
  const sink = Connection.of(socket).sink;
  sink.addLatin1("x".repeat(16));
  assert.equal(sink.flush(), false);
  socket.destroy();
  await once(socket, "close");
  await assert.rejects(drained ?? Promise.resolve(), DisconnectedError);
});

test("text and small bytes are one write of one piece", (t) => {
  const socket = new RecordingSocket();
  const write = t.mock.method(socket, "write");
  const sink = Connection.of(socket).sink;
  for (let count = 0; count < 100; count++) {
    sink.add("\u20ac", Buffer.byteLength("\u20ac"));
    sink.addBytes(Buffer.from([count]));
  }
  sink.flush();
  assert.equal(write.mock.callCount(), 1);
  assert.equal(socket.writes[0]?.length, 400);
});

test("`flush` without anything sends nothing", () => {
  const socket = new RecordingSocket();
  const sink = Connection.of(socket).sink;
  assert.equal(sink.flush(), true);
  sink.add("", Buffer.byteLength(""));
  sink.addBytes(Buffer.alloc(0));
  assert.equal(sink.flush(), true);
  assert.equal(socket.writes.length, 0);
});

test("`discard` drops unsent bytes", () => {
  const socket = new RecordingSocket();
  const sink = Connection.of(socket).sink;
  sink.add("a", Buffer.byteLength("a"));
  sink.addBytes(Buffer.alloc(10_000));
  sink.discard();
  assert.equal(sink.size, 0);
  sink.add("b", Buffer.byteLength("b"));
  sink.flush();
  assert.equal(socket.text(), "b");
});

test("small byte arrays are copied, so that the caller may change them at once", () => {
  const socket = new RecordingSocket();
  const sink = Connection.of(socket).sink;
  const memory = Buffer.from("abcd");
  sink.addBytes(memory.subarray(1, 3));
  sink.addBytes(new Uint8Array(memory.buffer, memory.byteOffset + 3, 1));
  memory.fill("x");
  sink.flush();
  assert.equal(socket.text(), "bcd");
});

test("a lone surrogate is sent as the replacement character, and counted so", () => {
  const socket = new RecordingSocket();
  const sink = Connection.of(socket).sink;
  sink.add("\ud800", Buffer.byteLength("\ud800"));
  assert.equal(sink.size, 3);
  sink.flush();
  assert.equal(socket.text(), "\xef\xbf\xbd");
});

test("data of any kind is sent in the order in which it was added", () => {
  const addition = fc.oneof(
    fc.string({ maxLength: 10 }).map((ascii) => ({ text: ascii })),
    anyText({ maxLength: 10 }).map((text) => ({ text })),
    fc.uint8Array({ maxLength: 10 }).map((bytes) => ({ latin1: Buffer.from(bytes).toString("latin1") })),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => ({ bytes })),
    fc.constantFrom(4095, 4096, 4097, 9000).map((size) => ({ bytes: new Uint8Array(size).fill(size) })),
    fc.constant({ flush: true }),
  );
  fc.assert(
    fc.property(fc.array(addition, { maxLength: 20 }), (additions) => {
      const socket = new RecordingSocket();
      const sink = Connection.of(socket).sink;
      const expected: Uint8Array[] = [];
      for (const step of additions) {
        if ("text" in step) {
          sink.add(step.text, Buffer.byteLength(step.text));
          expected.push(Buffer.from(step.text));
        } else if ("latin1" in step) {
          sink.addLatin1(step.latin1);
          expected.push(Buffer.from(step.latin1, "latin1"));
        } else if ("bytes" in step) {
          sink.addBytes(step.bytes);
          expected.push(step.bytes);
        } else sink.flush();
      }
      sink.flush();
      assert.deepEqual(Buffer.concat(socket.writes), Buffer.concat(expected));
    }),
  );
});

test("`flush` reports that the peer does not keep up, and `drained` waits until it does", async () => {
  const socket = new RecordingSocket({ isSlow: true, highWaterMark: 4 });
  const sink = Connection.of(socket).sink;
  const listeners = socket.listenerCount("drain");
  await sink.drained();
  sink.add("abcdef", Buffer.byteLength("abcdef"));
  assert.equal(sink.flush(), false);
  assert.equal(sink.full, true);
  assert.equal(sink.flush(), false, "also where there is nothing to flush");
  let drained = 0;
  const waits = [sink.drained(), sink.drained()].map((wait) => wait.then(() => drained++));
  await new Promise(setImmediate);
  assert.equal(drained, 0);
  socket.letGo();
  await Promise.all(waits);
  assert.equal(sink.full, false);
  assert.equal(socket.listenerCount("drain"), listeners);
  assert.equal(sink.flush(), true);
});

test("`drained` fails when the connection goes away meanwhile, and at once when it is gone", async () => {
  const socket = new RecordingSocket({ isSlow: true, highWaterMark: 4 });
  const sink = Connection.of(socket).sink;
  sink.add("abcdef", Buffer.byteLength("abcdef"));
  sink.flush();
  const waits = sink.drained();
  socket.destroy();
  for (const wait of [() => waits, () => sink.drained()]) {
    await assert.rejects(
      wait,
      (error: unknown) => error instanceof DisconnectedError && error.code === "EPIPE",
    );
  }
  assert.equal(sink.broken, true);
});

test("`drained` fails when the peer takes nothing for `timeout` seconds", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const socket = new RecordingSocket({ isSlow: true, highWaterMark: 4 });
  const sink = Connection.of(socket).sink;
  sink.timeout = 3;
  sink.add("abcdef", Buffer.byteLength("abcdef"));
  sink.flush();
  const listeners = socket.listenerCount("drain");
  const wait = sink.drained();
  t.mock.timers.tick(3000);
  await assert.rejects(
    wait,
    (error: unknown) => error instanceof TimeoutError && /3 seconds/.test(error.message),
  );
  assert.equal(socket.listenerCount("drain"), listeners);
  // The connection stays open; its owner decides.
  const again = sink.drained();
  socket.letGo();
  await again;
});

test("a real peer that does not read is waited for, and gets everything when it reads", async (t) => {
  const { server, client } = await socketPair(t);
  const sink = Connection.of(server).sink;
  const piece = Buffer.alloc(256 * 1024, "x");
  let sent = 0;
  do {
    sink.addBytes(piece);
    sent += piece.length;
  } while (sink.flush() || sent < 16 * 1024 * 1024);
  const received = allFrom(client);
  await sink.drained();
  assert.equal(server.writableLength, 0);
  server.end();
  assert.equal((await received).length, sent);
});

test("a real peer that goes away is noticed", async (t) => {
  const { server, client } = await socketPair(t);
  const sink = Connection.of(server).sink;
  sink.addBytes(Buffer.alloc(16 * 1024 * 1024));
  assert.equal(sink.flush(), false);
  const wait = sink.drained();
  client.resetAndDestroy();
  await assert.rejects(wait, DisconnectedError);
  await gone(server);
  assert.equal(sink.broken, true);
});

test("`write` sends at once with a `bufferSize` of 0, otherwise when enough has accumulated", () => {
  const rows: [bufferSize: number, writes: number[]][] = [
    [0, [1, 2, 3]],
    [5, [0, 1, 1]],
    [8192, [0, 0, 0]],
  ];
  for (const [bufferSize, counts] of rows) {
    const socket = new RecordingSocket();
    const { sink } = Connection.of(socket);
    sink.bufferSize = bufferSize;
    for (const count of counts) {
      sink.write("abc", 3);
      assert.equal(socket.writes.length, count);
    }
    sink.flush();
    assert.equal(socket.text(), "abcabcabc");
  }
  const socket = new RecordingSocket();
  const { sink } = Connection.of(socket);
  sink.bufferSize = 8192;
  sink.write(Buffer.alloc(8192), 8192);
  assert.equal(socket.writes.length, 1);
});

test("`write` refuses to send to a connection that is gone, but `flush` does not", async () => {
  const socket = new RecordingSocket();
  const { sink } = Connection.of(socket);
  sink.bufferSize = 8192;
  sink.write("a", 1);
  socket.destroy();
  await once(socket, "close");
  assert.throws(() => sink.write("b", 1), { name: "DisconnectedError", code: "EPIPE" });
  assert.equal(sink.flush(), true);
});

test("`flush` sends nothing after the end, which would destroy bytes still on their way", () => {
  const socket = new RecordingSocket({ isSlow: true });
  const sink = Connection.of(socket).sink;
  sink.addLatin1("reply");
  sink.flush();
  socket.end();
  sink.addLatin1("too late");
  assert.equal(sink.flush(), true);
  assert.equal(sink.broken, true);
  assert.equal(socket.destroyed, false);
  socket.letGo();
  assert.equal(socket.text(), "reply");
});

/** A sink with bytes whose owner records when they are recycled. */
function lending(socket: Duplex, size = 10_000) {
  const sink = Connection.of(socket).sink;
  const recycled: number[] = [];
  sink.recycleWhenSent({ recycle: () => recycled.push(size) });
  sink.addBytes(Buffer.alloc(size));
  return { sink, recycled };
}

test("bytes that the system takes at once are recycled by the flush", async (t) => {
  const { server } = await socketPair(t);
  const { sink, recycled } = lending(server);
  assert.deepEqual(recycled, []);
  sink.flush();
  assert.deepEqual(recycled, [10_000]);
  sink.addLatin1("more");
  sink.flush();
  assert.deepEqual(recycled, [10_000]);
});

test("bytes that wait for a slow peer are recycled when it has taken them", async (t) => {
  const { server, client } = await socketPair(t);
  const { sink, recycled } = lending(server, 32 << 20);
  assert.equal(sink.flush(), false);
  await turn();
  assert.deepEqual(recycled, []);
  client.resume();
  await sink.drained();
  assert.deepEqual(recycled, [32 << 20]);
});

test("bytes of a connection that breaks off are never recycled", async (t) => {
  const { server, client } = await socketPair(t);
  const { sink, recycled } = lending(server, 32 << 20);
  sink.flush();
  client.resetAndDestroy();
  await gone(server);
  assert.deepEqual(recycled, []);
});

test("bytes for a socket whose writes are watched are never recycled", async (t) => {
  const { server } = await socketPair(t);
  t.mock.method(server, "write");
  const { sink, recycled } = lending(server);
  sink.flush();
  await turn();
  assert.deepEqual(recycled, []);
});

test("bytes for a stream that may pass them on are never recycled", () => {
  const { sink, recycled } = lending(new RecordingSocket());
  sink.flush();
  assert.deepEqual(recycled, []);
});

test("a long write that the system takes at once leaves nothing to wait for", async (t) => {
  const { server } = await socketPair(t);
  const { sink } = Connection.of(server);
  sink.addBytes(Buffer.alloc(server.writableHighWaterMark + 1));
  assert.equal(sink.flush(), true);
  assert.equal(sink.full, false);
});
