// @ts-check
import { runClient } from "./client-process.mjs";
import { KIB } from "./fixtures.mjs";
import { SUBJECT } from "./peers.mjs";
import { withServers } from "./server-process.mjs";
import { summarize, summarizeRatios } from "./statistics.mjs";
import { formatNumber, summaryCells } from "./table.mjs";

const CONNECTIONS = 10_000;

/**
 * @typedef {object} IdleRow
 * @property {string} peer
 * @property {readonly number[]} held - KiB of memory for each connection, one for each round
 * @property {import("./statistics.mjs").Summary} holds
 */

/** @typedef {{ name: string, rows: readonly IdleRow[] }} IdleResult */

/**
 * Measures the resident memory for each of many idle connections. Every round is a new process.
 *
 * @param {string} name
 * @param {"request" | "silent"} kind - whether each connection has had a request
 * @param {readonly import("./peers.mjs").Peer[]} peers
 * @param {import("./server-process.mjs").Rig} rig
 * @param {number} rounds
 * @param {(message: string) => void} progress
 * @returns {Promise<IdleResult>}
 */
export async function runIdle(name, kind, peers, rig, rounds, progress) {
  const held = new Map(peers.map((peer) => [peer, /** @type {number[]} */ ([])]));
  for (let round = 1; round <= rounds; round++) {
    for (const [peer, taken] of held) {
      const { before, after } = await withServers([peer], rig, async ([server]) => {
        if (server === undefined) throw new TypeError("server is undefined: nothing was started");
        return runClient("idle.py", rig.node, server, [server.pid, CONNECTIONS, kind], rig.pinning);
      });
      const each = (after - before) / CONNECTIONS / KIB;
      taken.push(each);
      progress(`${name}, round ${round} of ${rounds}: ${peer.name} ${formatNumber(each, 1)} KiB`);
    }
  }
  const rows = [...held].map(([peer, own]) => ({ peer: peer.name, held: own, holds: summarize(own) }));
  return { name, rows };
}

/**
 * @param {IdleResult} result
 * @returns {import("./table.mjs").Table}
 */
export function tableOfIdle({ name, rows }) {
  const subject = rows.find(({ peer }) => peer === SUBJECT);
  const head = ["server", "KiB", "range", `${SUBJECT} ÷ it`, "range"];
  const cells = rows.map(({ peer, held, holds }) => [
    peer,
    ...summaryCells(holds, 1),
    ...(subject === undefined ? ["", ""] : summaryCells(summarizeRatios(subject.held, held), 2)),
  ]);
  const rounds = rows[0]?.held.length ?? 0;
  const title = `${name}: resident memory for each of ${formatNumber(CONNECTIONS)}, medians of ${rounds} new processes`;
  return { title, head, rows: cells, warnings: [] };
}
