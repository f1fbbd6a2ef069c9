import assert from "node:assert/strict";
import test from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { isShareSpent, nextShare } from "#src/files/loop-share.js";

function spend(): void {
  while (!isShareSpent());
}

test("a share is spent in the end, by all together, and comes again in a later turn", async () => {
  await turn();
  assert.equal(isShareSpent(), false);
  spend();
  assert.equal(isShareSpent(), true);
  await nextShare();
  assert.equal(isShareSpent(), false);
});

test("`nextShare` gives one share in each turn, in the order in which they were asked for", async () => {
  const turns: number[] = [];
  let now = 0;
  const count = () => {
    now++;
    if (turns.length < 5) setImmediate(count);
  };
  setImmediate(count);
  await Promise.all(
    Array.from({ length: 5 }, async (_, who) => {
      await nextShare();
      turns.push(now);
      assert.equal(turns.length, who + 1);
      spend();
    }),
  );
  assert.equal(new Set(turns).size, 5, `in the turns ${turns}`);
});

test("other work goes on between two shares", async () => {
  let others = 0;
  const other = () => {
    others++;
    if (others < 10) setImmediate(other);
  };
  setImmediate(other);
  for (let share = 0; share < 20; share++) {
    spend();
    await nextShare();
  }
  assert.equal(others, 10);
});
