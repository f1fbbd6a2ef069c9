// @ts-check
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { BenchFailure } from "./failure.mjs";
import { findProgram } from "./programs.mjs";

/**
 * One server that takes part.
 *
 * @typedef {object} Peer
 * @property {string} name - its name for `--only` and in the tables
 * @property {string} script - its file in `servers/`
 * @property {"node" | "python3"} runtime
 * @property {string} [path] - of the file that the script sends, if it can send only one
 * @property {string} [className] - of its server, if the script has several
 * @property {number} [threads] - number of threads or processes that serve, if the script has this option
 * @property {true} [secure] - it speaks HTTPS, with the certificate of the run
 * @property {string} [program] - the program that must be installed. Without it, the peer is left out, with a note
 * @property {readonly string[]} [files] - files of the system that the measurement needs. Without them, the peer is
 *   left out, with a note
 * @property {string} [setting] - a setting of pyserve's servers. If they don't have it, the peer is left out, with a
 *   note
 * @property {string} [package] - the npm package whose version the report shows
 * @property {true} [constant] - it sends the same response to every request
 * @property {number} [maxSeconds] - maximum length of its rounds: a slow peer needs no longer ones
 */

/** The server that the others are compared with: every ratio is its rate divided by a peer's. */
export const SUBJECT = "pyserve";

/** @type {readonly Peer[]} */
export const HELLO_PEERS = [
  { name: SUBJECT, script: "hello-pyserve.mjs", runtime: "node" },
  { name: "node-http", script: "hello-node-http.mjs", runtime: "node" },
  { name: "fastify", script: "hello-fastify.mjs", runtime: "node", package: "fastify" },
  { name: "raw-socket", script: "hello-raw-socket.mjs", runtime: "node", constant: true },
  { name: "python", script: "hello-python.py", runtime: "python3", program: "python3", maxSeconds: 1 },
];

/**
 * The program that counts calls is server and client at once.
 *
 * @type {readonly Peer[]}
 */
export const CALLS_PEERS = [{ name: SUBJECT, script: "../clients/calls.mjs", runtime: "node" }];

/**
 * pyserve with all its limits, and without them, to measure their cost.
 *
 * @type {readonly Peer[]}
 */
export const LIMITS_PEERS = [
  { name: SUBJECT, script: "limits-on.mjs", runtime: "node" },
  { name: "pyserve-no-limits", script: "limits-off.mjs", runtime: "node" },
];

/** @type {readonly Peer[]} */
export const ECHO_PEERS = [
  { name: SUBJECT, script: "echo-pyserve.mjs", runtime: "node" },
  { name: "raw-socket", script: "echo-raw-socket.mjs", runtime: "node" },
  pythonEcho("python", "ThreadingTCPServer"),
];

/** @type {readonly Peer[]} */
export const IDLE_PEERS = [
  { name: SUBJECT, script: "idle-pyserve.mjs", runtime: "node" },
  { name: "node-http", script: "idle-node-http.mjs", runtime: "node" },
  { name: "raw-socket", script: "hello-raw-socket.mjs", runtime: "node", constant: true },
];

/** pyserve's command at its first start, without compiled code; and without threads. */
export const FIRST_START = `${SUBJECT}-first-start`;
export const NO_THREADS = `${SUBJECT}-no-threads`;

const COMMAND = /** @type {const} */ ({ script: "../../build/package/dist/cli/main.js", runtime: "node" });

/**
 * Commands that serve the files of a folder, and a bare script.
 *
 * @type {readonly Peer[]}
 */
export const START_PEERS = [
  { name: SUBJECT, ...COMMAND },
  { name: NO_THREADS, ...COMMAND },
  { name: FIRST_START, ...COMMAND },
  { name: "node-http", script: "start-node-http.mjs", runtime: "node" },
  {
    name: "http-server",
    script: "../node_modules/http-server/bin/http-server",
    runtime: "node",
    package: "http-server",
  },
  { name: "python", script: "listing-python.py", runtime: "python3", program: "python3" },
];

/** The servers that handle one datagram after another. */
export const ONE_DATAGRAM = `${SUBJECT}-UDPServer`;

/** @type {readonly Peer[]} */
export const DATAGRAM_PEERS = [
  { name: SUBJECT, script: "datagrams-pyserve.mjs", runtime: "node" },
  { name: ONE_DATAGRAM, script: "datagrams-pyserve.mjs", runtime: "node", className: "UDPServer" },
  { name: "node-dgram", script: "datagrams-node-dgram.mjs", runtime: "node" },
  pythonEcho("python", "ThreadingUDPServer"),
  pythonEcho("python-UDPServer", "UDPServer"),
];

/**
 * @param {string} name
 * @param {string} className
 * @returns {Peer}
 */
