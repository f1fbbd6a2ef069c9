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

test("`RequestQueue` gives the first turn at once, without a promise", () => {
  const [place] = places(new RequestQueue(), 1) as [Place];
  assert.equal(place.take(), undefined);
  place.give();
  assert.equal(place.take(), undefined);
});

test("`RequestQueue` gives the turn to whoever has waited longest, and to one at a time", async () => {
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

test("who takes a turn between the giving and the waking of another has to wait", async () => {
  const [first, second, third] = places(new RequestQueue(), 3) as [Place, Place, Place];
  first.take();
  const waiting = second.take();
  first.give();
  assert.ok(third.take() instanceof Promise);
  await waiting;
});

test("a place whose connection ends waits no more, and takes nobody's turn", async () => {
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

test("open for one, one is served, and the others wait until it is opened again", async () => {
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

test("a place is known by its connection, and by what the connection has become", () => {
  const place = new RequestQueue().admit(connection());
  const other = connection();
  assert.equal(RequestQueue.placeOf(place.connection), place);
  assert.equal(RequestQueue.placeOf(other), undefined);
  place.adopt(other);
  assert.equal(RequestQueue.placeOf(other), place);
});
