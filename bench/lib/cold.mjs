// @ts-check
import { runClient } from "./client-process.mjs";
import { BenchFailure } from "./failure.mjs";
import { MANY_COUNT, makeMany, SMALL_FILE } from "./fixtures.mjs";
import { chooseBaselines, ratioCells, ratioHead, ratiosTo, unsteadyWarnings } from "./ratios.mjs";
import { withServers } from "./server-process.mjs";
import { summarize } from "./statistics.mjs";
import { formatNumber, summaryCells } from "./table.mjs";
import { measure } from "./wrk.mjs";

const CONNECTIONS = 64;

/**
 * Minimum bytes for each file that must come from the disk: half of the average size. With less, the files were not
 * cold.
 */
const LEAST_READ = 16 * 1024;

/**
 * @typedef {object} ColdRow
 * @property {string} peer
 * @property {readonly number[]} rates - files per second, one for each round
 * @property {import("./statistics.mjs").Summary} rate
 * @property {readonly number[]} costs - CPU time of the server in µs for one file, one for each round
 * @property {import("./statistics.mjs").Summary} cost
 * @property {import("./ratios.mjs").Ratios} ratios - the baselines' rates divided by this one's
 */

/**
 * @typedef {object} ColdResult
 * @property {string} name
 * @property {readonly string[]} baselines
 * @property {readonly ColdRow[]} rows
 */

/**
 * Measures how fast a server sends files from the disk that it has never sent before. Every round is a new process,
 * which has served one small file for a while.
 *
 * @param {readonly import("./peers.mjs").Peer[]} peers
 * @param {import("./server-process.mjs").Rig & { wrk: string }} rig
 * @param {import("./rounds.mjs").Timing} timing
 * @param {(message: string) => void} progress
 * @returns {Promise<ColdResult>}
 */
export async function runCold(peers, rig, { rounds, warmUpSeconds }, progress) {
  makeMany(rig.directory);
  const samples = new Map(
    peers.map(({ name }) => [name, /** @type {{ rate: number, cost: number }[]} */ ([])]),
  );
  for (let round = 1; round <= rounds; round++) {
    for (const peer of peers) {
      const sample = await withServers([peer], rig, async ([server]) => {
        if (server === undefined) throw new TypeError("server is undefined: nothing was started");
        const load = { path: SMALL_FILE.path, seconds: warmUpSeconds, connections: CONNECTIONS };
        await measure(rig.wrk, rig.pinning, server, load);
        return sampleOnce(rig, server);
      });
      samples.get(peer.name)?.push(sample);
      progress(`cold, round ${round} of ${rounds}: ${peer.name} ${formatNumber(sample.rate)}`);
    }
  }
  return compare(samples);
}

/**
 * @param {import("./server-process.mjs").Rig} rig
 * @param {import("./server-process.mjs").RunningServer} server
 */
async function sampleOnce(rig, server) {
  const args = [server.pid, CONNECTIONS, rig.directory, MANY_COUNT];
  const { seconds, serverCpu, read } = await runClient("once.py", rig.node, server, args, rig.pinning);
  if (read < MANY_COUNT * LEAST_READ) {
    throw new BenchFailure(
      `${server.peer.name} read ${read} bytes from the disk: the files were still in memory. Set TMPDIR to a folder on a disk.`,
    );
  }
  return { rate: MANY_COUNT / seconds, cost: (serverCpu / MANY_COUNT) * 1e6 };
}

/**
 * @param {ReadonlyMap<string, readonly { rate: number, cost: number }[]>} samples
 * @returns {ColdResult}
 */
function compare(samples) {
  const baselines = chooseBaselines([...samples.keys()]);
  const rates = new Map([...samples].map(([peer, own]) => [peer, own.map(({ rate }) => rate)]));
  const rows = [...samples].map(([peer, own]) => {
    const [ownRates, costs] = [own.map(({ rate }) => rate), own.map(({ cost }) => cost)];
    return {
      peer,
      rates: ownRates,
      rate: summarize(ownRates),
      costs,
      cost: summarize(costs),
      ratios: ratiosTo(baselines, rates, ownRates),
    };
  });
  return { name: "cold files", baselines, rows };
}

/**
 * @param {ColdResult} result
 * @param {import("./rounds.mjs").Timing} timing
 * @returns {import("./table.mjs").Table}
 */
export function tableOfCold({ name, baselines, rows }, { rounds }) {
  const head = ["server", "files/s", "range", "CPU µs", "range", ...ratioHead(baselines)];
  const cells = rows.map(({ peer, rate, cost, ratios }) => [
    peer,
    ...summaryCells(rate),
    ...summaryCells(cost, 1),
    ...ratioCells(ratios),
  ]);
  const title = `${name}: ${formatNumber(MANY_COUNT)} of 1 to 64 KiB from the disk, each once, ${CONNECTIONS} connections, medians of ${rounds} new processes`;
  return { title, head, rows: cells, warnings: unsteadyWarnings(rows) };
}
