import assert from "node:assert/strict";
import test from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { type Applicant, ListingQueue, type ListingTurn } from "#src/files/listing-queue.js";

function applicant(client: string, more: Partial<Applicant> = {}): Applicant {
  return { client, limit: 1, signal: new AbortController().signal, giveUp: () => {}, ...more };
}

/** Takes a turn that there is. */
function taken(turns: ListingQueue, one: Applicant): ListingTurn {
  const turn = turns.take(one);
  assert.ok(!(turn instanceof Promise), "there is a turn at once");
  return turn;
}

/** Applies for all, one after the other, and tells in which order they get their turns. */
async function orderOf(turns: ListingQueue, first: ListingTurn, applicants: readonly Applicant[]) {
  const order: string[] = [];
  const all = applicants.map(async (one) => {
    const turn = await turns.take(one);
    order.push(one.client);
    turn.end();
  });
  await turn();
  assert.deepEqual(order, []);
  first.end();
  await Promise.allSettled(all);
  return order;
}

test("`ListingQueue.take` gives as many turns at a time as the limit says, and a further one when one is ended", async () => {
  const turns = new ListingQueue();
  const first = taken(turns, applicant("a", { limit: 2 }));
  taken(turns, applicant("a", { limit: 2 }));
  assert.deepEqual(await orderOf(turns, first, [applicant("b", { limit: 2 })]), ["b"]);
});

test("`ListingTurn.end` counts once", () => {
  const turns = new ListingQueue();
  const first = taken(turns, applicant("a"));
  first.end();
  first.end();
  taken(turns, applicant("a"));
  assert.ok(turns.take(applicant("a")) instanceof Promise);
});

test("`ListingQueue` has turns go round among clients", async () => {
  const turns = new ListingQueue();
  const clients = ["a", "a", "a", "a", "b", "b", "c"];
  const first = taken(turns, applicant("a"));
  const order = await orderOf(
    turns,
    first,
    clients.map((client) => applicant(client)),
  );
  assert.deepEqual(order, ["a", "b", "c", "a", "b", "a", "a"]);
});

test("`ListingQueue.take` rejects with the reason of a client that leaves, who is not waited for", async () => {
  const turns = new ListingQueue();
  const [early, late] = [new AbortController(), new AbortController()];
  const gone = new Error("gone");
  early.abort(gone);
  const first = taken(turns, applicant("a"));
  const rejected = [early, late].map(({ signal }) => turns.take(applicant("b", { signal })));
  const order = orderOf(turns, first, [applicant("c")]);
  late.abort(gone);
  for (const one of rejected) await assert.rejects(async () => await one, gone);
  assert.deepEqual(await order, ["c"]);
  taken(turns, applicant("d"));
});

test("`ListingTurn.hold` ends a turn", async () => {
  const turns = new ListingQueue();
  const first = taken(turns, applicant("a"));
  first.hold();
  const second = taken(turns, applicant("a"));
  first.end();
  assert.ok(turns.take(applicant("a")) instanceof Promise, "it is ended once");
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
    const turns = new ListingQueue(() => now);
    const given: number[] = [];
    for (const [place, [client, second]] of at.entries()) {
      now = second * 1000;
      taken(turns, applicant(client, { limit: 2, giveUp: () => given.push(place) })).hold();
    }
    assert.deepEqual(given, lost);
  });
}

test("`ListingQueue` has nobody give up who has ended", () => {
  let now = 0;
  const turns = new ListingQueue(() => now);
  const fail = () => assert.fail("it had ended");
  const first = taken(turns, applicant("a", { giveUp: fail }));
  first.hold();
  first.end();
  now = 60_000;
  taken(turns, applicant("b", { giveUp: fail })).hold();
});
