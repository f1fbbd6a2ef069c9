import assert from "node:assert/strict";
import { test } from "node:test";
import { TaskSet } from "#src/socketserver/task-set.js";
import { deferred } from "../support/servers.js";

test("`TaskSet` remembers requests until their work is done", async () => {
  const tasks = new TaskSet<string>();
  const [first, second] = [deferred(), deferred()];
  tasks.add("first", first.promise);
  tasks.add("second", second.promise);
  assert.deepEqual([...tasks.requests()], ["first", "second"]);
  first.resolve();
  await first.promise;
  second.reject(new Error("a failure is an end too"));
  assert.equal(await tasks.settled(null), true);
  assert.deepEqual([...tasks.requests()], []);
});

test("`TaskSet.settled` is true at once where there is nothing", async () => {
  assert.equal(await new TaskSet().settled(null), true);
  assert.equal(await new TaskSet().settled(0), true);
});

test("`TaskSet.settled` waits for work that is added meanwhile", async () => {
  const tasks = new TaskSet<number>();
  const [first, second] = [deferred(), deferred()];
  tasks.add(1, first.promise);
  let settled = false;
  const all = tasks.settled(null).then(() => {
    settled = true;
  });
  tasks.add(2, second.promise);
  first.resolve();
  await first.promise;
  assert.equal(settled, false);
  second.resolve();
  await all;
});

test("`TaskSet.settled` is false when the time has passed, and leaves no timer", async () => {
  const tasks = new TaskSet<number>();
  tasks.add(1, new Promise(() => {}));
  assert.equal(await tasks.settled(0.005), false);
  assert.deepEqual([...tasks.requests()], [1]);
});

for (const seconds of [Number.POSITIVE_INFINITY, 1e9]) {
  test(`\`TaskSet.settled\` waits for ${seconds} seconds, although no timer takes that long`, async (t) => {
    const timers = t.mock.method(globalThis, "setTimeout");
    const tasks = new TaskSet<number>();
    const work = deferred();
    tasks.add(1, work.promise);
    const settled = tasks.settled(seconds);
    assert.ok((timers.mock.calls[0]?.arguments[1] as number) < 2 ** 31);
    work.resolve();
    assert.equal(await settled, true);
  });
}

test("`TaskSet` takes a request more than once", async () => {
  const tasks = new TaskSet<number>();
  const [inner, outer] = [deferred(), deferred()];
  tasks.add(1, inner.promise);
  tasks.add(1, outer.promise);
  outer.resolve();
  await outer.promise;
  await Promise.resolve().then(() => {});
  assert.deepEqual([...tasks.requests()], [1]);
  inner.resolve();
  assert.equal(await tasks.settled(null), true);
});