function pythonEcho(name, className) {
  return { name, script: "echo-python.py", runtime: "python3", program: "python3", className };
}

/** @type {readonly Peer[]} */
export const FILE_PEERS = [
  { name: SUBJECT, script: "files-pyserve.mjs", runtime: "node" },
  { name: "sirv", script: "files-sirv.mjs", runtime: "node", package: "sirv" },
  { name: "serve-static", script: "files-serve-static.mjs", runtime: "node", package: "serve-static" },
  { name: "fastify-static", script: "files-fastify-static.mjs", runtime: "node", package: "@fastify/static" },
  { name: "nginx", script: "files-nginx.mjs", runtime: "node", program: "nginx" },
];

/** Each file for the first time, from the disk. */
export const COLD_PEERS = FILE_PEERS.filter(({ name }) => name !== "fastify-static");

/**
 * Servers on a slow disk. It needs gcc, and Debian's libfuse3-dev and fuse3.
 *
 * @type {readonly Peer[]}
 */
export const SLOW_DISK_PEERS = COLD_PEERS.map((peer) => ({
  ...peer,
  files: ["/dev/fuse", "/usr/bin/gcc", "/usr/bin/fusermount3", "/usr/include/fuse3/fuse.h"],
}));

/** The best possible result with Node's sockets. Tables show it beside nginx, which shows the speed without Node. */
export const CEILING = "raw-socket";

/** @param {string} path - of the file that they serve */
export function filePeers(path) {
  /** @type {Peer} */
  const ceiling = { name: CEILING, script: "file-raw-socket.mjs", runtime: "node", path, constant: true };
  return [...FILE_PEERS, ceiling];
}

/**
 * sirv is not among them, because it does not support dates, and each server has different tags.
 *
 * @type {readonly Peer[]}
 */
export const REVALIDATION_PEERS = [
  ...FILE_PEERS.filter(({ name }) => name !== "sirv"),
  { name: CEILING, script: "revalidation-raw-socket.mjs", runtime: "node", constant: true },
];

/**
 * Each gets requests with its own tag.
 *
 * @type {readonly Peer[]}
 */
export const TAG_PEERS = [
  { name: SUBJECT, script: "files-pyserve.mjs", runtime: "node" },
  { name: "sirv", script: "files-sirv-etag.mjs", runtime: "node", package: "sirv" },
  ...FILE_PEERS.filter(({ name }) => name === "serve-static" || name === "nginx"),
];

/** @type {readonly Peer[]} */
export const LISTING_PEERS = [
  { name: SUBJECT, script: "files-pyserve.mjs", runtime: "node" },
  { name: "serve-handler", script: "listing-serve-handler.mjs", runtime: "node", package: "serve-handler" },
  { name: "serve-index", script: "listing-serve-index.mjs", runtime: "node", package: "serve-index" },
  { name: "http-server", script: "listing-http-server.mjs", runtime: "node", package: "http-server" },
  {
    name: "fastify-static",
    script: "listing-fastify-static.mjs",
    runtime: "node",
    package: "@fastify/static",
  },
  { name: "nginx", script: "files-nginx.mjs", runtime: "node", program: "nginx" },
  { name: "python", script: "listing-python.py", runtime: "python3", program: "python3" },
];

/** pyserve with `max_threads`: connections move to that many threads. */
export const ONE_THREAD = `${SUBJECT}-1-thread`;
export const TWO_THREADS = `${SUBJECT}-2-threads`;
export const TWO_PROCESSES = "node-cluster-2";
export const TWO_RAW_SOCKETS = `${CEILING}-2`;

/** @type {readonly Peer[]} */
export const HELLO_THREAD_PEERS = [
  { name: ONE_THREAD, script: "hello-pyserve.mjs", runtime: "node", threads: 1 },
  { name: SUBJECT, script: "hello-pyserve.mjs", runtime: "node" },
];

/** @type {readonly Peer[]} */
export const HEAVY_THREAD_PEERS = [
  { name: TWO_THREADS, script: "heavy-pyserve.mjs", runtime: "node", threads: 2 },
  { name: ONE_THREAD, script: "heavy-pyserve.mjs", runtime: "node", threads: 1 },
  { name: SUBJECT, script: "heavy-pyserve.mjs", runtime: "node" },
];

/** @type {readonly Peer[]} */
export const HEAVY_PEERS = [
  ...HEAVY_THREAD_PEERS,
  { name: TWO_PROCESSES, script: "heavy-node-cluster.mjs", runtime: "node", threads: 2 },
  { name: "node-cluster-1", script: "heavy-node-cluster.mjs", runtime: "node", threads: 1 },
];

