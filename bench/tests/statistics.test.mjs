// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { percentile, summarize, summarizeDifferences, summarizeRatios } from "../lib/statistics.mjs";

test("`summarize` takes the middle value of an odd number, in any order", () => {
  assert.deepEqual(summarize([30, 10, 20]), { median: 20, lowest: 10, highest: 30 });
});

test("`summarize` takes the mean of the two middle values of an even number", () => {
  assert.deepEqual(summarize([4, 1, 2, 100]), { median: 3, lowest: 1, highest: 100 });
});

test("`summarize` refuses an empty list", () => {
  assert.throws(() => summarize([]), RangeError);
});

test("`summarizeRatios` divides round by round, so that a slow round does not count", () => {
  assert.deepEqual(summarizeRatios([100, 10, 100], [50, 5, 40]), { median: 2, lowest: 2, highest: 2.5 });
});

test("`summarizeDifferences` subtracts round by round", () => {
  assert.deepEqual(summarizeDifferences([10, 30, 25], [5, 20, 5]), { median: 10, lowest: 5, highest: 20 });
});

/** @type {[share: number, expected: number][]} */
const percentiles = [
  [0.5, 50],
  [0.99, 99],
  [0.991, 100],
  [1, 100],
];

for (const [share, expected] of percentiles) {
  test(`\`percentile\` of 1 to 100 with ${share} is ${expected}, whatever the order`, () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    assert.equal(percentile(values, share), expected);
  });
}

test("`percentile` refuses an empty list", () => {
  assert.throws(() => percentile([], 0.5), RangeError);
});
