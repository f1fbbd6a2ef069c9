// @ts-check
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { formatNumber } from "./table.mjs";

const run = promisify(execFile);

/**
 * @typedef {object} CallsRow
 * @property {string} peer - name of the count
 * @property {readonly [number]} calls - of pyserve's own functions
 * @property {number} functions - that were called
 * @property {number} files - that contain them
 */

/** @typedef {{ name: string, rows: readonly CallsRow[] }} CallsResult */

/**
 * Counts the calls of pyserve's functions. There are no rounds, because the result is the same each time.
 *
 * @param {{ node: string }} rig
 * @returns {Promise<CallsResult>}
 */
export async function runCalls({ node }) {
  const { stdout } = await run(node, [fileURLToPath(new URL("../clients/calls.mjs", import.meta.url))]);
  /** @type {Record<string, { calls: number, functions: number, files: number }>} */
  const counts = JSON.parse(stdout);
  const rows = Object.entries(counts).map(([peer, { calls, functions, files }]) => ({
    peer,
    calls: /** @type {[number]} */ ([calls]),
    functions,
    files,
  }));
  return { name: "calls", rows };
}

/**
 * @param {CallsResult} result
 * @returns {import("./table.mjs").Table}
 */
export function tableOfCalls({ rows }) {
  const head = ["what", "calls", "functions", "files"];
  const cells = rows.map(({ peer, calls: [calls], functions, files }) => [
    peer,
    ...[calls, functions, files].map((count) => formatNumber(count)),
  ]);
  return { title: "calls of pyserve's own functions", head, rows: cells, warnings: [] };
}
