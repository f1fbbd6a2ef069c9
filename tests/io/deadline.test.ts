import assert from "node:assert/strict";
import test from "node:test";
import { Deadline } from "#src/io/deadline.js";
import { Clock } from "../support/clock.js";
import { turns } from "../support/servers.js";

test("`Deadline` reports once that its limit has passed", (t) => {
  const clock = new Clock(t);
  let told = 0;
  const deadline = new Deadline({ expired: () => told++ });
  deadline.set(0.05);
  clock.tick(49);
  assert.equal(told, 0);
  clock.tick(1);
  assert.equal(told, 1);
  clock.tick(200);
  assert.equal(told, 1);
});

test("`Deadline` uses the limit that was set last, whether later or earlier", (t) => {
  const clock = new Clock(t);
  let told = 0;
  const deadline = new Deadline({ expired: () => told++ });
  deadline.set(0.05);
  clock.tick(40);
  deadline.set(0.05);
  clock.tick(49);
  assert.equal(told, 0);
  clock.tick(1);
  assert.equal(told, 1);

  deadline.set(10);
  deadline.set(0.01);
  clock.tick(10);
  assert.equal(told, 2);
});

test("a lifted `Deadline` reports nothing until it is set again", (t) => {
  const clock = new Clock(t);
  let told = 0;
  const deadline = new Deadline({ expired: () => told++ });
  deadline.set(0.05);
  deadline.lift();
  clock.tick(100);
  deadline.set(0.05);
  deadline.set(null);
  clock.tick(100);
  assert.equal(told, 0);
  deadline.set(0.05);
  clock.tick(50);
  assert.equal(told, 1);
});

test("`Deadline` creates a timer now and then, not for each limit", (t) => {
  const clock = new Clock(t);
  const deadline = new Deadline({ expired: () => assert.fail("no limit has passed") });
  for (let request = 0; request < 100; request++) {
    deadline.set(0.02);
    clock.tick(1);
    deadline.lift();
    deadline.set(0.05);
    clock.tick(1);
  }
  assert.ok(clock.timersMade <= 25, `${clock.timersMade} timers for 200 limits`);
});

test("`Deadline` can be set again in its own callback", (t) => {
  const clock = new Clock(t);
  let told = 0;
  const deadline: Deadline = new Deadline({
    expired() {
      if (++told < 3) deadline.set(0.01);
    },
  });
  deadline.set(0.01);
  clock.tick(100);
  assert.equal(told, 3);
});

test("`Deadline` that is hastened ends 0.25 s after it was set, at least 30 ms later, and not before its limit", async (t) => {
  for (const [limit, passed, left] of [
    [10, 100, 150],
    [10, 5000, 30],
    [null, 0, 250],
    [0.11, 100, 10],
  ] as const) {
    const clock = new Clock(t);
    let told = 0;
    const deadline = new Deadline({ expired: () => told++ });
    deadline.set(limit);
    clock.tick(passed);
    deadline.hasten();
    deadline.hasten();
    clock.tick(left - 1);
    await turns(2);
    assert.equal(told, 0, `${limit} s, of which ${passed} ms have passed`);
    clock.tick(1);
    await turns(2);
    assert.equal(told, 1, `${limit} s, of which ${passed} ms have passed`);
    t.mock.reset();
    t.mock.timers.reset();
  }
});

test("`Deadline` that is hastened lets the turn of the event loop end, in which bytes may be read that lift it", async (t) => {
  const clock = new Clock(t);
  const deadline = new Deadline({ expired: () => assert.fail("it was lifted") });
  deadline.set(10);
  deadline.hasten();
  clock.tick(300);
  deadline.lift();
  await turns(2);
});

test("a closed `Deadline` leaves no timer, and can be set again", (t) => {
  const clock = new Clock(t);
  let told = 0;
  const deadline = new Deadline({ expired: () => told++ });
  deadline.set(0.05);
  deadline.close();
  deadline.close();
  clock.tick(100);
  assert.equal(told, 0);
  deadline.set(0.05);
  clock.tick(50);
  assert.equal(told, 1);
});

test("`Deadline` can wait longer than a timer of Node", (t) => {
  const made = t.mock.method(globalThis, "setTimeout");
  const deadline = new Deadline({ expired: () => assert.fail("no limit has passed") });
  t.after(() => deadline.close());
  deadline.set(Number.POSITIVE_INFINITY);
  assert.equal(made.mock.callCount(), 0);
  deadline.set(1e9);
  assert.ok((made.mock.calls[0]?.arguments[1] as number) < 2 ** 31);
});

test("`Deadline` makes one timer for the limits of a usual connection, each shorter than the one before", (t) => {
  const clock = new Clock(t);
  let told = 0;
  const deadline = new Deadline({ expired: () => told++ });
  for (const limit of [30, 5, 2]) {
    deadline.set(limit);
    clock.tick(1);
  }
  assert.equal(clock.timersMade, 1);
  clock.tick(1998);
  assert.equal(told, 0);
  clock.tick(2);
  assert.equal(told, 1);
});
