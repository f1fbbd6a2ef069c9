// @ts-check
import { MEDIUM_FILE, SMALL_FILE } from "./fixtures.mjs";
import { FILE_PEERS, HELLO_PEERS } from "./peers.mjs";

/**
 * @typedef {object} ThroughputBenchmark
 * @property {"throughput"} kind
 * @property {readonly import("./peers.mjs").Peer[]} peers
 * @property {readonly import("./throughput.mjs").Target[]} targets
 */

/**
 * @typedef {object} MemoryBenchmark
 * @property {"memory"} kind
 * @property {readonly import("./peers.mjs").Peer[]} peers
 */

/**
 * Every benchmark, under the name that the command line knows.
 *
 * @type {Readonly<Record<string, ThroughputBenchmark | MemoryBenchmark>>}
 */
export const BENCHMARKS = {
  hello: {
    kind: "throughput",
    peers: HELLO_PEERS,
    targets: [
      {
        name: "hello",
        expectation: greeting("/hello"),
        alsoValidated: [greeting("/another/path?with=query")],
      },
    ],
  },
  files: {
    kind: "throughput",
    peers: FILE_PEERS,
    targets: [
      { name: "1 KiB file", expectation: file(SMALL_FILE), alsoValidated: [file(MEDIUM_FILE)] },
      { name: "100 KiB file", expectation: file(MEDIUM_FILE), alsoValidated: [file(SMALL_FILE)] },
    ],
  },
  memory: { kind: "memory", peers: FILE_PEERS },
};

/**
 * @param {string} path
 * @returns {import("./validation.mjs").Expectation}
 */
function greeting(path) {
  const body = Buffer.from(`Hello from ${path}\n`);
  return { path, body, contentType: /^text\/plain; charset=utf-8$/, otherFields: [] };
}

/**
 * @param {{ path: string, content: Buffer }} file
 * @returns {import("./validation.mjs").Expectation}
 */
function file({ path, content }) {
  return { path, body: content, contentType: /^text\/plain(;|$)/, otherFields: ["Last-Modified"] };
}
