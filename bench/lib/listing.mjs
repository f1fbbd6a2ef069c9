// @ts-check
import { BenchFailure } from "./failure.mjs";
import { LISTED_COUNT, LISTED_DIRECTORY, makeListed } from "./fixtures.mjs";
import { chooseBaselines, ratioCells, ratioHead, ratiosTo, unsteadyWarnings } from "./ratios.mjs";
import { takeTurns } from "./rounds.mjs";
import { urlOf, withServers } from "./server-process.mjs";
import { summarize } from "./statistics.mjs";
import { formatNumber, summaryCells } from "./table.mjs";
import { measure } from "./wrk.mjs";

/** A listing takes some servers more than a second, and wrk gives up after two. */
const CONNECTIONS = 1;

/**
 * @typedef {object} ListingResult
 * @property {string} name
 * @property {readonly string[]} baselines
 * @property {readonly ListingRow[]} rows
 */

/**
 * @typedef {object} ListingRow
 * @property {string} peer
 * @property {number} contentBytes - of a listing
 * @property {readonly number[]} rates - listings per second, one for each round
 * @property {import("./statistics.mjs").Summary} rate
 * @property {import("./ratios.mjs").Ratios} ratios
 */

/**
 * Measures how many listings of a large directory a server makes. The pages may look different, but each must contain
 * all names.
 *
 * @param {readonly import("./peers.mjs").Peer[]} peers
 * @param {import("./server-process.mjs").Rig & { wrk: string }} rig
 * @param {import("./rounds.mjs").Timing} timing
 * @param {(message: string) => void} progress
 * @returns {Promise<ListingResult>}
 */
export function runListing(peers, rig, timing, progress) {
  const names = makeListed(rig.directory);
  return withServers(peers, rig, async (servers) => {
    const load = (
      /** @type {import("./server-process.mjs").RunningServer} */ server,
      /** @type {number} */ seconds,
    ) => measure(rig.wrk, rig.pinning, server, { path: LISTED_DIRECTORY, seconds, connections: CONNECTIONS });

    /** @type {Map<string, number>} */
    const sizes = new Map();
    for (const server of servers) sizes.set(server.peer.name, await validate(server, names));
    for (const server of servers) await load(server, timing.warmUpSeconds);
    const rates = await takeTurns(servers, timing.rounds, async (server, round) => {
      const { rate } = await load(server, timing.seconds);
      progress(`listing, round ${round} of ${timing.rounds}: ${server.peer.name} ${formatNumber(rate, 1)}`);
      return rate;
    });
    for (const server of servers) await validate(server, names);
    return compare(rates, sizes);
  });
}

/**
 * @param {import("./server-process.mjs").RunningServer} server
 * @param {readonly string[]} names
 * @returns {Promise<number>} the size of the page
 * @throws {BenchFailure} if a name is missing
 */
async function validate(server, names) {
  const response = await fetch(urlOf(server, LISTED_DIRECTORY));
  const page = await response.text();
  // Names in links. Some links begin with the path, and those of directories may end in a slash.
  const linked = new Set(page.match(/(?:file|directory)-[0-9]+(?:\.txt)?(?=(?:\/|&#47;)?["'])/g));
  const missing = names.find((name) => !linked.has(name));
  if (response.status !== 200 || missing !== undefined) {
    throw new BenchFailure(
      `${server.peer.name}: GET ${LISTED_DIRECTORY} is ${response.status}, and does not link ${missing}.`,
    );
  }
  return Buffer.byteLength(page);
}

/**
 * @param {ReadonlyMap<string, readonly number[]>} rates
 * @param {ReadonlyMap<string, number>} sizes
 * @returns {ListingResult}
 */
function compare(rates, sizes) {
  const baselines = chooseBaselines([...rates.keys()]);
  const rows = [...rates].map(([peer, own]) => ({
    peer,
    contentBytes: sizes.get(peer) ?? 0,
    rates: own,
    rate: summarize(own),
    ratios: ratiosTo(baselines, rates, own),
  }));
  return { name: "listing", baselines, rows };
}

/**
 * @param {ListingResult} result
 * @param {import("./rounds.mjs").Timing} timing
 * @returns {import("./table.mjs").Table}
 */
export function tableOfListing({ baselines, rows }, { rounds, seconds }) {
  const head = ["server", "listings/s", "range", "bytes", ...ratioHead(baselines)];
  const cells = rows.map(({ peer, contentBytes, rate, ratios }) => [
    peer,
    ...summaryCells(rate, 1),
    formatNumber(contentBytes),
    ...ratioCells(ratios),
  ]);
  const title = `listing of ${formatNumber(LISTED_COUNT)} entries: one connection, medians of ${rounds} rounds of ${seconds} s`;
  return { title, head, rows: cells, warnings: unsteadyWarnings(rows) };
}
