// @ts-check
import { ONE_ACCEPTS, SUBJECT, TWO_ACCEPT } from "./peers.mjs";
import { summarize, summarizeRatios } from "./statistics.mjs";
import { formatNumber, summaryCells } from "./table.mjs";

/**
 * A goal for the speed or the size of pyserve.
 *
 * @typedef {object} Goal
 * @property {string} benchmark
 * @property {number} index - of its measurements
 * @property {string} what - the measured quantity, in words
 * @property {string} [own] - the compared row. Default: pyserve's
 * @property {string} [peer] - the row to compare with. Without it, the figure itself has an aim
 * @property {Quantity} [of] - default: the rate
 * @property {number} [least] - the minimum of the figure divided by the peer's
 * @property {number} [most] - or its maximum
 */

/**
 * Name of a figure to compare. The rows of a stored measurement have a list with one value for each round.
 *
 * @typedef {keyof typeof QUANTITIES} Quantity
 */

/** Their names in the table. */
const QUANTITIES = /** @type {const} */ ({
  rates: "",
  costs: "CPU time",
  p99s: "p99",
  memories: "memory",
  held: "memory",
  calls: "calls",
  shares: "rate",
  starts: "time",
});

/** @typedef {{ peer: string } & { readonly [of in Quantity]?: readonly number[] }} Row */

/** @type {readonly Goal[]} */
export const GOALS = [
  { benchmark: "hello", index: 0, what: "a made reply", peer: "node-http", least: 1.5 },
  { benchmark: "hello", index: 0, what: "a made reply", peer: "node-http", of: "p99s", most: 1 },
  { benchmark: "connect", index: 0, what: "a connection, HTTP/1.1", peer: "node-http", of: "costs", most: 1 },
  { benchmark: "connect", index: 1, what: "a connection, HTTP/1.0", peer: "node-http", of: "costs", most: 1 },
  {
    benchmark: "connect",
    index: 2,
    what: "connections, two threads accept",
    own: TWO_ACCEPT,
    peer: ONE_ACCEPTS,
    least: 1.7,
  },
  { benchmark: "echo", index: 0, what: "a line echoed", peer: "python", least: 1.2 },
  { benchmark: "echo", index: 0, what: "a line echoed", peer: "raw-socket", least: 0.85 },
  { benchmark: "datagrams", index: 0, what: "a datagram echoed", peer: "node-dgram", least: 0.85 },
  { benchmark: "idle", index: 0, what: "an idle connection", peer: "node-http", of: "held", most: 0.75 },
  { benchmark: "idle", index: 1, what: "a silent connection", peer: "node-http", of: "held", most: 0.75 },
  { benchmark: "files", index: 0, what: "a file of 1 KiB", peer: "sirv", least: 6 },
  { benchmark: "files", index: 0, what: "a file of 1 KiB", peer: "nginx", least: 1.1 },
  { benchmark: "files", index: 2, what: "a file of 10 KiB", peer: "nginx", least: 1.1 },
  { benchmark: "files", index: 2, what: "a file of 10 KiB", peer: "nginx", of: "p99s", most: 1.5 },
  { benchmark: "files", index: 1, what: "a file of 100 KiB", peer: "nginx", least: 1.1 },
  { benchmark: "revalidation", index: 0, what: "an answer of 304", peer: "nginx", least: 1 },
  { benchmark: "revalidation", index: 1, what: "an answer of 304, by tag", peer: "sirv", least: 1.3 },
  { benchmark: "many", index: 0, what: "5,000 files", peer: "sirv", least: 4 },
  { benchmark: "many", index: 0, what: "5,000 files", peer: "nginx", of: "costs", most: 1.4 },
  { benchmark: "many", index: 0, what: "5,000 files", peer: "sirv", of: "memories", most: 1 },
  { benchmark: "cold", index: 0, what: "5,000 cold files", peer: "serve-static", least: 1.3 },
  { benchmark: "cold", index: 0, what: "5,000 cold files", peer: "nginx", least: 0.6 },
  {
    benchmark: "slow-disk",
    index: 0,
    what: "a file in memory, beside a slow disk",
    of: "shares",
    least: 0.9,
  },
  { benchmark: "download", index: 0, what: "a file of 1 GiB", peer: "nginx", least: 0.7 },
  { benchmark: "listing", index: 0, what: "a listing", peer: "nginx", least: 1 },
  { benchmark: "listing", index: 0, what: "a listing", peer: "python", least: 2.5 },
  { benchmark: "start", index: 0, what: "the command's start", peer: "node-http", of: "starts", most: 1.15 },
  ...Object.entries({
    "kept-alive hello": 140,
    "connection with one hello": 330,
    "connection with one echoed line": 120,
    "cached file": 230,
  }).map(([own, most]) => ({
    benchmark: "calls",
    index: 0,
    what: `a ${own}`,
    own,
    of: /** @type {const} */ ("calls"),
    most,
  })),
];

const HEAD = ["What", "beside", "aim", "measured", "range", "CPU time ÷ its", "so"];

/**
 * Returns a table that shows for each goal if it was reached. Goals whose servers were not both measured are left out.
 *
 * @param {ReadonlyMap<string, { results: readonly object[] }>} records - by the benchmark's name
 * @returns {string} Markdown
 */
export function formatGoals(records) {
  const rows = GOALS.flatMap((goal) => {
    const result = /** @type {{ rows: readonly Row[] } | undefined} */ (
      records.get(goal.benchmark)?.results[goal.index]
    );
    return result === undefined ? [] : rowsOf(goal, result.rows);
  });
  const line = (/** @type {readonly string[]} */ row) => `| ${row.join(" | ")} |`;
  return [line(HEAD), "| --- | --- | --: | --: | --: | --: | --- |", ...rows.map(line)].join("\n");
}

/**
 * @param {Goal} goal
 * @param {readonly Row[]} rows
 * @returns {string[][]} empty if one of the servers did not take part
 */
function rowsOf(goal, rows) {
  const { what, peer, of = "rates", least, most } = goal;
  const own = rows.find((row) => row.peer === (goal.own ?? SUBJECT));
  const its = rows.find((row) => row.peer === peer);
  const figures = own?.[of];
  const others = peer === undefined ? figures?.map(() => 1) : its?.[of];
  if (figures === undefined || others === undefined) return [];
  const ratio = summarizeRatios(figures, others);
  const isReached =
    ratio.median >= (least ?? Number.NEGATIVE_INFINITY) && ratio.median <= (most ?? Number.POSITIVE_INFINITY);
  const digits = of === "calls" ? 0 : 2;
  return [
    [
      of === "rates" ? what : `${what}: ${QUANTITIES[of]}`,
      peer ?? "",
      `${least === undefined ? "≤" : "≥"} ${formatNumber(least ?? most ?? Number.NaN, digits)}`,
      ...summaryCells(ratio, digits),
      of === "rates" ? costRatio(own?.costs, its?.costs) : "",
      isReached ? "reached" : "**missed**",
    ],
  ];
}

/**
 * @param {readonly number[]} [own]
 * @param {readonly number[]} [its]
 * @returns {string} empty if no time was measured
 */
function costRatio(own = [], its = []) {
  if (own.length === 0 || its.length === 0) return "";
  return formatNumber(summarize(own).median / summarize(its).median, 2);
}
