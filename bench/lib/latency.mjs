// @ts-check
import { runClient } from "./client-process.mjs";
import { ANY_CORE } from "./pinning.mjs";
import { ratioCells } from "./ratios.mjs";
import { takeTurns } from "./rounds.mjs";
import { withServers } from "./server-process.mjs";
import { summarize, summarizeRatios } from "./statistics.mjs";
import { formatNumber } from "./table.mjs";
import { validateServer } from "./validation.mjs";

/**
 * Durations of light requests, in milliseconds.
 *
 * @typedef {{ p50: number, p99: number, requests: number }} Latency
 */

/**
 * @typedef {object} LatencyRow
 * @property {string} peer
 * @property {readonly { idle: Latency, busy: Latency }[]} samples - one for each round: without heavy requests, and with
 * @property {import("./statistics.mjs").Summary} growth - the 99th percentile with heavy requests, divided by that without
 */

/**
 * @typedef {object} LatencyResult
 * @property {string} name
 * @property {readonly LatencyRow[]} rows
 */

/**
 * Measures how much longer a light request takes while heavy ones keep one thread busy.
 *
 * @param {readonly import("./validation.mjs").Expectation[]} expectations - of a light request and a heavy one
 * @param {readonly import("./peers.mjs").Peer[]} peers
 * @param {import("./server-process.mjs").Rig} rig
 * @param {import("./rounds.mjs").Timing} timing
 * @param {(message: string) => void} progress
 * @returns {Promise<LatencyResult>}
 */
export function runLatency([light, ...others], peers, rig, timing, progress) {
  return withServers(peers, { ...rig, pinning: ANY_CORE }, async (servers) => {
    for (const server of servers) {
      if (light !== undefined) await validateServer(server, [light, ...others]);
      await samplePair(rig.node, server, timing.warmUpSeconds / 2);
    }
    const samples = await takeTurns(servers, timing.rounds, async (server, round) => {
      const pair = await samplePair(rig.node, server, timing.seconds);
      const [idle, busy] = [pair.idle, pair.busy].map(({ p99 }) => formatNumber(p99, 2));
      progress(
        `latency, round ${round} of ${timing.rounds}: ${server.peer.name} p99 ${idle} ms, busy ${busy} ms`,
      );
      return pair;
    });
    return { name: "latency", rows: [...samples].map(([peer, own]) => summarizeRow(peer, own)) };
  });
}

/**
 * @param {string} node
 * @param {import("./server-process.mjs").RunningServer} server
 * @param {number} seconds - of each
 * @returns {Promise<{ idle: Latency, busy: Latency }>}
 */
async function samplePair(node, server, seconds) {
  const idle = await runClient("latency.mjs", node, server, [seconds, "idle"]);
  const busy = await runClient("latency.mjs", node, server, [seconds, "busy"]);
  return { idle, busy };
}

/**
 * @param {string} peer
 * @param {readonly { idle: Latency, busy: Latency }[]} samples
 * @returns {LatencyRow}
 */
function summarizeRow(peer, samples) {
  const growth = summarizeRatios(
    samples.map(({ busy }) => busy.p99),
    samples.map(({ idle }) => idle.p99),
  );
  return { peer, samples, growth };
}

/**
 * @param {LatencyResult} result
 * @param {import("./rounds.mjs").Timing} timing
 * @returns {import("./table.mjs").Table}
 */
export function tableOfLatency({ name, rows }, { rounds, seconds }) {
  const head = ["server", "idle p50", "idle p99", "busy p50", "busy p99", "p99 busy ÷ idle", "range"];
  const cells = rows.map(({ peer, samples, growth }) => {
    const of = (/** @type {"idle" | "busy"} */ state, /** @type {"p50" | "p99"} */ which) =>
      formatNumber(summarize(samples.map((sample) => sample[state][which])).median, 3);
    return [
      peer,
      of("idle", "p50"),
      of("idle", "p99"),
      of("busy", "p50"),
      of("busy", "p99"),
      ...ratioCells([growth]),
    ];
  });
  const title = `${name}: ms for a light request, alone and beside heavy ones on another connection, medians of ${rounds} rounds of ${seconds} s, ${ANY_CORE.description}`;
  return { title, head, rows: cells, warnings: [] };
}
