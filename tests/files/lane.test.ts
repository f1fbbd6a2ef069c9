import assert from "node:assert/strict";
import { test } from "node:test";
import { Lane } from "#src/files/lane.js";
import { turns } from "../support/servers.js";

type Done = (error: NodeJS.ErrnoException | null, value: number) => void;

/** A lane all of whose places are taken, and the ends of the calls that have them. */
function fullLane(t: { mock: { method: typeof import("node:test").mock.method } }) {
  const time = { now: 1000, idle: 0 };
  t.mock.method(performance, "now", () => time.now);
  t.mock.method(performance, "eventLoopUtilization", () => ({ idle: time.idle, active: 0, utilization: 0 }));
  const lane = new Lane();
  const ends: (() => void)[] = [];
  const started: string[] = [];
  const call = (name: string, isPatient?: boolean) =>
    void lane.later<number>((done: Done) => {
      started.push(name);
      ends.push(() => done(null, 0));
    }, isPatient);
  return { time, lane, ends, started, call };
}

test("calls for downloads wait for all others", async (t) => {
  const { ends, started, call } = fullLane(t);
  for (const name of ["a", "b"]) call(name, true);
  for (const name of ["read 1", "read 2"]) call(name, true);
  call("open");
  call("stat");
  assert.deepEqual(started, ["a", "b"]);
  while (ends.length > 0) {
    ends.shift()?.();
    await turns(1);
  }
  assert.deepEqual(started, ["a", "b", "open", "stat", "read 1", "read 2"]);
});

test("a device is slow if the event loop has waited for it, and not if the loop was busy", async (t) => {
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
