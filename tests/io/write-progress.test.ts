import assert from "node:assert/strict";
import type { Duplex } from "node:stream";
import test, { type TestContext } from "node:test";
import { watchWriteProgress } from "#src/io/write-progress.js";

/** Unsent bytes that the watch sees: those that Node holds, and those that libuv holds. */
interface Unsent {
  writableLength: number;
  _handle: { writeQueueSize: number } | null;
}

function watch(t: TestContext, seconds: number | null, socket: Unsent) {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const stalled = t.mock.fn();
  return {
    stalled,
    end: watchWriteProgress(
      { socket: socket as unknown as Duplex, writeClock: undefined, crowd: null },
      seconds,
      stalled,
    ),
  };
}

test("`watchWriteProgress` reports once that nothing was sent", (t) => {
  const { stalled } = watch(t, 5, { writableLength: 100, _handle: { writeQueueSize: 50 } });
  const cleared = t.mock.method(globalThis, "clearInterval");
  t.mock.timers.tick(4999);
  assert.equal(stalled.mock.callCount(), 0);
  t.mock.timers.tick(1);
  assert.equal(stalled.mock.callCount(), 1);
  assert.equal(cleared.mock.callCount(), 1);
});

test("`watchWriteProgress` counts a part of a write as progress", (t) => {
  const socket = { writableLength: 100, _handle: { writeQueueSize: 50 } };
  const { stalled } = watch(t, 5, socket);
  for (let left = 49; left > 0; left--) {
    socket._handle.writeQueueSize = left;
    t.mock.timers.tick(5000);
  }
  assert.equal(stalled.mock.callCount(), 0);
  t.mock.timers.tick(5000);
  assert.equal(stalled.mock.callCount(), 1);
});

test("`watchWriteProgress` works without libuv's number", (t) => {
  const socket: Unsent = { writableLength: 100, _handle: null };
  const { stalled } = watch(t, 5, socket);
  t.mock.timers.tick(4000);
  socket.writableLength = 50;
  t.mock.timers.tick(1000);
  assert.equal(stalled.mock.callCount(), 0);
  t.mock.timers.tick(5000);
  assert.equal(stalled.mock.callCount(), 1);
});

test("`watchWriteProgress` reports nothing after its end, or without a time limit", (t) => {
  const { stalled, end } = watch(t, 5, { writableLength: 100, _handle: null });
  end();
  end();
  t.mock.timers.tick(50_000);
  assert.equal(stalled.mock.callCount(), 0);
  const forEver = watchWriteProgress(
    { socket: { writableLength: 1 } as Duplex, writeClock: undefined, crowd: null },
    null,
    stalled,
  );
  t.mock.timers.tick(50_000);
  assert.equal(stalled.mock.callCount(), 0);
  forEver();
});
