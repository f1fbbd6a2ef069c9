// @ts-check
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { BenchFailure } from "./failure.mjs";

const run = promisify(execFile);

/** Connections that `wrk` keeps open, each with one request at a time. */
export const CONNECTIONS = 64;

/**
 * Puts load on a server for a while.
 *
 * @param {string} wrk - where the program is
 * @param {import("./pinning.mjs").Pinning} pinning
 * @param {import("./server-process.mjs").RunningServer} server
 * @param {string} path
 * @param {number} seconds
 * @returns {Promise<number>} requests per second
 * @throws {BenchFailure} when any request failed
 */
export async function measure(wrk, pinning, server, path, seconds) {
  const url = `http://127.0.0.1:${server.port}${path}`;
  const [file, ...args] = pinning.client([wrk, "-t1", `-c${CONNECTIONS}`, `-d${seconds}s`, url]);
  const { stdout } = await run(file, args).catch((error) => {
    throw new BenchFailure(`wrk failed: ${error.message}`);
  });
  server.assertAlive();
  const result = readReport(stdout);
  if (typeof result === "string")
    throw new BenchFailure(`${server.peer.name} under load: ${result}\n${stdout}`);
  return result.rate;
}

/**
 * Reads what `wrk` prints.
 *
 * @param {string} report
 * @returns {{ rate: number } | string} requests per second, or what went wrong
 */
export function readReport(report) {
  const bad = /^\s*(Socket errors: .*|Non-2xx or 3xx responses: .*)$/m.exec(report)?.[1];
  if (bad !== undefined) return bad;
  const rate = Number(/^Requests\/sec:\s*([\d.]+)$/m.exec(report)?.[1]);
  return rate > 0 ? { rate } : "no request was answered";
}
