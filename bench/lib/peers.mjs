// @ts-check
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { BenchFailure } from "./failure.mjs";
import { findProgram } from "./programs.mjs";

/**
 * One server that takes part.
 *
 * @typedef {object} Peer
 * @property {string} name - what `--only` and the tables call it
 * @property {string} script - its file in `servers/`
 * @property {"node" | "python3"} runtime
 * @property {string} [program] - what has to be installed; without it the peer is left out, with a note
 * @property {string} [package] - the npm package whose version belongs to the report
 * @property {true} [constant] - it gives one answer, whatever is asked
 * @property {number} [maxSeconds] - its rounds are no longer than this: a slow peer is known soon
 */

/** The server whose speed is in question: every ratio is its rate divided by a peer's. */
export const SUBJECT = "pyserve";

/** @type {readonly Peer[]} */
export const HELLO_PEERS = [
  { name: SUBJECT, script: "hello-pyserve.mjs", runtime: "node" },
  { name: "node-http", script: "hello-node-http.mjs", runtime: "node" },
  { name: "fastify", script: "hello-fastify.mjs", runtime: "node", package: "fastify" },
  { name: "raw-socket", script: "hello-raw-socket.mjs", runtime: "node", constant: true },
  { name: "python", script: "hello-python.py", runtime: "python3", program: "python3", maxSeconds: 1 },
];

/** @type {readonly Peer[]} */
export const FILE_PEERS = [
  { name: SUBJECT, script: "files-pyserve.mjs", runtime: "node" },
  { name: "sirv", script: "files-sirv.mjs", runtime: "node", package: "sirv" },
  { name: "serve-static", script: "files-serve-static.mjs", runtime: "node", package: "serve-static" },
  { name: "fastify-static", script: "files-fastify-static.mjs", runtime: "node", package: "@fastify/static" },
  { name: "nginx", script: "files-nginx.mjs", runtime: "node", program: "nginx" },
];

const BUILT_SUBJECT = fileURLToPath(new URL("../../dist/index.js", import.meta.url));

/**
 * Chooses who takes part.
 *
 * @param {readonly Peer[]} peers
 * @param {readonly string[] | undefined} only - the names that `--only` gave
 * @returns {{ present: readonly Peer[], missing: readonly Peer[] }} `missing`: wanted, but not installed
 * @throws {BenchFailure} where pyserve takes part and is not built: a run without its subject is useful only when
 *   it was asked for
 */
export function selectPeers(peers, only) {
  const wanted = peers.filter((peer) => only === undefined || only.includes(peer.name));
  if (wanted.some((peer) => peer.name === SUBJECT) && !existsSync(BUILT_SUBJECT)) {
    throw new BenchFailure(`pyserve is not built: run "npm run build" in the project's root first.`);
  }
  const missing = wanted.filter(
    (peer) => peer.program !== undefined && findProgram(peer.program) === undefined,
  );
  return { present: wanted.filter((peer) => !missing.includes(peer)), missing };
}
