import assert from "node:assert/strict";
import type { Duplex } from "node:stream";
import test, { type TestContext } from "node:test";
import { Connection } from "#src/io/connection.js";
import { watchWriteProgress } from "#src/io/write-progress.js";

/** Counts that the clock reads: bytes given to libuv, and the part that the system has not yet taken. */
interface Handle {
  bytesWritten: number;
  writeQueueSize: number;
}

/** A connection with a megabyte to send, of which the system has accepted nothing. */
class Peer {
  readonly handle: Handle;
  readonly socket: Duplex;
  readonly connection: Connection;
  readonly #t: TestContext;
  #now = 0;

  /** @param grace - in seconds; the rate is 100 bytes per second */
  constructor(t: TestContext, grace: number, bytesPerSecond = 100, size = 1_000_000) {
    this.handle = { bytesWritten: size, writeQueueSize: size };
    this.socket = { writableLength: size, _handle: this.handle, on() {} } as unknown as Duplex;
    this.connection = Connection.of(this.socket);
    this.#t = t;
    t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
    t.mock.method(globalThis, "setImmediate", (look: () => void) => this.turn(look));
    t.mock.method(performance, "now", () => this.#now);
    this.connection.limitWriteRate({ bytesPerSecond, grace });
  }

  /** A turn of the event loop. */
  turn(look: () => void): void {
    look();
  }

  /** Accepts a number of bytes in each of some seconds. */
  take(bytes: number, seconds = 1): void {
    for (let second = 0; second < seconds; second++) {
      this.handle.writeQueueSize -= bytes;
      this.pass(1);
    }
  }

  /** Lets time pass. */
  pass(seconds: number): void {
    for (let tenth = 0; tenth < seconds * 10; tenth++) {
      this.#now += 100;
      this.#t.mock.timers.tick(100);
    }
  }

  /** Watches like a waiting writer. Returns the reports. */
  watch(stall: number | null = null): { readonly verdicts: string[]; readonly end: () => void } {
    const verdicts: string[] = [];
    return { verdicts, end: watchWriteProgress(this.connection, stall, (verdict) => verdicts.push(verdict)) };
  }

  /** Watches for a number of seconds. Returns the reports. */
  watchFor(seconds: number): readonly string[] {
    const { verdicts, end } = this.watch();
    this.pass(seconds);
    end();
    return verdicts;
  }
}

const OTHERS_WAIT = "The peer read almost nothing, and other connections wait.";

/**
 * Returns the second in which the peer was reported, if connections are scarce from some second on; -1 if it
 * was not.
 */
function cutAfter(
  peer: Peer,
  crowdedFrom: number,
  seconds: number,
  take: (second: number) => number,
): number {
  let second = 0;
  peer.connection.list = { crowd: { patience: 240, isCrowded: () => second >= crowdedFrom }, released() {} };
  const { verdicts, end } = peer.watch();
  for (; second < seconds && verdicts.length === 0; second++) peer.take(take(second));
  end();
  if (verdicts.length === 0) return -1;
  assert.deepEqual(verdicts, [OTHERS_WAIT]);
  return second;
}

/** Simulates a client with this rate in bytes per second, on a system that reports progress in steps. */
const inSteps = (rate: number, step: number) => (second: number) => {
  const every = Math.round(step / rate);
  return second % every === every - 1 ? step : 0;
};

const LARGE_STEP = 1_400_000;
const KEPT: readonly (readonly [what: string, rate: number, step: number])[] = [
  ["1 kB a second, by a small window", 1000, 5000],
  ["8 kB a second, by a small window", 8000, 20_000],
  ["8 kB a second, by a large window", 8000, LARGE_STEP],
  ["20 kB a second, by a large window", 20_000, LARGE_STEP],
  ["a burst of 4 MB now and then", 30_000, 4_000_000],
];
for (const [what, rate, step] of KEPT) {
  test(`a peer that takes ${what}, is never told of, in whatever crowd`, (t) => {
    const peer = new Peer(t, 0, 0, 1e9);
    assert.equal(cutAfter(peer, 0, 1500, inSteps(rate, step)), -1);
  });
}

for (const pause of [75, 600]) {
  test(`a peer that takes nothing for ${pause} seconds is left alone without a crowd`, (t) => {
    const peer = new Peer(t, 0, 0, 1e9);
    assert.equal(
      cutAfter(peer, Number.POSITIVE_INFINITY, pause, () => 0),
      -1,
    );
  });
}

test("a peer that reads nothing makes room when it times out, or when other connections arrive later", (t) => {
  for (const [crowdedFrom, expected] of [
    [0, 240],
    [1000, 1000],
  ] as const) {
    const after = cutAfter(new Peer(t, 0, 0, 1e9), crowdedFrom, 2000, () => 0);
    assert.ok(after >= expected && after <= expected + 25, `${after} seconds`);
    t.mock.timers.reset();
    t.mock.restoreAll();
  }
});

test("a peer that takes a few bytes each second makes room all the same", (t) => {
  const after = cutAfter(new Peer(t, 0, 0, 1e9), 0, 2000, () => 100);
  assert.ok(after >= 240 && after <= 265, `${after} seconds`);
});

test("a patience of null is forever", (t) => {
  const peer = new Peer(t, 0, 0, 1e9);
  peer.connection.list = { crowd: { patience: null, isCrowded: () => true }, released() {} };
  assert.deepEqual(peer.watchFor(2000), []);
});

const TOO_SLOW = "The peer read less than 100 bytes per second.";

test("a peer that takes nothing is too slow once the grace is over, not before", (t) => {
  const peer = new Peer(t, 10);
  const { verdicts } = peer.watch();
  peer.pass(9.9);
  assert.deepEqual(verdicts, []);
  peer.pass(0.1);
  assert.deepEqual(verdicts, [TOO_SLOW]);
  peer.pass(100);
  assert.equal(verdicts.length, 1, "it is told once");
});

test("a peer that takes half of the rate is too slow when twice the grace is over", (t) => {
  const peer = new Peer(t, 10);
  const { verdicts } = peer.watch();
  peer.take(50, 19);
  assert.deepEqual(verdicts, []);
  peer.take(50, 2);
  assert.deepEqual(verdicts, [TOO_SLOW]);
});

test("a peer that is just fast enough is never too slow, and is not checked all the time", (t) => {
  const peer = new Peer(t, 10);
  const { verdicts } = peer.watch();
  const timers = t.mock.method(globalThis, "setTimeout");
  peer.pass(9.9);
  peer.take(100, 1000);
  assert.deepEqual(verdicts, []);
  assert.ok(timers.mock.callCount() <= 4000, `${timers.mock.callCount()} looks in 1000 seconds`);
});

test("a peer that was fast may not be slow for longer than the grace", (t) => {
  const peer = new Peer(t, 10);
  const { verdicts } = peer.watch();
  peer.take(100_000, 5);
  peer.pass(20);
  assert.deepEqual(verdicts, [TOO_SLOW]);
});

test("the time in which nothing waits does not count, and what was behind is kept", (t) => {
  const peer = new Peer(t, 10);
  const before = peer.watchFor(6);
  peer.pass(1000);
  const { verdicts } = peer.watch();
  peer.pass(3);
  assert.deepEqual([before, verdicts], [[], []]);
  peer.pass(1);
  assert.deepEqual([before, verdicts], [[], [TOO_SLOW]]);
});

test("what is taken while nothing waits buys no time: it went into the system's buffer", (t) => {
  const peer = new Peer(t, 10);
  peer.watchFor(6);
  peer.take(100_000);
  const { verdicts } = peer.watch();
  peer.pass(4);
  assert.deepEqual(verdicts, [TOO_SLOW]);
});

test("two that wait for one peer do not make it twice as slow, and are both told", (t) => {
  const peer = new Peer(t, 10);
  const [one, two] = [peer.watch(), peer.watch()];
  peer.pass(9);
  assert.deepEqual([one.verdicts, two.verdicts], [[], []]);
  peer.pass(1);
  assert.deepEqual([one.verdicts, two.verdicts], [[TOO_SLOW], [TOO_SLOW]]);
});

test("what a peer took while something held up the event loop is seen before it is judged", (t) => {
  const peer = new Peer(t, 10);
  const { verdicts } = peer.watch();
  // The timer runs first; then the loop sees that the system has taken more.
  peer.turn = (look) => {
    peer.handle.writeQueueSize -= 5000;
    look();
  };
  peer.pass(11);
  assert.deepEqual(verdicts, []);
});

test("a peer whose progress nobody can count is never too slow", (t) => {
  const peer = new Peer(t, 10);
  Object.assign(peer.socket, { _handle: null });
  const { verdicts, end } = peer.watch();
  peer.pass(100);
  end();
  assert.deepEqual(verdicts, []);
});

test("a TLS connection is counted by what leaves the connection below it", (t) => {
  const peer = new Peer(t, 10);
  const below = { _handle: { bytesWritten: 1_000_000, writeQueueSize: 1_000_000 } };
  Object.assign(peer.socket, { _parent: below });
  const { verdicts } = peer.watch();
  for (let second = 0; second < 100; second++) {
    below._handle.writeQueueSize -= 200;
    peer.pass(1);
  }
  assert.deepEqual(verdicts, []);
  peer.take(200, 11);
  assert.deepEqual(verdicts, [TOO_SLOW]);
});

test("a peer that has stalled is told of as that, where that time is shorter", (t) => {
  const peer = new Peer(t, 10);
  const { verdicts } = peer.watch(5);
  peer.pass(6);
  assert.deepEqual(verdicts, ["The peer read nothing for 5 seconds."]);
});

for (const bytesPerSecond of [0, -1, Number.NaN]) {
  test(`a rate of ${bytesPerSecond} is no limit`, (t) => {
    const peer = new Peer(t, 10, bytesPerSecond);
    const { verdicts } = peer.watch();
    peer.pass(100);
    assert.deepEqual(verdicts, []);
  });
}

test("a grace that is not a number counts as zero", (t) => {
  const peer = new Peer(t, Number.NaN);
  const { verdicts } = peer.watch();
  peer.pass(1);
  assert.deepEqual(verdicts, [TOO_SLOW]);
});
