// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { summarize, summarizeRatios } from "../lib/statistics.mjs";

test("`summarize` takes the middle value of an odd number, whatever the order", () => {
  assert.deepEqual(summarize([30, 10, 20]), { median: 20, lowest: 10, highest: 30 });
});

test("`summarize` takes the mean of the two middle values of an even number", () => {
  assert.deepEqual(summarize([4, 1, 2, 100]), { median: 3, lowest: 1, highest: 100 });
});

test("`summarize` refuses to summarize nothing", () => {
  assert.throws(() => summarize([]), RangeError);
});

test("`summarizeRatios` divides round by round, so that a slow round does not count", () => {
  assert.deepEqual(summarizeRatios([100, 10, 100], [50, 5, 40]), { median: 2, lowest: 2, highest: 2.5 });
});
