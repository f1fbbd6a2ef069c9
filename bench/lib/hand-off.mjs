// @ts-check
import { cpuSeconds } from "./cpu-time.mjs";
import { SUBJECT } from "./peers.mjs";
import { ANY_CORE } from "./pinning.mjs";
import { takeTurns } from "./rounds.mjs";
import { withServers } from "./server-process.mjs";
import { summarize, summarizeDifferences } from "./statistics.mjs";
import { formatNumber, summaryCells } from "./table.mjs";
import { validateClosing, validateServer } from "./validation.mjs";
import { measure } from "./wrk.mjs";

const CONNECTIONS = 8;

/**
 * @typedef {object} HandOffRow
 * @property {string} peer
 * @property {readonly number[]} costs - CPU time of the server in µs for one connection with one request, one for each round
 * @property {import("./statistics.mjs").Summary} cost
 * @property {import("./statistics.mjs").Summary | undefined} handOff - the cost minus the cost without threads;
 *   `undefined` if the server without threads does not take part
 */

/**
 * @typedef {object} HandOffResult
 * @property {string} name
 * @property {readonly HandOffRow[]} rows
 */

/**
 * Measures the cost of handing a connection to a thread: the CPU time of a connection with one request, compared with a
 * server without threads.
 *
 * @param {import("./validation.mjs").Expectation} expectation
 * @param {readonly import("./peers.mjs").Peer[]} peers
 * @param {import("./server-process.mjs").Rig & { wrk: string }} rig
 * @param {import("./rounds.mjs").Timing} timing
 * @param {(message: string) => void} progress
 * @returns {Promise<HandOffResult>}
 */
export function runHandOff(expectation, peers, rig, timing, progress) {
  return withServers(peers, { ...rig, pinning: ANY_CORE }, async (servers) => {
    for (const server of servers) {
      await validateServer(server, [expectation]);
      await validateClosing(server, expectation);
      await sampleCost(rig.wrk, server, expectation.path, timing.warmUpSeconds);
    }
    const costs = await takeTurns(servers, timing.rounds, async (server, round) => {
      const cost = await sampleCost(rig.wrk, server, expectation.path, timing.seconds);
      progress(
        `hand-off, round ${round} of ${timing.rounds}: ${server.peer.name} ${formatNumber(cost)} µs of CPU`,
      );
      return cost;
    });
    return compare(costs);
  });
}

/**
 * @param {string} wrk
 * @param {import("./server-process.mjs").RunningServer} server
 * @param {string} path
 * @param {number} seconds
 * @returns {Promise<number>} µs of CPU time for one connection
 */
async function sampleCost(wrk, server, path, seconds) {
  const before = cpuSeconds(server.pid);
  const { requests } = await measure(wrk, ANY_CORE, server, {
    path,
    seconds,
    connections: CONNECTIONS,
    field: "Connection: close",
  });
  return ((cpuSeconds(server.pid) - before) / requests) * 1e6;
}

/**
 * @param {ReadonlyMap<string, readonly number[]>} costs
 * @returns {HandOffResult}
 */
function compare(costs) {
  const withoutThreads = costs.get(SUBJECT);
  const rows = [...costs].map(([peer, own]) => ({
    peer,
    costs: own,
    cost: summarize(own),
    handOff: withoutThreads && summarizeDifferences(own, withoutThreads),
  }));
  return { name: "hand-off", rows };
}

/**
 * @param {HandOffResult} result
 * @param {import("./rounds.mjs").Timing} timing
 * @returns {import("./table.mjs").Table}
 */
export function tableOfHandOff({ name, rows }, { rounds, seconds }) {
  const head = ["server", "CPU µs", "range", `it − ${SUBJECT}`, "range"];
  const cells = rows.map(({ peer, cost, handOff }) => [
    peer,
    ...summaryCells(cost),
    ...(handOff === undefined ? ["", ""] : summaryCells(handOff)),
  ]);
  const title = `${name}: the server's CPU time for a connection with one request, ${CONNECTIONS} at a time, medians of ${rounds} rounds of ${seconds} s, ${ANY_CORE.description}`;
  return { title, head, rows: cells, warnings: [] };
}
