// @ts-check
import { recordClientHello } from "./client-hello.mjs";
import { runClient } from "./client-process.mjs";
import { SUBJECT, TWO_THREADS } from "./peers.mjs";
import { ANY_CORE } from "./pinning.mjs";
import { chooseBaselines, ratioCells, ratioHead, ratiosTo, unsteadyWarnings } from "./ratios.mjs";
import { takeTurns } from "./rounds.mjs";
import { withServers } from "./server-process.mjs";
import { summarize } from "./statistics.mjs";
import { formatNumber, summaryCells } from "./table.mjs";
import { validateServer } from "./validation.mjs";

const CONNECTIONS = 8;

/**
 * @typedef {object} Handshakes
 * @property {number} handshakes
 * @property {number} seconds
 * @property {number} serverCpu - seconds
 * @property {number} clientCpu - seconds
 */

/**
 * @typedef {object} HandshakesRow
 * @property {string} peer
 * @property {readonly Handshakes[]} samples - one for each round
 * @property {import("./statistics.mjs").Summary} rate - handshakes per second
 * @property {import("./ratios.mjs").Ratios} ratios - the baselines' rates divided by this one's
 */

/**
 * @typedef {object} HandshakesResult
 * @property {string} name
 * @property {readonly string[]} baselines
 * @property {readonly HandshakesRow[]} rows
 */

/**
 * Measures how many full TLS handshakes a server makes, up to the end of its own part.
 *
 * @param {import("./validation.mjs").Expectation} expectation
 * @param {readonly import("./peers.mjs").Peer[]} peers
 * @param {import("./server-process.mjs").Rig} rig
 * @param {import("./rounds.mjs").Timing} timing
 * @param {(message: string) => void} progress
 * @returns {Promise<HandshakesResult>}
 */
export async function runHandshakes(expectation, peers, rig, timing, progress) {
  const hello = (await recordClientHello()).toString("hex");
  return withServers(peers, { ...rig, pinning: ANY_CORE }, async (servers) => {
    const sample = (
      /** @type {import("./server-process.mjs").RunningServer} */ server,
      /** @type {number} */ seconds,
    ) => runClient("handshakes.py", rig.node, server, [seconds, server.pid, CONNECTIONS, hello]);

    for (const server of servers) {
      await validateServer(server, [expectation]);
      await sample(server, timing.warmUpSeconds);
    }
    const samples = await takeTurns(servers, timing.rounds, async (server, round) => {
      const taken = await sample(server, timing.seconds);
      progress(
        `handshakes, round ${round} of ${timing.rounds}: ${server.peer.name} ${formatNumber(rateOf(taken))}`,
      );
      return taken;
    });
    return compare(samples);
  });
}

/**
 * @param {Handshakes} sample
 * @returns {number}
 */
function rateOf({ handshakes, seconds }) {
  return handshakes / seconds;
}

/**
 * @param {ReadonlyMap<string, readonly Handshakes[]>} samples
 * @returns {HandshakesResult}
 */
function compare(samples) {
  const baselines = chooseBaselines([...samples.keys()], [TWO_THREADS, SUBJECT]);
  const rates = new Map([...samples].map(([peer, own]) => [peer, own.map(rateOf)]));
  const rows = [...samples].map(([peer, own]) => ({
    peer,
    samples: own,
    rate: summarize(own.map(rateOf)),
    ratios: ratiosTo(baselines, rates, own.map(rateOf)),
  }));
  return { name: "handshakes", baselines, rows };
}

/**
 * @param {HandshakesResult} result
 * @param {import("./rounds.mjs").Timing} timing
 * @returns {import("./table.mjs").Table}
 */
export function tableOfHandshakes({ name, baselines, rows }, { rounds, seconds }) {
  const head = ["server", "handshakes/s", "range", "its CPU µs", "client's", ...ratioHead(baselines)];
  const cells = rows.map(({ peer, samples, rate, ratios }) => {
    const cpu = (/** @type {"serverCpu" | "clientCpu"} */ whose) =>
      formatNumber(summarize(samples.map((sample) => (sample[whose] / sample.handshakes) * 1e6)).median);
    return [peer, ...summaryCells(rate), cpu("serverCpu"), cpu("clientCpu"), ...ratioCells(ratios)];
  });
  const title = `${name}: ${CONNECTIONS} at a time, medians of ${rounds} rounds of ${seconds} s, ${ANY_CORE.description}`;
  return { title, head, rows: cells, warnings: unsteadyWarnings(rows) };
}
