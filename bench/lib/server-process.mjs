// @ts-check
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { BenchFailure } from "./failure.mjs";
import { needProgram } from "./programs.mjs";

/** Seconds for a server to print its port. Python and nginx need a tenth of a second. */
const START_SECONDS = 20;
/** Seconds from SIGTERM to SIGKILL. */
const END_SECONDS = 5;

/**
 * A running server, in its own process.
 *
 * @typedef {object} RunningServer
 * @property {import("./peers.mjs").Peer} peer
 * @property {number} port - on 127.0.0.1
 * @property {number} pid - of the process that serves
 * @property {() => void} assertAlive - throws a `BenchFailure` when the server has ended by itself
 * @property {() => Promise<void>} end - ends it by its pid, and waits until it is gone
 */

/**
 * Settings with which every server of a run is started.
 *
 * @typedef {object} Rig
 * @property {string} node - the Node.js that the servers run on
 * @property {import("./pinning.mjs").Pinning} pinning
 * @property {string} directory - the files to serve, and the certificate
 */

/**
 * @param {RunningServer} server
 * @param {string} path
 * @returns {string}
 */
export function urlOf({ peer, port }, path) {
  return `${peer.secure ? "https" : "http"}://127.0.0.1:${port}${path}`;
}

/**
 * Starts a server and waits until it accepts connections.
 *
 * @param {import("./peers.mjs").Peer} peer
 * @param {Rig} rig
 * @returns {Promise<RunningServer>}
 */
export async function startServer(peer, rig) {
  const [file, ...args] = rig.pinning.server(commandOf(peer, rig));
  // Standard input is a pipe. Its end tells the server that this process has ended.
  const child = spawn(file, args, { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(child, "exit").catch(() => {});
  const ended = () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined;

  const end = async () => {
    if (ended()) return;
    child.kill("SIGTERM");
    const lastResort = setTimeout(() => child.kill("SIGKILL"), END_SECONDS * 1000);
    await exited;
    clearTimeout(lastResort);
  };
  const assertAlive = () => {
    if (ended())
      throw new BenchFailure(`${peer.name} ended by itself (${child.signalCode ?? child.exitCode}).`);
  };

  try {
    const { port, pid } = await firstLine(child.stdout, peer);
    return { peer, port, pid, assertAlive, end };
  } catch (error) {
    await end();
    throw error;
  }
}

/**
 * Starts several servers, runs `use` with them, and ends them in any case.
 *
 * @template T
 * @param {readonly import("./peers.mjs").Peer[]} peers
 * @param {Rig} rig
 * @param {(servers: readonly RunningServer[]) => Promise<T>} use
 * @returns {Promise<T>}
 */
export async function withServers(peers, rig, use) {
  /** @type {RunningServer[]} */
  const servers = [];
  try {
    for (const peer of peers) servers.push(await startServer(peer, rig));
    return await use(servers);
  } finally {
    await Promise.all(servers.map((server) => server.end()));
  }
}

/**
 * @param {import("./peers.mjs").Peer} peer
 * @param {Rig} rig
 * @returns {import("./pinning.mjs").Command}
 */
function commandOf(peer, rig) {
  const className = peer.className === undefined ? [] : [peer.className];
  const script = fileURLToPath(new URL(`../servers/${peer.script}`, import.meta.url));
  if (peer.runtime === "python3")
    return [needProgram("python3", `${peer.name} runs on it`), script, rig.directory, ...className];
  const program =
    peer.program === undefined ? [] : [needProgram(peer.program, `${peer.name} is that program`)];
  const threads = peer.threads === undefined ? [] : [String(peer.threads)];
  const path = peer.path === undefined ? [] : [peer.path];
  return [rig.node, script, rig.directory, ...program, ...threads, ...path, ...className];
}

/**
 * Reads what `servers/announce.mjs` writes.
 *
 * @param {import("node:stream").Readable} stdout
 * @param {import("./peers.mjs").Peer} peer
 * @returns {Promise<{ port: number, pid: number }>}
 */
async function firstLine(stdout, peer) {
  const lines = createInterface({ input: stdout });
  const tooLate = setTimeout(() => lines.close(), START_SECONDS * 1000);
  try {
    for await (const line of lines) return JSON.parse(line);
    throw new BenchFailure(`${peer.name} did not start: it ended or was silent for ${START_SECONDS} s.`);
  } finally {
    clearTimeout(tooLate);
    // Closing the reader pauses the pipe, and a server that continues to write must not block.
    stdout.resume();
  }
}
