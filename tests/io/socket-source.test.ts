import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import test from "node:test";
import { ByteReader } from "#src/io/byte-reader.js";
import { Connection } from "#src/io/connection.js";
import { DisconnectedError, TimeoutError } from "#src/io/connection-errors.js";
import { Clock } from "../support/clock.js";
import { gone, socketPair } from "../support/loopback.js";

const MARK = 64 * 1024;

/** A connection with the input that a test pushes. */
function pushed(): Duplex {
  return new Duplex({
    read() {},
    write: (_bytes, _encoding, callback) => callback(),
    highWaterMark: 1 << 20,
  });
}

/** Lets the pushed bytes be reported. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Waits until nothing was read for many turns. */
async function atRest(socket: Socket): Promise<void> {
  for (let before = -1, idle = 0; idle < 50; idle = before === socket.bytesRead ? idle + 1 : 0) {
    before = socket.bytesRead;
    await turn();
  }
}

test("`pull` returns what arrives, then the end on every call", async (t) => {
  const { server, client } = await socketPair(t);
  const source = Connection.of(server).source;
  const first = source.pull();
  client.write("ab");
  assert.equal(String(await first), "ab");
  client.end("cd");
  assert.equal(String(await source.pull()), "cd");
  assert.equal(await source.pull(), null);
  assert.equal(await source.pull(), null);
  assert.equal(source.gone, false, "the peer still takes a reply");
});

test("`take` does not wait", async () => {
  const socket = pushed();
  const source = Connection.of(socket).source;
  assert.equal(source.take(), undefined);
  socket.push("a");
  await turn();
  assert.equal(String(source.take()), "a");
  assert.equal(source.take(), undefined);
  socket.push(null);
  await turn();
  assert.equal(source.take(), null);
  assert.equal(source.take(), null);
});

test("`pull` returns at once what has arrived", async () => {
  const socket = pushed();
  const source = Connection.of(socket).source;
  socket.push("a");
  await turn();
  assert.ok(Buffer.isBuffer(source.pull()));
});

test("reading pauses at the high-water mark, and continues when bytes were taken", async () => {
  const socket = pushed();
  const source = Connection.of(socket).source;
  socket.push(Buffer.alloc(MARK - 1));
  await turn();
  assert.equal(socket.isPaused(), false);
  socket.push(Buffer.alloc(1));
  await turn();
  assert.equal(socket.isPaused(), true);
  socket.push(Buffer.alloc(5));
  await turn();
  assert.equal(socket.readableLength, 5);
  assert.equal(source.take()?.length, MARK - 1);
  assert.equal(socket.isPaused(), false);
  await turn();
  assert.equal(socket.readableLength, 0);
});

test("reading does not pause for bytes that the listener takes at once", async () => {
  const socket = pushed();
  const source = Connection.of(socket).source;
  source.reader = { arrived: () => source.take() };
  const pauses = test.mock.method(socket, "pause");
  socket.push(Buffer.alloc(MARK * 2));
  await turn();
  assert.equal(pauses.mock.callCount(), 0);
});

test("a peer whose bytes are not read can't keep sending", async (t) => {
  const { server, client } = await socketPair(t);
  const source = Connection.of(server).source;
  const total = 32 * 1024 * 1024;
  client.end(Buffer.alloc(total));
  await source.pull();
  await atRest(server);
  // By far not everything has arrived: at most the mark, a piece, and the buffer of Node's stream.
  assert.ok(server.bytesRead < 1024 * 1024, `${server.bytesRead} bytes were read`);
  let received = 0;
  const reader = new ByteReader(source);
  for await (const piece of reader) received += piece.length;
  // The first piece was pulled before.
  assert.equal(server.bytesRead, total);
  assert.ok(received > total - 1024 * 1024);
});

