import assert from "node:assert/strict";
import { test } from "node:test";
import { type CallKind, Lane, laneOf } from "#src/files/lane.js";
import { turns } from "../support/servers.js";

type Done = (error: NodeJS.ErrnoException | null, value: number) => void;

/** A lane without a free place, and functions that end its running calls. */
function fullLane(t: { mock: { method: typeof import("node:test").mock.method } }) {
  const time = { now: 1000, idle: 0 };
  t.mock.method(performance, "now", () => time.now);
  t.mock.method(performance, "eventLoopUtilization", () => ({ idle: time.idle, active: 0, utilization: 0 }));
  const lane = new Lane();
  const ends: (() => void)[] = [];
  const started: string[] = [];
  const call = (name: string, kind?: CallKind) =>
    void lane.later<number>((done: Done) => {
      started.push(name);
      ends.push(() => done(null, 0));
    }, kind);
  return { time, lane, ends, started, call };
}

test("checks of files in memory come before all other calls, and downloads after them", async (t) => {
  const { ends, started, call } = fullLane(t);
  for (const name of ["a", "b"]) call(name, "download");
  for (const name of ["read 1", "read 2"]) call(name, "download");
  call("open");
  call("stat", "check");
  assert.deepEqual(started, ["a", "b"]);
  while (ends.length > 0) {
    ends.shift()?.();
    await turns(1);
  }
  assert.deepEqual(started, ["a", "b", "stat", "open", "read 1", "read 2"]);
});

/** A call on the calling thread that takes some time. */
const takes = (time: { now: number }, milliseconds: number) => () => {
  time.now += milliseconds;
};

test("a slow call on the calling thread is checked in the thread pool: the system may only have been busy", async (t) => {
  for (const [pool, isFast] of [
    [19, true],
    [20, false],
  ] as const) {
    const { time, lane, ends, call } = fullLane(t);
    call("first");
    ends.shift()?.();
    lane.now(takes(time, 4));
    assert.equal(lane.isFast, true);
    lane.now(takes(time, 5));
    assert.equal(lane.isFast, false);
    call("second", "check");
    time.now += pool;
    ends.shift()?.();
    assert.equal(lane.isFast, isFast, `${pool} ms`);
    time.now += 10_000;
    assert.equal(lane.isFast, isFast, "for good");
    t.mock.restoreAll();
  }
});

test("a device that was surely slow is trusted for a second after each fast call", async (t) => {
  const { time, lane, ends, call } = fullLane(t);
  call("first");
  ends.shift()?.();
  lane.now(takes(time, 500));
  assert.equal(lane.isFast, false);
  call("second", "check");
  ends.shift()?.();
  assert.equal(lane.isFast, true);
  time.now += 1000;
  assert.equal(lane.isFast, false);
});

test("a device is slow if the event loop has waited for it, but not if the loop was busy", async (t) => {
  for (const [idle, isFast] of [
    [0, true],
    [99, true],
    [100, false],
  ] as const) {
    const { time, lane, ends, call } = fullLane(t);
    call("first");
    ends.shift()?.();
    assert.equal(lane.isFast, true);
    call("second");
    time.now += 3000;
    time.idle += idle;
    ends.shift()?.();
    assert.equal(lane.isFast, isFast, `${idle} ms`);
    t.mock.restoreAll();
  }
});

test("a fast device has 64 short calls and 3 downloads at a time, and 3 calls in all if another device is known", async (t) => {
  const start = (kind: CallKind) => {
    const { lane, ends, started, call } = fullLane(t);
    call("first");
    ends.shift()?.();
    for (let at = 0; at < 70; at++) call(String(at), kind);
    t.mock.restoreAll();
    assert.equal(lane.isFast, true);
    return started.length - 1;
  };
  laneOf(1);
  assert.deepEqual([start("check"), start("open"), start("download")], [64, 64, 3]);
  laneOf(2);
  assert.deepEqual([start("check"), start("open"), start("download")], [3, 3, 3]);
});
