// @ts-check
import { familyCpuSeconds } from "./cpu-time.mjs";
import { MIB } from "./fixtures.mjs";
import { readMemory } from "./memory.mjs";
import { ANY_CORE } from "./pinning.mjs";
import { chooseBaselines, ratioCells, ratioHead, ratiosTo, unsteadyWarnings } from "./ratios.mjs";
import { takeTurns } from "./rounds.mjs";
import { withServers } from "./server-process.mjs";
import { summarize } from "./statistics.mjs";
import { formatNumber, summaryCells } from "./table.mjs";
import { validateEnd, validateNotModified, validateServer } from "./validation.mjs";
import { measure } from "./wrk.mjs";

/** Default number of connections. */
const CONNECTIONS = 64;

/**
 * A request that is sent again and again.
 *
 * @typedef {object} Target
 * @property {string} name
 * @property {import("./validation.mjs").Expectation} expectation - of the request that is timed
 * @property {readonly import("./validation.mjs").Expectation[]} alsoValidated - other correct responses, unless the
 *   server's response is constant
 * @property {readonly string[]} [subjects] - the servers whose rates are divided by the others'. Default: pyserve
 * @property {number} [connections]
 * @property {(server: import("./server-process.mjs").RunningServer) => string | Promise<string>} [condition] - a field
 *   of the timed requests, which get 304
 * @property {"HTTP/1.0" | "HTTP/1.1"} [closing] - set if each request has its own connection: the version of the
 *   requests
 * @property {string} [script] - for `wrk`: creates the timed requests
 * @property {true} [memory] - true to measure the server's memory, too
 * @property {number} [warmUpSeconds]
 * @property {(directory: string) => void} [prepare] - creates files that only this target needs
 * @property {true} [anyCore] - true if servers and clients are not pinned
 */

/**
 * @typedef {object} ThroughputRow
 * @property {string} peer
 * @property {number} responseBytes - head and body
 * @property {readonly number[]} rates - requests per second, one for each round
 * @property {import("./statistics.mjs").Summary} rate
 * @property {readonly number[]} costs - CPU time of the server in µs for one request, one for each round
 * @property {import("./statistics.mjs").Summary} cost - other programs on the machine hardly change it
 * @property {readonly number[]} [p99s] - milliseconds that 99 of 100 requests did not exceed, one for each round
 * @property {readonly number[]} [memories] - resident memory in MiB after each round, if the target measures it
 * @property {import("./ratios.mjs").Ratios} ratios - the baselines' rates divided by this one's
 */

/**
 * @typedef {object} ThroughputResult
 * @property {string} name
 * @property {readonly string[]} baselines - the subjects, or the first peer if none takes part
 * @property {readonly ThroughputRow[]} rows
 */

/**
 * Measures every server with one target.
 *
 * @param {Target} target
 * @param {readonly import("./peers.mjs").Peer[]} peers
 * @param {import("./server-process.mjs").Rig & { wrk: string }} rig
 * @param {import("./rounds.mjs").Timing} timing
 * @param {(message: string) => void} progress
 * @returns {Promise<ThroughputResult>}
 */