/** @type {readonly Peer[]} */
const TLS_SERVERS = [
  { name: SUBJECT, script: "tls-pyserve.mjs", runtime: "node", secure: true },
  { name: ONE_THREAD, script: "tls-pyserve.mjs", runtime: "node", threads: 1, secure: true },
  { name: "node-https", script: "tls-node-https.mjs", runtime: "node", secure: true },
];

/** @type {readonly Peer[]} */
export const TLS_PEERS = [
  ...TLS_SERVERS,
  { name: "raw-tls-socket", script: "tls-raw-socket.mjs", runtime: "node", secure: true, constant: true },
];

/** @type {readonly Peer[]} */
export const HANDSHAKE_PEERS = [
  { name: TWO_THREADS, script: "tls-pyserve.mjs", runtime: "node", threads: 2, secure: true },
  ...TLS_SERVERS,
];

/** pyserve with `accept_in_threads`: each thread accepts its own connections. */
const ACCEPTING = /** @type {const} */ ({
  script: "connect-pyserve.mjs",
  runtime: "node",
  setting: "accept_in_threads",
});
export const ONE_ACCEPTS = `${SUBJECT}-1-accepts`;
export const TWO_ACCEPT = `${SUBJECT}-2-accept`;

/**
 * Each connection has one request.
 *
 * @type {readonly Peer[]}
 */
export const CONNECT_PEERS = [
  { name: SUBJECT, script: "hello-pyserve.mjs", runtime: "node" },
  { name: "node-http", script: "hello-node-http.mjs", runtime: "node" },
  { name: CEILING, script: "connect-raw-socket.mjs", runtime: "node", constant: true },
  { name: "python", script: "hello-python.py", runtime: "python3", program: "python3", maxSeconds: 1 },
];

/** @type {readonly Peer[]} */
export const CONNECT_THREAD_PEERS = [
  { name: TWO_ACCEPT, ...ACCEPTING, threads: 2 },
  { name: ONE_ACCEPTS, ...ACCEPTING, threads: 1 },
  { name: TWO_THREADS, script: "hello-pyserve.mjs", runtime: "node", threads: 2 },
  { name: ONE_THREAD, script: "hello-pyserve.mjs", runtime: "node", threads: 1 },
  { name: SUBJECT, script: "hello-pyserve.mjs", runtime: "node" },
  { name: TWO_RAW_SOCKETS, script: "connect-raw-socket.mjs", runtime: "node", threads: 2, constant: true },
  { name: "raw-socket-1", script: "connect-raw-socket.mjs", runtime: "node", threads: 1, constant: true },
];

const BUILT_SUBJECT = fileURLToPath(new URL("../../dist/index.js", import.meta.url));

/**
 * Chooses who takes part.
 *
 * @param {readonly Peer[]} peers
 * @param {readonly string[] | undefined} only - the names that `--only` gave
 * @returns {{ present: readonly Peer[], missing: readonly Peer[] }} `missing`: requested, but impossible, see
 *   {@link whyMissing}
 * @throws {BenchFailure} if pyserve takes part and is not built: a run without pyserve is useful only if it was
 *   requested
 */
export function selectPeers(peers, only) {
  const wanted = peers.filter((peer) => only === undefined || only.includes(peer.name));
  if (wanted.some(needsBuild) && !existsSync(BUILT_SUBJECT)) {
    throw new BenchFailure(`pyserve is not built: run "npm run build" in the project's root first.`);
  }
  const missing = wanted.filter((peer) => whyMissing(peer) !== undefined);
  return { present: wanted.filter((peer) => !missing.includes(peer)), missing };
}

/** The built server class, or `null`: its settings are read from it. */
const subjectClass = existsSync(BUILT_SUBJECT) ? (await import(BUILT_SUBJECT)).ThreadingHTTPServer : {};

/**
 * @param {Peer} peer
 * @returns {string | undefined} the reason why it can't take part, as a sentence without its end
 */
export function whyMissing({ program, setting, files = [] }) {
  if (program !== undefined && findProgram(program) === undefined) return `${program} is not installed`;
  const file = files.find((path) => !existsSync(path));
  if (file !== undefined) return `there is no ${file}`;
  if (setting !== undefined && !(setting in subjectClass)) return `${SUBJECT} has no ${setting}`;
  return undefined;
}

/**
 * True if a server is pyserve, with any settings.
 *
 * @param {Pick<Peer, "name">} peer
 * @returns {boolean}
 */
export function isSubject({ name }) {
  return name === SUBJECT || name.startsWith(`${SUBJECT}-`);
}

/**
 * @param {Peer} peer
 * @returns {boolean}
 */
function needsBuild(peer) {
  // pyserve also creates the certificate.
  return isSubject(peer) || peer.secure === true;
}
