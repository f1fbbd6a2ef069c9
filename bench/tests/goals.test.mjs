// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { BENCHMARKS } from "../lib/benchmarks.mjs";
import { formatGoals, GOALS } from "../lib/goals.mjs";

/** @param {readonly number[]} own @param {readonly number[]} its */
function recordOf(own, its) {
  const row = (/** @type {string} */ peer, /** @type {readonly number[]} */ rates) => ({
    peer,
    rates,
    costs: rates.map((rate) => 100 / rate),
    p99s: rates,
  });
  return { results: [{ rows: [row("pyserve", own), row("node-http", its)] }] };
}

for (const [own, its, cells] of /** @type {const} */ ([
  [
    [3, 3, 3],
    [2, 2, 2],
    ["1.50 | 1.50 to 1.50 | 0.67 | reached", "1.50 | 1.50 to 1.50 |  | **missed**"],
  ],
  [
    [3, 2.9, 2.9],
    [2, 2, 2],
    ["1.45 | 1.45 to 1.50 | 0.69 | **missed**", "1.45 | 1.45 to 1.50 |  | **missed**"],
  ],
  [
    [2, 1.9, 2],
    [2, 2, 2],
    ["1.00 | 0.95 to 1.00 | 1.00 | **missed**", "1.00 | 0.95 to 1.00 |  | reached"],
  ],
])) {
  test(`Goals of at least 1.5 and at most 1 are judged where figures are ${own} and ${its}`, () => {
    const rows = formatGoals(new Map([["hello", recordOf(own, its)]])).split("\n");
    assert.deepEqual(rows.slice(2), [
      `| a made reply | node-http | ≥ 1.50 | ${cells[0]} |`,
      `| a made reply: p99 | node-http | ≤ 1.00 | ${cells[1]} |`,
    ]);
  });
}

test("A goal has no row if nothing was measured, or its peer did not take part", () => {
  const { results } = recordOf([1, 1, 1], [1, 1, 1]);
  const alone = results.map((result) => ({ ...result, rows: result.rows.slice(0, 1) }));
  assert.equal(formatGoals(new Map()).split("\n").length, 2);
  assert.equal(formatGoals(new Map([["hello", { results: alone }]])).split("\n").length, 2);
});

test("A goal has no row if its quantity was not measured", () => {
  const { results } = recordOf([1, 1, 1], [1, 1, 1]);
  const older = results.map(({ rows }) => ({ rows: rows.map(({ p99s, ...row }) => row) }));
  assert.equal(formatGoals(new Map([["hello", { results: older }]])).split("\n").length, 3);
});

for (const { benchmark, index, own = "pyserve", peer, what } of GOALS) {
  test(`The goal of ${what} beside ${peer ?? "nobody"} is one that a benchmark measures`, () => {
    const names = BENCHMARKS[benchmark]?.[index]?.peers.map(({ name }) => name) ?? [];
    assert.ok(benchmark === "calls" || names.includes(own));
    assert.ok(peer === undefined || names.includes(peer));
  });
}
