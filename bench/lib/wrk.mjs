// @ts-check
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { BenchFailure } from "./failure.mjs";
import { urlOf } from "./server-process.mjs";

const run = promisify(execFile);

/**
 * What `wrk` does for a while.
 *
 * @typedef {object} Load
 * @property {string} path
 * @property {number} seconds
 * @property {number} connections - that are open at the same time, each with one request at a time
 * @property {string} [field] - of the requests, besides `Host`
 * @property {string} [script] - a file that makes the requests, in place of the path
 */

/**
 * @typedef {object} Report
 * @property {number} rate - requests per second
 * @property {number} requests
 */

/**
 * Puts load on a server for a while.
 *
 * @param {string} wrk - where the program is
 * @param {import("./pinning.mjs").Pinning} pinning
 * @param {import("./server-process.mjs").RunningServer} server
 * @param {Load} load
 * @returns {Promise<Report>}
 * @throws {BenchFailure} when any request failed
 */
export async function measure(wrk, pinning, server, { path, seconds, connections, field, script }) {
  const options = ["-t1", `-c${connections}`, `-d${seconds}s`, ...(field === undefined ? [] : ["-H", field])];
  if (script !== undefined) options.push("-s", script);
  const [file, ...args] = pinning.client([wrk, ...options, urlOf(server, path)]);
  const { stdout } = await run(file, args).catch((error) => {
    throw new BenchFailure(`wrk failed: ${error.message}`);
  });
  server.assertAlive();
  const result = readReport(stdout);
  if (typeof result === "string")
    throw new BenchFailure(`${server.peer.name} under load: ${result}\n${stdout}`);
  return result;
}

/**
 * Reads what `wrk` prints.
 *
 * @param {string} report
 * @returns {Report | string} what was done, or what went wrong
 */
export function readReport(report) {
  const bad = /^\s*(Socket errors: .*|Non-2xx or 3xx responses: .*)$/m.exec(report)?.[1];
  if (bad !== undefined) return bad;
  const rate = Number(/^Requests\/sec:\s*([\d.]+)$/m.exec(report)?.[1]);
  const requests = Number(/^\s*(\d+) requests in /m.exec(report)?.[1]);
  return rate > 0 && requests > 0 ? { rate, requests } : "no request was answered";
}
