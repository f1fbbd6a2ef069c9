import assert from "node:assert/strict";
import test from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type Applicant, ListingQueue, type ListingSlot } from "#src/files/listing-queue.js";

function applicant(client: string, more: Partial<Applicant> = {}): Applicant {
  return { client, limit: 1, signal: new AbortController().signal, giveUp: () => {}, ...more };
}

/** Takes a slot that is free. */
function taken(queue: ListingQueue, one: Applicant): ListingSlot {
  const slot = queue.take(one);
  assert.ok(!(slot instanceof Promise), "a slot is free");
  return slot;
}

/** Requests a slot for each, one after another. Returns the order in which they get their slots. */
async function orderOf(queue: ListingQueue, first: ListingSlot, applicants: readonly Applicant[]) {
  const order: string[] = [];
  const all = applicants.map(async (one) => {
    const slot = await queue.take(one);
    order.push(one.client);
    slot.end();
  });
  await nextTurn();
  assert.deepEqual(order, []);
  first.end();
  await Promise.allSettled(all);
  return order;
}

test("`ListingQueue.take` gives slots up to the limit, and another one when one has ended", async () => {
  const queue = new ListingQueue();
  const first = taken(queue, applicant("a", { limit: 2 }));
  taken(queue, applicant("a", { limit: 2 }));
  assert.deepEqual(await orderOf(queue, first, [applicant("b", { limit: 2 })]), ["b"]);
});

test("`ListingSlot.end` counts once", () => {
  const queue = new ListingQueue();
  const first = taken(queue, applicant("a"));
  first.end();
  first.end();
  taken(queue, applicant("a"));
  assert.ok(queue.take(applicant("a")) instanceof Promise);
});

test("`ListingQueue` serves the clients in rotation", async () => {
  const queue = new ListingQueue();
  const clients = ["a", "a", "a", "a", "b", "b", "c"];
  const first = taken(queue, applicant("a"));
  const order = await orderOf(
    queue,
    first,
    clients.map((client) => applicant(client)),
  );
  assert.deepEqual(order, ["a", "b", "c", "a", "b", "a", "a"]);
});

test("`ListingQueue.take` rejects with the reason of a client that leaves", async () => {
  const queue = new ListingQueue();
  const [early, late] = [new AbortController(), new AbortController()];
  const gone = new Error("gone");
  early.abort(gone);
  const first = taken(queue, applicant("a"));
  const rejected = [early, late].map(({ signal }) => queue.take(applicant("b", { signal })));
  const order = orderOf(queue, first, [applicant("c")]);
  late.abort(gone);
  for (const one of rejected) await assert.rejects(async () => await one, gone);
  assert.deepEqual(await order, ["c"]);
  taken(queue, applicant("d"));
});

test("`ListingSlot.hold` lets the next listing begin", async () => {
  const queue = new ListingQueue();
  const first = taken(queue, applicant("a"));
  first.hold();
  const second = taken(queue, applicant("a"));
  first.end();
  assert.ok(queue.take(applicant("a")) instanceof Promise, "it is ended once");
  second.end();
});

const holders: Readonly<Record<string, { at: readonly [client: string, second: number][]; lost: number[] }>> =
  {
    "nobody where there are no more than the limit": {
      at: [
        ["a", 0],
        ["a", 100],
      ],
      lost: [],
    },
    "nobody within ten seconds": {
      at: [
        ["a", 0],
        ["a", 1],
        ["a", 9],
        ["b", 10],
      ],
      lost: [],
    },
    "who has held for longest": {
      at: [
        ["a", 0],
        ["b", 1],
        ["c", 11],
      ],
      lost: [0],
    },
    "who holds most": {
      at: [
        ["a", 0],
        ["b", 1],
        ["b", 2],
        ["c", 13],
      ],
      lost: [1, 0],
    },
    "no more than it takes": {
      at: [
        ["a", 0],
        ["a", 5],
        ["a", 11],
        ["a", 16],
      ],
      lost: [0, 1],
    },
  };
for (const [who, { at, lost }] of Object.entries(holders)) {
  test(`\`ListingQueue\` has ${who} give up`, () => {
    let now = 0;
    const queue = new ListingQueue(() => now);
    const given: number[] = [];
    for (const [place, [client, second]] of at.entries()) {
      now = second * 1000;
      taken(queue, applicant(client, { limit: 2, giveUp: () => given.push(place) })).hold();
    }
    assert.deepEqual(given, lost);
  });
}

test("`ListingQueue` asks no ended listing to give up", () => {
  let now = 0;
  const queue = new ListingQueue(() => now);
  const fail = () => assert.fail("it had ended");
  const first = taken(queue, applicant("a", { giveUp: fail }));
  first.hold();
  first.end();
  now = 60_000;
  taken(queue, applicant("b", { giveUp: fail })).hold();
});
