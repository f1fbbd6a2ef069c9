// @ts-check
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { BenchFailure } from "./failure.mjs";
import { LARGE_FILE, MIB } from "./fixtures.mjs";
import { chooseBaselines, ratioCells, ratioHead, ratiosTo, unsteadyWarnings } from "./ratios.mjs";
import { takeTurns } from "./rounds.mjs";
import { urlOf, withServers } from "./server-process.mjs";
import { summarize } from "./statistics.mjs";
import { formatNumber, summaryCells } from "./table.mjs";

const run = promisify(execFile);

/**
 * @typedef {object} DownloadRow
 * @property {string} peer
 * @property {readonly number[]} rates - MiB per second, one for each round
 * @property {import("./statistics.mjs").Summary} rate
 * @property {import("./ratios.mjs").Ratios} ratios - the baselines' rates divided by this one's
 */

/**
 * @typedef {object} DownloadResult
 * @property {string} name
 * @property {readonly string[]} baselines
 * @property {readonly DownloadRow[]} rows
 */

/**
 * Measures how fast one client gets a file of 1 GiB. The first download does not count: it warms up the server and the
 * system's cache.
 *
 * @param {readonly import("./peers.mjs").Peer[]} peers
 * @param {import("./server-process.mjs").Rig & { curl: string }} rig
 * @param {number} rounds
 * @param {(message: string) => void} progress
 * @returns {Promise<DownloadResult>}
 */
export function runDownload(peers, rig, rounds, progress) {
  return withServers(peers, rig, async (servers) => {
    for (const server of servers) await download(rig, server);
    const rates = await takeTurns(servers, rounds, async (server, round) => {
      const rate = await download(rig, server);
      progress(`download, round ${round} of ${rounds}: ${server.peer.name} ${formatNumber(rate)} MiB/s`);
      return rate;
    });
    const baselines = chooseBaselines([...rates.keys()]);
    const rows = [...rates].map(([peer, own]) => ({
      peer,
      rates: own,
      rate: summarize(own),
      ratios: ratiosTo(baselines, rates, own),
    }));
    return { name: "download", baselines, rows };
  });
}

/**
 * @param {import("./server-process.mjs").Rig & { curl: string }} rig
 * @param {import("./server-process.mjs").RunningServer} server
 * @returns {Promise<number>} MiB per second
 */
async function download({ curl, pinning }, server) {
  const options = ["--silent", "--show-error", "--fail", "--output", "/dev/null"];
  const format = ["--write-out", "%{size_download} %{speed_download}"];
  const [file, ...args] = pinning.client([curl, ...options, ...format, urlOf(server, LARGE_FILE.path)]);
  const { stdout } = await run(file, args).catch((error) => {
    throw new BenchFailure(`${server.peer.name}: curl failed: ${error.message}`);
  });
  const [size, speed] = stdout.split(" ").map(Number);
  if (size !== LARGE_FILE.size) throw new BenchFailure(`${server.peer.name} has sent ${size} bytes.`);
  return Number(speed) / MIB;
}

/**
 * @param {DownloadResult} result
 * @param {number} rounds
 * @returns {import("./table.mjs").Table}
 */
export function tableOfDownload({ baselines, rows }, rounds) {
  const head = ["server", "MiB/s", "range", ...ratioHead(baselines)];
  const cells = rows.map(({ peer, rate, ratios }) => [peer, ...summaryCells(rate), ...ratioCells(ratios)]);
  const title = `download: 1 GiB, one connection, medians of ${rounds} rounds`;
  return { title, head, rows: cells, warnings: unsteadyWarnings(rows) };
}
