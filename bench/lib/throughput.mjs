// @ts-check
import { SUBJECT } from "./peers.mjs";
import { withServers } from "./server-process.mjs";
import { summarize, summarizeRatios } from "./statistics.mjs";
import { formatNumber, formatTable } from "./table.mjs";
import { validateServer } from "./validation.mjs";
import { CONNECTIONS, measure } from "./wrk.mjs";

/** A ratio whose rounds differ by more than this factor says more about the machine than about the servers. */
const STEADY_WITHIN = 1.5;

/**
 * One request that is made over and over.
 *
 * @typedef {object} Target
 * @property {string} name
 * @property {import("./validation.mjs").Expectation} expectation - of the request that is timed
 * @property {readonly import("./validation.mjs").Expectation[]} alsoValidated - what a server has to answer besides,
 *   unless its answer is constant
 */

/**
 * @typedef {object} Timing
 * @property {number} rounds
 * @property {number} seconds - of one round
 * @property {number} warmUpSeconds - for each server, before the first round
 */

/**
 * @typedef {object} ThroughputRow
 * @property {string} peer
 * @property {number} responseBytes - head and body
 * @property {readonly number[]} rates - requests per second, one for each round
 * @property {import("./statistics.mjs").Summary} rate
 * @property {import("./statistics.mjs").Summary} ratio - the baseline's rate divided by this one's
 */

/**
 * @typedef {object} ThroughputResult
 * @property {string} name
 * @property {string} baseline - pyserve, or the first peer where pyserve does not take part
 * @property {readonly ThroughputRow[]} rows
 */

/**
 * Measures every server with one target. The rounds are interleaved, A B C A B C, so that a machine that becomes
 * slower becomes slower for all of them.
 *
 * @param {Target} target
 * @param {readonly import("./peers.mjs").Peer[]} peers
 * @param {import("./server-process.mjs").Rig & { wrk: string }} rig
 * @param {Timing} timing
 * @param {(message: string) => void} progress
 * @returns {Promise<ThroughputResult>}
 */
export function runThroughput(target, peers, rig, timing, progress) {
  return withServers(peers, rig, async (servers) => {
    const sizes = await validateAll(servers, target);
    /** @type {Map<string, number[]>} */
    const rates = new Map(servers.map(({ peer }) => [peer.name, []]));
    const load = (
      /** @type {import("./server-process.mjs").RunningServer} */ server,
      /** @type {number} */ seconds,
    ) =>
      measure(
        rig.wrk,
        rig.pinning,
        server,
        target.expectation.path,
        Math.min(seconds, server.peer.maxSeconds ?? seconds),
      );

    for (const server of servers) await load(server, timing.warmUpSeconds);
    for (let round = 1; round <= timing.rounds; round++) {
      for (const server of servers) {
        const rate = await load(server, timing.seconds);
        rates.get(server.peer.name)?.push(rate);
        progress(
          `${target.name}, round ${round} of ${timing.rounds}: ${server.peer.name} ${formatNumber(rate)}`,
        );
      }
    }
    // Again, as a server that breaks under load may break politely.
    await validateAll(servers, target);
    return compare(target.name, rates, sizes);
  });
}

/**
 * @param {readonly import("./server-process.mjs").RunningServer[]} servers
 * @param {Target} target
 * @returns {Promise<Map<string, number>>} the size of each server's response
 */
async function validateAll(servers, target) {
  /** @type {Map<string, number>} */
  const sizes = new Map();
  for (const server of servers) {
    const others = server.peer.constant ? [] : target.alsoValidated;
    sizes.set(server.peer.name, await validateServer(server, [target.expectation, ...others]));
  }
  return sizes;
}

/**
 * @param {string} name
 * @param {ReadonlyMap<string, readonly number[]>} rates
 * @param {ReadonlyMap<string, number>} sizes
 * @returns {ThroughputResult}
 */
function compare(name, rates, sizes) {
  const baseline = rates.has(SUBJECT) ? SUBJECT : ([...rates.keys()][0] ?? "");
  const rows = [...rates].map(([peer, own]) => ({
    peer,
    responseBytes: sizes.get(peer) ?? 0,
    rates: own,
    rate: summarize(own),
    ratio: summarizeRatios(rates.get(baseline) ?? [], own),
  }));
  return { name, baseline, rows };
}

/**
 * @param {ThroughputResult} result
 * @param {Timing} timing
 * @returns {string}
 */
export function formatThroughput(result, timing) {
  const head = [
    "server",
    "requests/s",
    "lowest",
    "highest",
    "bytes",
    `${result.baseline} ÷ it`,
    "lowest",
    "highest",
  ];
  const rows = result.rows.map(({ peer, responseBytes, rate, ratio }) => [
    peer,
    ...[rate.median, rate.lowest, rate.highest, responseBytes].map((value) => formatNumber(value)),
    ...[ratio.median, ratio.lowest, ratio.highest].map((value) => formatNumber(value, 2)),
  ]);
  const title = `${result.name}: ${CONNECTIONS} connections, medians of ${timing.rounds} rounds of ${timing.seconds} s`;
  return [title, formatTable(head, rows), ...warnings(result)].join("\n\n");
}

/**
 * @param {ThroughputResult} result
 * @returns {string[]}
 */
function warnings({ rows }) {
  const unsteady = rows
    .filter(({ ratio }) => ratio.highest / ratio.lowest > STEADY_WITHIN)
    .map(({ peer }) => peer);
  if (unsteady.length === 0) return [];
  const who = unsteady.join(", ");
  return [
    `UNSTEADY: the ratio to ${who} wandered. Repeat on a quiet machine, or with more and shorter rounds.`,
  ];
}
