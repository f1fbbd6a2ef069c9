// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { BENCHMARKS } from "../lib/benchmarks.mjs";
import { formatGoals, GOALS } from "../lib/goals.mjs";
import { summarizeRatios } from "../lib/statistics.mjs";

/** @param {readonly number[]} own @param {readonly number[]} its */
function recordOf(own, its) {
  const baselines = ["raw-socket", "pyserve"];
  const row = (/** @type {string} */ peer, /** @type {readonly number[]} */ rates) => ({
    peer,
    costs: rates.map((rate) => 100 / rate),
    ratios: [summarizeRatios([1, 1, 1], rates), summarizeRatios(own, rates)],
  });
  return { results: [{ baselines, rows: [row("pyserve", own), row("node-http", its)] }] };
}

for (const [own, its, cells] of /** @type {const} */ ([
  [[3, 3, 3], [2, 2, 2], "1.50 | 1.50 | 1.50 to 1.50 | 0.67 | reached"],
  [[3, 2.9, 2.9], [2, 2, 2], "1.50 | 1.45 | 1.45 to 1.50 | 0.69 | **missed**"],
])) {
  test(`A goal of 1.5 says ${cells} where the rates are ${own} and ${its}`, () => {
    const rows = formatGoals(new Map([["hello", recordOf(own, its)]])).split("\n");
    assert.deepEqual(rows.slice(2), [`| a made reply | node-http | ${cells} |`]);
  });
}

test("A goal has no row where nothing was measured, or its peer did not take part", () => {
  const { results } = recordOf([1, 1, 1], [1, 1, 1]);
  const alone = results.map((result) => ({ ...result, rows: result.rows.slice(0, 1) }));
  assert.equal(formatGoals(new Map()).split("\n").length, 2);
  assert.equal(formatGoals(new Map([["hello", { results: alone }]])).split("\n").length, 2);
});

for (const { benchmark, index, peer, what } of GOALS) {
  test(`The goal of ${what} beside ${peer} is one that a benchmark measures`, () => {
    const measurement = BENCHMARKS[benchmark]?.[index];
    assert.ok(measurement?.peers.some(({ name }) => name === peer));
  });
}
