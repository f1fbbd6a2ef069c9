import assert from "node:assert/strict";
import { test } from "node:test";
import { LinkedList } from "#src/socketserver/linked-list.js";

test("`LinkedList` keeps values in their order until they are removed", async () => {
  const tasks = new LinkedList<string>();
  const [first, second, third] = ["first", "second", "third"].map((name) => tasks.add(name));
  assert.deepEqual(tasks.values(), ["first", "second", "third"]);
  if (second !== undefined) tasks.remove(second);
  assert.deepEqual(tasks.values(), ["first", "third"]);
  if (third !== undefined) tasks.remove(third);
  tasks.add("fourth");
  assert.deepEqual(tasks.values(), ["first", "fourth"]);
  if (first !== undefined) tasks.remove(first);
  assert.deepEqual(tasks.values(), ["fourth"]);
});

test("`LinkedList.emptied` is true at once for an empty list", async () => {
  assert.equal(await new LinkedList().emptied(null), true);
  assert.equal(await new LinkedList().emptied(0), true);
});

test("`LinkedList.emptied` waits for values that are added meanwhile", async () => {
  const tasks = new LinkedList<number>();
  const first = tasks.add(1);
  let settled = false;
  const all = tasks.emptied(null).then(() => {
    settled = true;
  });
  const second = tasks.add(2);
  tasks.remove(first);
  await Promise.resolve();
  assert.equal(settled, false);
  tasks.remove(second);
  await all;
});

test("`LinkedList.emptied` is false when the time has passed, and leaves no timer", async () => {
  const tasks = new LinkedList<number>();
  tasks.add(1);
  assert.equal(await tasks.emptied(0.005), false);
  assert.deepEqual(tasks.values(), [1]);
});

for (const seconds of [Number.POSITIVE_INFINITY, 1e9]) {
  test(`\`LinkedList.emptied\` waits for ${seconds} seconds, although no timer takes that long`, async (t) => {
    const timers = t.mock.method(globalThis, "setTimeout");
    const tasks = new LinkedList<number>();
    const task = tasks.add(1);
    const settled = tasks.emptied(seconds);
    assert.ok((timers.mock.calls[0]?.arguments[1] as number) < 2 ** 31);
    tasks.remove(task);
    assert.equal(await settled, true);
  });
}

test("`LinkedList` accepts a value more than once", async () => {
  const tasks = new LinkedList<number>();
  const inner = tasks.add(1);
  const outer = tasks.add(1);
  tasks.remove(outer);
  assert.deepEqual(tasks.values(), [1]);
  tasks.remove(inner);
  assert.equal(await tasks.emptied(null), true);
});
