// @ts-check
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { BenchFailure } from "./failure.mjs";
import { urlOf } from "./server-process.mjs";

const run = promisify(execFile);

/**
 * A load that `wrk` creates.
 *
 * @typedef {object} Load
 * @property {string} path
 * @property {number} seconds
 * @property {number} connections - that are open at the same time, each with one request at a time
 * @property {string} [field] - a field of the requests, besides `Host`
 * @property {string} [script] - a file that creates the requests, instead of the path
 * @property {true} [mayStall] - true if no response at all means a rate of 0, instead of a failure
 * @property {number} [patience] - seconds that a response may take before it counts as failed, instead of two
 */

/**
 * @typedef {object} Report
 * @property {number} rate - requests per second
 * @property {number} requests
 * @property {number} p99 - milliseconds that 99 of 100 requests did not exceed
 */

const NO_ANSWER = "no request was answered";

/** Units of times in `wrk`'s output, in milliseconds. */
const UNITS = /** @type {const} */ ({ us: 0.001, ms: 1, s: 1000, m: 60_000 });

/**
 * Puts load on a server for a while.
 *
 * @param {string} wrk - path of the program
 * @param {import("./pinning.mjs").Pinning} pinning
 * @param {import("./server-process.mjs").RunningServer} server
 * @param {Load} load
 * @returns {Promise<Report>}
 * @throws {BenchFailure} if any request failed
 */
export async function measure(wrk, pinning, server, load) {
  const [file, ...args] = pinning.client([wrk, ...optionsFor(load), urlOf(server, load.path)]);
  const { stdout } = await run(file, args).catch((error) => {
    throw new BenchFailure(`wrk failed: ${error.message}`);
  });
  server.assertAlive();
  const result = readReport(stdout);
  if (result === NO_ANSWER && load.mayStall) return { rate: 0, requests: 0, p99: Number.NaN };
  if (typeof result === "string")
    throw new BenchFailure(`${server.peer.name} under load: ${result}\n${stdout}`);
  return result;
}

/**
 * @param {Load} load
 * @returns {string[]}
 */
function optionsFor({ seconds, connections, field, script, patience }) {
  return [
    "-t1",
    `-c${connections}`,
    `-d${seconds}s`,
    "--latency",
    ...(field === undefined ? [] : ["-H", field]),
    ...(script === undefined ? [] : ["-s", script]),
    ...(patience === undefined ? [] : ["--timeout", `${patience}s`]),
  ];
}

/**
 * Reads what `wrk` prints.
 *
 * @param {string} report
 * @returns {Report | string} the result, or the problem
 */
export function readReport(report) {
  const bad = /^\s*(Socket errors: .*|Non-2xx or 3xx responses: .*)$/m.exec(report)?.[1];
  if (bad !== undefined) return bad;
  const rate = Number(/^Requests\/sec:\s*([\d.]+)$/m.exec(report)?.[1]);
  const requests = Number(/^\s*(\d+) requests in /m.exec(report)?.[1]);
  return rate > 0 && requests > 0 ? { rate, requests, p99: readP99(report) } : NO_ANSWER;
}

/**
 * @param {string} report
 * @returns {number} milliseconds; `NaN` if the report has no percentiles
 */
function readP99(report) {
  const [, value, unit = ""] = /^\s*99%\s+([\d.]+)(us|ms|s|m)$/m.exec(report) ?? [];
  return Number(value) * (UNITS[/** @type {keyof typeof UNITS} */ (unit)] ?? Number.NaN);
}
