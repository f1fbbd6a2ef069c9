import assert from "node:assert/strict";
import { test } from "node:test";
import { RequestQueue } from "#src/http/request-queue.js";

test("`RequestQueue` gives the first turn at once, without a promise", () => {
  const queue = new RequestQueue();
  assert.equal(queue.take(), undefined);
  queue.give();
  assert.equal(queue.take(), undefined);
});

test("`RequestQueue` gives the turn to whoever has waited longest, and to one at a time", async () => {
  const queue = new RequestQueue();
  const log: number[] = [];
  queue.take();
  for (const number of [1, 2, 3]) void queue.take()?.then(() => log.push(number));
  await Promise.resolve();
  assert.deepEqual(log, []);
  for (const expected of [[1], [1, 2], [1, 2, 3]]) {
    queue.give();
    await Promise.resolve();
    await Promise.resolve();
    assert.deepEqual(log, expected);
  }
  queue.give();
  assert.equal(queue.take(), undefined);
});

test("who takes a turn between the giving and the waking of another has to wait", async () => {
  const queue = new RequestQueue();
  queue.take();
  const second = queue.take();
  queue.give();
  assert.ok(queue.take() instanceof Promise);
  await second;
});

test("`RequestQueue.of` gives the queue that a connection was admitted to", () => {
  const queue = new RequestQueue();
  const connection = {};
  assert.equal(RequestQueue.of(connection), undefined);
  queue.admit(connection);
  assert.equal(RequestQueue.of(connection), queue);
});