export function runThroughput(target, peers, rig, timing, progress) {
  const pinning = target.anyCore ? ANY_CORE : rig.pinning;
  target.prepare?.(rig.directory);
  return withServers(peers, { ...rig, pinning }, async (servers) => {
    const sizes = await validateAll(servers, target);
    const fields = new Map();
    for (const server of servers) fields.set(server, await fieldFor(server, target));
    const load = (
      /** @type {import("./server-process.mjs").RunningServer} */ server,
      /** @type {number} */ seconds,
    ) => {
      const field = fields.get(server);
      return measure(rig.wrk, pinning, server, {
        path: target.expectation.path,
        seconds: Math.min(seconds, server.peer.maxSeconds ?? seconds),
        connections: target.connections ?? CONNECTIONS,
        ...(field !== undefined && { field }),
        ...(target.script !== undefined && { script: target.script }),
      });
    };

    for (const server of servers) await load(server, target.warmUpSeconds ?? timing.warmUpSeconds);
    const samples = await takeTurns(servers, timing.rounds, async (server, round) => {
      const before = familyCpuSeconds(server.pid);
      const { rate, requests, p99 } = await load(server, timing.seconds);
      const cost = ((familyCpuSeconds(server.pid) - before) / requests) * 1e6;
      progress(
        `${target.name}, round ${round} of ${timing.rounds}: ${server.peer.name} ${formatNumber(rate)}`,
      );
      return { rate, cost, p99, memory: readMemory(server.pid, "VmRSS") / MIB };
    });
    // Again, because a server that fails under load may still send valid responses.
    await validateAll(servers, target);
    return compare(target, samples, sizes);
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
    sizes.set(server.peer.name, await validate(server, target));
  }
  return sizes;
}

/**
 * @param {import("./server-process.mjs").RunningServer} server
 * @param {Target} target
 * @returns {Promise<number>} the size of a response to the timed request
 */
async function validate(server, target) {
  const { expectation, alsoValidated, condition, closing } = target;
  const others = server.peer.constant ? [] : alsoValidated;
  if (closing !== undefined) return validateEnd(server, closing, [expectation, ...others]);
  if (condition === undefined) return validateServer(server, [expectation, ...others]);
  if (!server.peer.constant) await validateServer(server, [expectation, ...others]);
  return validateNotModified(server, expectation.path, await condition(server));
}

/**
 * @param {import("./server-process.mjs").RunningServer} server
 * @param {Target} target
 * @returns {Promise<string | undefined>} the field of the requests besides `Host`, if any
 */
async function fieldFor(server, { condition, closing }) {
  // HTTP/1.0 requests need no field, but a script: by default, `wrk` sends HTTP/1.1.
  if (closing === "HTTP/1.1") return "Connection: close";
  return condition?.(server);
}

/**
 * Result of one server in one round.
 *
 * @typedef {{ rate: number, cost: number, p99: number, memory: number }} Sample
 */

/**
 * @param {Target} target
 * @param {ReadonlyMap<string, readonly Sample[]>} samples
 * @param {ReadonlyMap<string, number>} sizes
 * @returns {ThroughputResult}
 */
function compare({ name, subjects, memory }, samples, sizes) {
  const baselines = chooseBaselines([...samples.keys()], subjects);
  const rates = new Map([...samples].map(([peer, taken]) => [peer, taken.map(({ rate }) => rate)]));
  const rows = [...samples].map(([peer, taken]) => {
    const [own, costs] = [taken.map(({ rate }) => rate), taken.map(({ cost }) => cost)];
    return {
      peer,
      responseBytes: sizes.get(peer) ?? 0,
      rates: own,
      rate: summarize(own),
      costs,
      cost: summarize(costs),
      p99s: taken.map(({ p99 }) => p99),
      ...(memory && { memories: taken.map((sample) => sample.memory) }),
      ratios: ratiosTo(baselines, rates, own),
    };
  });
  return { name, baselines, rows };
}

/**
 * Columns that only some tables have.
 *
 * @type {readonly { name: string, of: (row: ThroughputRow) => readonly number[] | undefined }[]}
 */
const EXTRA_COLUMNS = [
  { name: "p99 ms", of: ({ p99s }) => p99s },
  { name: "MiB", of: ({ memories }) => memories },
];

/**
 * @param {ThroughputResult} result
 * @param {Target} target
 * @param {import("./rounds.mjs").Timing} timing
 * @returns {import("./table.mjs").Table}
 */
export function tableOfThroughput({ name, baselines, rows }, target, timing) {
  const extra = EXTRA_COLUMNS.filter(({ of }) => rows.some((row) => of(row) !== undefined));
  const head = [
    "server",
    "requests/s",
    "range",
    "CPU µs",
    "range",
    ...extra.map(({ name: title }) => title),
    "bytes",
    ...ratioHead(baselines),
  ];
  const cells = rows.map((row) => [
    row.peer,
    ...summaryCells(row.rate),
    ...summaryCells(row.cost, 1),
    ...extra.map(({ of }) => formatNumber(summarize(of(row) ?? [Number.NaN]).median, 1)),
    formatNumber(row.responseBytes),
    ...ratioCells(row.ratios),
  ]);
  const where = target.anyCore ? `, ${ANY_CORE.description}` : "";
  const each = target.closing === undefined ? "" : ", one for each request,";
  const title = `${name}: ${target.connections ?? CONNECTIONS} connections${each || ","} medians of ${timing.rounds} rounds of ${timing.seconds} s${where}`;
  return { title, head, rows: cells, warnings: unsteadyWarnings(rows) };
}
