import assert from "node:assert/strict";
import { test } from "node:test";
import { TaskSet } from "#src/socketserver/task-set.js";

test("`TaskSet` remembers requests in their order until they are removed", async () => {
  const tasks = new TaskSet<string>();
  const [first, second, third] = ["first", "second", "third"].map((name) => tasks.add(name));
  assert.deepEqual(tasks.requests(), ["first", "second", "third"]);
  if (second !== undefined) tasks.remove(second);
  assert.deepEqual(tasks.requests(), ["first", "third"]);
  if (third !== undefined) tasks.remove(third);
  tasks.add("fourth");
  assert.deepEqual(tasks.requests(), ["first", "fourth"]);
  if (first !== undefined) tasks.remove(first);
  assert.deepEqual(tasks.requests(), ["fourth"]);
});

test("`TaskSet.settled` is true at once where there is nothing", async () => {
  assert.equal(await new TaskSet().settled(null), true);
  assert.equal(await new TaskSet().settled(0), true);
});

test("`TaskSet.settled` waits for requests that are added meanwhile", async () => {
  const tasks = new TaskSet<number>();
  const first = tasks.add(1);
  let settled = false;
  const all = tasks.settled(null).then(() => {
    settled = true;
  });
  const second = tasks.add(2);
  tasks.remove(first);
  await Promise.resolve();
  assert.equal(settled, false);
  tasks.remove(second);
  await all;
});

test("`TaskSet.settled` is false when the time has passed, and leaves no timer", async () => {
  const tasks = new TaskSet<number>();
  tasks.add(1);
  assert.equal(await tasks.settled(0.005), false);
  assert.deepEqual(tasks.requests(), [1]);
});

for (const seconds of [Number.POSITIVE_INFINITY, 1e9]) {
  test(`\`TaskSet.settled\` waits for ${seconds} seconds, although no timer takes that long`, async (t) => {
    const timers = t.mock.method(globalThis, "setTimeout");
    const tasks = new TaskSet<number>();
    const task = tasks.add(1);
    const settled = tasks.settled(seconds);
    assert.ok((timers.mock.calls[0]?.arguments[1] as number) < 2 ** 31);
    tasks.remove(task);
    assert.equal(await settled, true);
  });
}

test("`TaskSet` takes a request more than once", async () => {
  const tasks = new TaskSet<number>();
  const inner = tasks.add(1);
  const outer = tasks.add(1);
  tasks.remove(outer);
  assert.deepEqual(tasks.requests(), [1]);
  tasks.remove(inner);
  assert.equal(await tasks.settled(null), true);
});
