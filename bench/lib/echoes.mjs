// @ts-check
import { runClient } from "./client-process.mjs";
import { chooseBaselines, ratioCells, ratioHead, ratiosTo, unsteadyWarnings } from "./ratios.mjs";
import { takeTurns } from "./rounds.mjs";
import { withServers } from "./server-process.mjs";
import { summarize } from "./statistics.mjs";
import { formatNumber, summaryCells } from "./table.mjs";

/** Number of sockets. Each has one message on its way. */
const CONNECTIONS = 16;

/**
 * @typedef {object} EchoesRow
 * @property {string} peer
 * @property {readonly number[]} rates - echoes per second, one for each round
 * @property {import("./statistics.mjs").Summary} rate
 * @property {readonly number[]} costs - CPU time of the server in µs for one echo, one for each round
 * @property {import("./statistics.mjs").Summary} cost
 * @property {readonly number[]} clientCosts - the same for the client. If it is above the server's, the client limits
 *   the rate
 * @property {import("./ratios.mjs").Ratios} ratios - the baselines' rates divided by this one's
 */

/**
 * @typedef {object} EchoesResult
 * @property {string} name
 * @property {readonly string[]} baselines
 * @property {readonly EchoesRow[]} rows
 */

/**
 * Measures how many lines or datagrams a server sends back.
 *
 * @param {string} name
 * @param {"tcp" | "udp"} kind
 * @param {readonly import("./peers.mjs").Peer[]} peers
 * @param {import("./server-process.mjs").Rig} rig
 * @param {import("./rounds.mjs").Timing} timing
 * @param {(message: string) => void} progress
 * @returns {Promise<EchoesResult>}
 */
export function runEchoes(name, kind, peers, rig, timing, progress) {
  return withServers(peers, rig, async (servers) => {
    const sample = (
      /** @type {import("./server-process.mjs").RunningServer} */ server,
      /** @type {number} */ seconds,
    ) =>
      runClient("echoes.py", rig.node, server, [seconds, server.pid, CONNECTIONS, kind], rig.pinning).then(
        ({ echoes, seconds: taken, serverCpu, clientCpu }) => ({
          rate: echoes / taken,
          cost: (serverCpu / echoes) * 1e6,
          clientCost: (clientCpu / echoes) * 1e6,
        }),
      );
    for (const server of servers) await sample(server, timing.warmUpSeconds);
    const samples = await takeTurns(servers, timing.rounds, async (server, round) => {
      const taken = await sample(server, timing.seconds);
      progress(
        `${name}, round ${round} of ${timing.rounds}: ${server.peer.name} ${formatNumber(taken.rate)}`,
      );
      return taken;
    });
    return compare(name, samples);
  });
}

/**
 * @param {string} name
 * @param {ReadonlyMap<string, readonly { rate: number, cost: number, clientCost: number }[]>} samples
 * @returns {EchoesResult}
 */
function compare(name, samples) {
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
      clientCosts: own.map(({ clientCost }) => clientCost),
      ratios: ratiosTo(baselines, rates, ownRates),
    };
  });
  return { name, baselines, rows };
}

/**
 * @param {EchoesResult} result
 * @param {import("./rounds.mjs").Timing} timing
 * @returns {import("./table.mjs").Table}
 */
export function tableOfEchoes({ name, baselines, rows }, { rounds, seconds }) {
  const head = ["server", "echoes/s", "range", "CPU µs", "range", "client's", ...ratioHead(baselines)];
  const cells = rows.map(({ peer, rate, cost, clientCosts, ratios }) => [
    peer,
    ...summaryCells(rate),
    ...summaryCells(cost, 1),
    formatNumber(summarize(clientCosts).median, 1),
    ...ratioCells(ratios),
  ]);
  const title = `${name}: ${CONNECTIONS} sockets, one message at a time each, medians of ${rounds} rounds of ${seconds} s`;
  return { title, head, rows: cells, warnings: unsteadyWarnings(rows) };
}
