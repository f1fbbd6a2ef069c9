// @ts-check
import { fileURLToPath } from "node:url";
import { compute } from "../servers/heavy-work.mjs";
import { formatDownload, runDownload } from "./download.mjs";
import { LONG_AGO, MEDIUM_FILE, makeMany, ONE_OF_MANY, SMALL_FILE } from "./fixtures.mjs";
import { formatHandOff, runHandOff } from "./hand-off.mjs";
import { formatHandshakes, runHandshakes } from "./handshakes.mjs";
import { formatLatency, runLatency } from "./latency.mjs";
import { formatListing, runListing } from "./listing.mjs";
import { formatMemory, runMemory } from "./memory.mjs";
import {
  FILE_PEERS,
  HANDSHAKE_PEERS,
  HEAVY_PEERS,
  HEAVY_THREAD_PEERS,
  HELLO_PEERS,
  HELLO_THREAD_PEERS,
  LISTING_PEERS,
  ONE_THREAD,
  REVALIDATION_PEERS,
  SUBJECT,
  TLS_PEERS,
  TWO_PROCESSES,
  TWO_THREADS,
} from "./peers.mjs";
import { formatThroughput, runThroughput } from "./throughput.mjs";

/** @typedef {import("./server-process.mjs").Rig & { wrk: string, curl: string }} FullRig */

/**
 * What is measured at a stretch, and makes one table.
 *
 * @typedef {object} Measurement
 * @property {readonly import("./peers.mjs").Peer[]} peers
 * @property {Run} run
 */

/**
 * @callback Run
 * @param {readonly import("./peers.mjs").Peer[]} peers - those that take part
 * @param {FullRig} rig
 * @param {import("./rounds.mjs").Timing} timing
 * @param {(message: string) => void} progress
 * @returns {Promise<{ result: object, text: string }>} the result, as `--json` writes it, and its table
 */

/**
 * Every benchmark, under the name that the command line knows.
 *
 * @type {Readonly<Record<string, readonly Measurement[]>>}
 */
export const BENCHMARKS = {
  hello: [throughput(HELLO_PEERS, hello("hello"))],
  files: [
    throughput(FILE_PEERS, {
      name: "1 KiB file",
      expectation: file(SMALL_FILE),
      alsoValidated: [file(MEDIUM_FILE)],
    }),
    throughput(FILE_PEERS, {
      name: "100 KiB file",
      expectation: file(MEDIUM_FILE),
      alsoValidated: [file(SMALL_FILE)],
    }),
  ],
  revalidation: [
    throughput(REVALIDATION_PEERS, {
      name: "revalidation",
      expectation: file(SMALL_FILE),
      alsoValidated: [file(MEDIUM_FILE)],
      // Not an entity tag: each server has another one.
      field: `If-Modified-Since: ${new Date(LONG_AGO * 1000).toUTCString()}`,
    }),
  ],
  many: [
    throughput(FILE_PEERS, {
      name: "5,000 files of 1 to 64 KiB",
      expectation: file(ONE_OF_MANY),
      alsoValidated: [file(SMALL_FILE)],
      script: fileURLToPath(new URL("many-files.lua", import.meta.url)),
      prepare: makeMany,
      // All of them are to have been asked for, and not to count as being written.
      warmUpSeconds: 10,
    }),
  ],
  download: [
    {
      peers: FILE_PEERS,
      run: async (peers, rig, { rounds }, progress) => {
        const result = await runDownload(peers, rig, rounds, progress);
        return { result, text: formatDownload(result, rounds) };
      },
    },
  ],
  memory: [
    {
      peers: FILE_PEERS,
      run: async (peers, rig, { rounds }, progress) => {
        const result = await runMemory(peers, rig, rounds, progress);
        return { result, text: formatMemory(result) };
      },
    },
  ],
  listing: [
    {
      peers: LISTING_PEERS,
      run: async (peers, rig, timing, progress) => {
        const result = await runListing(peers, rig, timing, progress);
        return { result, text: formatListing(result, timing) };
      },
    },
  ],
  threads: [
    throughput(HEAVY_PEERS, {
      name: "heavy",
      expectation: heavy(),
      alsoValidated: [greeting("/light")],
      subjects: [TWO_THREADS, TWO_PROCESSES],
      connections: 4,
      anyCore: true,
    }),
    {
      peers: HEAVY_THREAD_PEERS,
      run: async (peers, rig, timing, progress) => {
        const result = await runLatency([greeting("/light"), heavy()], peers, rig, timing, progress);
        return { result, text: formatLatency(result, timing) };
      },
    },
    {
      peers: HELLO_THREAD_PEERS,
      run: async (peers, rig, timing, progress) => {
        const result = await runHandOff(greeting("/hello"), peers, rig, timing, progress);
        return { result, text: formatHandOff(result, timing) };
      },
    },
    throughput(HELLO_THREAD_PEERS, { ...hello("hello, in a thread"), subjects: [ONE_THREAD] }),
  ],
  tls: [
    throughput(TLS_PEERS, { ...hello("hello over TLS"), subjects: [SUBJECT, ONE_THREAD] }),
    {
      peers: HANDSHAKE_PEERS,
      run: async (peers, rig, timing, progress) => {
        const result = await runHandshakes(greeting("/hello"), peers, rig, timing, progress);
        return { result, text: formatHandshakes(result, timing) };
      },
    },
  ],
};

/**
 * @param {readonly import("./peers.mjs").Peer[]} peers
 * @param {import("./throughput.mjs").Target} target
 * @returns {Measurement}
 */
function throughput(peers, target) {
  return {
    peers,
    run: async (present, rig, timing, progress) => {
      const result = await runThroughput(target, present, rig, timing, progress);
      return { result, text: formatThroughput(result, target, timing) };
    },
  };
}

/**
 * @param {string} name
 * @returns {import("./throughput.mjs").Target}
 */
function hello(name) {
  return {
    name,
    expectation: greeting("/hello"),
    alsoValidated: [greeting("/another/path?with=query")],
  };
}

/**
 * @param {string} path
 * @returns {import("./validation.mjs").Expectation}
 */
function greeting(path) {
  const body = Buffer.from(`Hello from ${path}\n`);
  return { path, body, contentType: /^text\/plain; charset=utf-8$/, otherFields: [] };
}

/** @returns {import("./validation.mjs").Expectation} */
function heavy() {
  return { ...greeting("/heavy"), body: Buffer.from(`${compute()}\n`) };
}

/**
 * @param {{ path: string, content: Buffer }} file
 * @returns {import("./validation.mjs").Expectation}
 */
function file({ path, content }) {
  return { path, body: content, contentType: /^text\/plain(;|$)/, otherFields: ["Last-Modified"] };
}
