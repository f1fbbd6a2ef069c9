// @ts-check
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { BenchFailure } from "./failure.mjs";
import { SMALL_FILE } from "./fixtures.mjs";
import { FIRST_START, NO_THREADS, SUBJECT } from "./peers.mjs";
import { summarize, summarizeRatios } from "./statistics.mjs";
import { formatNumber, summaryCells } from "./table.mjs";

/** Starts in one round: a start is short, and some are disturbed. */
const STARTS = 4;

/** Milliseconds between two attempts to connect. */
const PAUSE = 1;

/** Milliseconds in which a command must answer. */
const PATIENCE = 20_000;

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The package as published: bundled. */
const PACKAGE = fileURLToPath(new URL("../../build/package", import.meta.url));

/**
 * @typedef {object} StartRow
 * @property {string} peer
 * @property {readonly number[]} starts - milliseconds, one for each start
 * @property {import("./statistics.mjs").Summary} start
 */

/** @typedef {{ name: string, rows: readonly StartRow[] }} StartResult */

/**
 * Measures the time from the start of a command to the last byte of its first response.
 *
 * @param {readonly import("./peers.mjs").Peer[]} peers
 * @param {import("./server-process.mjs").Rig} rig
 * @param {import("./rounds.mjs").Timing} timing
 * @param {(message: string) => void} progress
 * @returns {Promise<StartResult>}
 */
export async function runStart(peers, rig, { rounds }, progress) {
  execFileSync(rig.node, ["build.mjs", "--bundle", PACKAGE], { cwd: ROOT });
  // After this, the system has the programs in memory, and pyserve has its compiled code.
  for (const peer of peers) await startOnce(peer, rig);
  const taken = new Map(peers.map((peer) => [peer, /** @type {number[]} */ ([])]));
  for (let round = 1; round <= rounds * STARTS; round++) {
    for (const [peer, own] of taken) own.push(await startOnce(peer, rig));
    if (round % STARTS === 0) progress(`start, round ${round / STARTS} of ${rounds}`);
  }
  return {
    name: "start",
    rows: [...taken].map(([peer, starts]) => ({ peer: peer.name, starts, start: summarize(starts) })),
  };
}

/**
 * @param {import("./peers.mjs").Peer} peer
 * @param {import("./server-process.mjs").Rig} rig
 * @returns {Promise<number>} milliseconds
 */
async function startOnce(peer, rig) {
  const port = await freePort();
  const [program, ...args] = commandOf(peer, rig, String(port));
  if (peer.name === FIRST_START) rmSync(`${PACKAGE}/.cache`, { recursive: true, force: true });
  const began = performance.now();
  const child = spawn(program, args, { stdio: "ignore" });
  const ended = once(child, "exit");
  try {
    for (;;) {
      const response = await request(port);
      const time = performance.now() - began;
      if (response?.endsWith(SMALL_FILE.content.toString()) && response.startsWith("HTTP/1.")) return time;
      if (response !== null) throw new BenchFailure(`${peer.name} gave another response:\n${response}`);
      if (child.exitCode !== null || time > PATIENCE) throw new BenchFailure(`${peer.name} did not start.`);
      await sleep(PAUSE);
    }
  } finally {
    // As Ctrl-C does: the command then stores its compiled code.
    child.kill("SIGINT");
    await ended;
  }
}

/**
 * @param {import("./peers.mjs").Peer} peer
 * @param {import("./server-process.mjs").Rig} rig
 * @param {string} port
 * @returns {import("./pinning.mjs").Command}
 */
function commandOf({ name, script, program }, { node, directory }, port) {
  const python = ["--bind", "127.0.0.1", "--directory", directory, port];
  if (program !== undefined) return [program, "-m", "http.server", ...python];
  const file = fileURLToPath(new URL(`../servers/${script}`, import.meta.url));
  if (name === "http-server") return [node, file, directory, "-s", "-a", "127.0.0.1", "-p", port];
  if (name === "node-http") return [node, file, port, directory];
  return [node, file, ...python, ...(name === NO_THREADS ? ["--threads", "0"] : [])];
}

/** @returns {Promise<number>} */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  server.close();
  await once(server, "close");
  return port;
}

/**
 * @param {number} port
 * @returns {Promise<string | null>} the response; `null` if no server listens
 */
async function request(port) {
  const socket = connect(port, "127.0.0.1");
  try {
    socket.write(`GET ${SMALL_FILE.path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`);
    let response = "";
    for await (const data of socket) response += data;
    return response;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "ECONNREFUSED") throw error;
    return null;
  }
}

/**
 * @param {StartResult} result
 * @returns {import("./table.mjs").Table}
 */
export function tableOfStart({ name, rows }) {
  const subject = rows.find(({ peer }) => peer === SUBJECT);
  const head = ["command", "ms", "range", `${SUBJECT} ÷ it`, "range"];
  const cells = rows.map(({ peer, start, starts }) => [
    peer,
    ...summaryCells(start),
    ...(subject === undefined ? ["", ""] : summaryCells(summarizeRatios(subject.starts, starts), 2)),
  ]);
  const title = `${name}: from the start of the process to the end of the first response, a file of 1 KiB, medians of ${formatNumber(rows[0]?.starts.length ?? 0)} starts`;
  return { title, head, rows: cells, warnings: [] };
}
