import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { pause } from "#src/files/loop-share.js";

/** Advances the clock a little at each look, and no more: otherwise, a busy machine could use up a share between two lines. */
function useSteadyClock(t: TestContext): void {
  let now = performance.now();
  t.mock.method(performance, "now", () => {
    now += 0.01;
    return now;
  });
}

/** Uses up this turn's share. Returns the promise of a later turn. */
function spend(): Promise<void> {
  for (let looks = 0; looks < 1_000_000; looks++) {
    const share = pause();
    if (share !== undefined) return share;
  }
  return assert.fail("The share does not end.");
}

test("`pause` waits when all work together has used up the share of a turn, and has time again in a later turn", async (t) => {
  useSteadyClock(t);
  await turn();
  assert.equal(pause(), undefined);
  const later = spend();
  const other = pause();
  assert.ok(other instanceof Promise);
  await later;
  assert.equal(pause(), undefined);
  await other;
});

test("`pause` gives one share in each turn, in the order of the calls", async () => {
  const turns: number[] = [];
  let now = 0;
  const count = () => {
    now++;
    if (turns.length < 5) setImmediate(count);
  };
  setImmediate(count);
  await spend();
  await Promise.all(
    Array.from({ length: 5 }, async (_, who) => {
      await spend();
      turns.push(now);
      assert.equal(turns.length, who + 1);
      void spend();
    }),
  );
  assert.equal(new Set(turns).size, 5, `in the turns ${turns}`);
});

test("other work continues between two shares", async () => {
  let others = 0;
  const other = () => {
    others++;
    if (others < 10) setImmediate(other);
  };
  setImmediate(other);
  for (let share = 0; share < 20; share++) await spend();
  assert.equal(others, 10);
});

test("`pause` throws if its signal is aborted", () => {
  const gone = new Error("gone");
  assert.throws(() => pause(AbortSignal.abort(gone)), gone);
});
