// @ts-check
import { SUBJECT } from "./peers.mjs";
import { summarize } from "./statistics.mjs";
import { formatNumber, summaryCells } from "./table.mjs";

/**
 * How fast pyserve is meant to be.
 *
 * @typedef {object} Goal
 * @property {string} benchmark
 * @property {number} index - of its measurements
 * @property {string} what - is measured, in words
 * @property {string} peer
 * @property {number} least - pyserve's rate, divided by the peer's
 */

/**
 * What a kept measurement has of one server.
 *
 * @typedef {object} Row
 * @property {string} peer
 * @property {readonly number[]} [costs] - CPU time for a request, one for each round
 * @property {readonly import("./statistics.mjs").Summary[]} ratios - in the order of the baselines
 */

/** @typedef {{ baselines: readonly string[], rows: readonly Row[] }} Result */

/** @type {readonly Goal[]} */
export const GOALS = [
  { benchmark: "hello", index: 0, what: "a made reply", peer: "node-http", least: 1.5 },
  { benchmark: "files", index: 0, what: "a file of 1 KiB", peer: "sirv", least: 6 },
  { benchmark: "files", index: 0, what: "a file of 1 KiB", peer: "nginx", least: 0.75 },
  { benchmark: "files", index: 1, what: "a file of 100 KiB", peer: "nginx", least: 1 },
  { benchmark: "revalidation", index: 0, what: "an answer of 304", peer: "nginx", least: 0.75 },
  { benchmark: "many", index: 0, what: "5,000 files", peer: "sirv", least: 4 },
  { benchmark: "download", index: 0, what: "a file of 1 GiB", peer: "nginx", least: 0.7 },
];

const HEAD = ["What", "beside", "aim", "measured", "range", "CPU time ÷ its", "so"];

/**
 * Says of each goal whether it was reached, as far as both servers were measured.
 *
 * @param {ReadonlyMap<string, { results: readonly object[] }>} records - by the benchmark's name
 * @returns {string} Markdown
 */
export function formatGoals(records) {
  const rows = GOALS.flatMap((goal) => {
    const result = /** @type {Result | undefined} */ (records.get(goal.benchmark)?.results[goal.index]);
    return result === undefined ? [] : rowsOf(goal, result);
  });
  const line = (/** @type {readonly string[]} */ row) => `| ${row.join(" | ")} |`;
  return [line(HEAD), "| --- | --- | --: | --: | --: | --: | --- |", ...rows.map(line)].join("\n");
}

/**
 * @param {Goal} goal
 * @param {Result} result
 * @returns {string[][]} nothing where one of both did not take part
 */
function rowsOf({ what, peer, least }, { baselines, rows }) {
  const own = rows.find((row) => row.peer === SUBJECT);
  const its = rows.find((row) => row.peer === peer);
  const ratio = its?.ratios[baselines.indexOf(SUBJECT)];
  if (ratio === undefined) return [];
  const verdict = ratio.median >= least ? "reached" : "**missed**";
  return [
    [
      what,
      peer,
      formatNumber(least, 2),
      ...summaryCells(ratio, 2),
      costRatio(own?.costs, its?.costs),
      verdict,
    ],
  ];
}

/**
 * @param {readonly number[]} [own]
 * @param {readonly number[]} [its]
 * @returns {string} empty where no time was measured
 */
function costRatio(own = [], its = []) {
  if (own.length === 0 || its.length === 0) return "";
  return formatNumber(summarize(own).median / summarize(its).median, 2);
}
