import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { test } from "node:test";
import { type Place, RequestQueue } from "#src/http/request-queue.js";

/** Stand-in for a connection in the queue. */
class Connection extends EventEmitter {
  destroyed = false;
  destroy(): void {
    this.destroyed = true;
    this.emit("close");
  }
}

function connection(): Socket {
  return new Connection() as unknown as Socket;
}

function places(queue: RequestQueue, count: number): Place[] {
  return Array.from({ length: count }, () => queue.admit(connection()));
}

async function settle(): Promise<void> {
  for (let count = 0; count < 5; count++) await Promise.resolve();
}

test("`RequestQueue` serves the first request at once, without a promise", () => {
  const [place] = places(new RequestQueue(), 1) as [Place];
  assert.equal(place.take(), undefined);
  place.give();
  assert.equal(place.take(), undefined);
});

test("`RequestQueue` serves one request at a time, the one that has waited longest", async () => {
  const all = places(new RequestQueue(), 4);
  const log: number[] = [];
  for (const [number, place] of all.entries()) void place.take()?.then(() => log.push(number));
  await settle();
  assert.deepEqual(log, []);
  for (const number of [0, 1, 2]) {
    all[number]?.give();
    await settle();
    assert.equal(log.length, number + 1);
  }
  assert.deepEqual(log, [1, 2, 3]);
  all[3]?.give();
  assert.equal(all[0]?.take(), undefined);
});

test("a request that arrives before the next one in the queue has woken up has to wait", async () => {
  const [first, second, third] = places(new RequestQueue(), 3) as [Place, Place, Place];
  first.take();
  const waiting = second.take();
  first.give();
  assert.ok(third.take() instanceof Promise);
  await waiting;
});

test("a place whose connection ends leaves the queue, and delays no other", async () => {
  const [first, second, third] = places(new RequestQueue(), 3) as [Place, Place, Place];
  first.take();
  const gone = second.take();
  const waiting = third.take();
  second.connection.destroy();
  await gone;
  second.give();
  let isServed = false;
  void waiting?.then(() => {
    isServed = true;
  });
  await settle();
  assert.equal(isServed, false);
  first.give();
  await waiting;
});

test("a queue that is open for one request serves one; the others wait until it is opened again", async () => {
  const queue = new RequestQueue();
  let begun = 0;
  const first = queue.openForOne(() => begun++);
  const [one, other] = places(queue, 2) as [Place, Place];
  assert.ok(queue.isForOne && first.isApart);
  assert.equal(first.served, undefined);
  assert.equal(one.take(), undefined);
  one.give();
  const waiting = other.take();
  assert.equal(begun, 1);
  await first.served;
  first.close();
  let isServed = false;
  void waiting?.then(() => {
    isServed = true;
  });
  await settle();
  assert.ok(!isServed && !queue.isForOne);
  queue.openForOne(() => begun++);
  await waiting;
  assert.equal(begun, 2);
  other.give();
});

test("a place is found by its connection, and by the connection that replaces it", () => {
  const place = new RequestQueue().admit(connection());
  const other = connection();
  assert.equal(RequestQueue.placeOf(place.connection), place);
  assert.equal(RequestQueue.placeOf(other), undefined);
  place.adopt(other);
  assert.equal(RequestQueue.placeOf(other), place);
});