test("`pull` returns what arrived before a reset, then fails", async (t) => {
  const { server, client } = await socketPair(t);
  const source = Connection.of(server).source;
  client.write("ab");
  await new Promise<void>((resolve) => {
    source.reader = { arrived: resolve };
  });
  source.reader = null;
  client.resetAndDestroy();
  await gone(server);
  assert.equal(source.gone, true);
  assert.equal(String(await source.pull()), "ab");
  for (let again = 0; again < 2; again++) {
    assert.throws(
      () => source.pull(),
      (error: unknown) => {
        assert.ok(error instanceof DisconnectedError);
        assert.equal(error.code, "ECONNRESET");
        assert.equal((error.cause as NodeJS.ErrnoException).code, "ECONNRESET");
        return true;
      },
    );
  }
});

test("a `pull` that waits fails when the peer resets the connection", async (t) => {
  const { server, client } = await socketPair(t);
  const source = Connection.of(server).source;
  const pulled = source.pull();
  client.resetAndDestroy();
  await assert.rejects(Promise.resolve(pulled), DisconnectedError);
});

test("a `pull` that waits fails when this side drops the connection", async (t) => {
  const { server } = await socketPair(t);
  const source = Connection.of(server).source;
  const pulled = source.pull();
  server.destroy();
  await assert.rejects(Promise.resolve(pulled), DisconnectedError);
});

test("a connection that was closed in order after its end is no failure", async (t) => {
  const { server, client } = await socketPair(t);
  const source = Connection.of(server).source;
  client.end();
  assert.equal(await source.pull(), null);
  server.end();
  await gone(server);
  assert.equal(source.gone, true);
  assert.equal(await source.pull(), null);
});

test("a source of a connection that is gone already fails", (t) => {
  const socket = pushed();
  t.after(() => socket.destroy());
  socket.destroy();
  assert.throws(() => Connection.of(socket).source.pull(), DisconnectedError);
});

test("a source of a connection whose input has ended already is at the end", async (t) => {
  const { server, client } = await socketPair(t);
  server.resume();
  client.end();
  await once(server, "end");
  const source = Connection.of(server).source;
  assert.equal(source.take(), null);
  assert.equal(await source.pull(), null);
  assert.equal(source.gone, false);
});

test("`pull` waits for `timeout` seconds, and can be called again", async (t) => {
  const clock = new Clock(t);
  const socket = pushed();
  const source = Connection.of(socket).source;
  source.timeout = 3;
  const late = Promise.resolve(source.pull());
  clock.tick(2999);
  clock.tick(1);
  await assert.rejects(late, (error: unknown) => {
    assert.ok(error instanceof TimeoutError);
    assert.equal(error.code, "ETIMEDOUT");
    assert.match(error.message, /3 seconds/);
    return true;
  });
  const inTime = Promise.resolve(source.pull());
  socket.push("a");
  assert.equal(String(await inTime), "a");
  clock.tick(10_000);
});

test("`pull` can wait very long", async (t) => {
  const socket = pushed();
  const source = Connection.of(socket).source;
  source.timeout = 1e9;
  const timers = t.mock.method(globalThis, "setTimeout");
  const pulled = Promise.resolve(source.pull());
  assert.ok((timers.mock.calls[0]?.arguments[1] as number) < 2 ** 31);
  socket.push("a");
  assert.equal(String(await pulled), "a");
});

test("`reader` is told of bytes and of the end, but not while a `pull` waits", async () => {
  const socket = pushed();
  const source = Connection.of(socket).source;
  let told = 0;
  source.reader = { arrived: () => told++ };
  socket.push("a");
  await turn();
  assert.equal(told, 1);
  assert.equal(String(await source.pull()), "a");
  const pulled = Promise.resolve(source.pull());
  socket.push("b");
  assert.equal(String(await pulled), "b");
  assert.equal(told, 1);
  socket.push(null);
  await turn();
  assert.ok(told >= 2);
});

test("reading pauses when there are many pieces, however small", async () => {
  const socket = pushed();
  const source = Connection.of(socket).source;
  for (let piece = 0; piece < 1023; piece++) socket.push("a");
  await turn();
  assert.equal(socket.isPaused(), false);
  socket.push("a");
  await turn();
  assert.equal(socket.isPaused(), true);
  source.take();
  assert.equal(socket.isPaused(), false);
});
