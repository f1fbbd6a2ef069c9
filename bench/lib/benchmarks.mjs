// @ts-check
import { fileURLToPath } from "node:url";
import { compute } from "../servers/heavy-work.mjs";
import { runCalls, tableOfCalls } from "./calls.mjs";
import { runCold, tableOfCold } from "./cold.mjs";
import { runDownload, tableOfDownload } from "./download.mjs";
import { runEchoes, tableOfEchoes } from "./echoes.mjs";
import { LONG_AGO, MEDIUM_FILE, makeMany, ONE_OF_MANY, SMALL_FILE, TEN_KIB_FILE } from "./fixtures.mjs";
import { runHandOff, tableOfHandOff } from "./hand-off.mjs";
import { runHandshakes, tableOfHandshakes } from "./handshakes.mjs";
import { runIdle, tableOfIdle } from "./idle.mjs";
import { runLatency, tableOfLatency } from "./latency.mjs";
import { runListing, tableOfListing } from "./listing.mjs";
import { runMemory, tableOfMemory } from "./memory.mjs";
import {
  panelOfCalls,
  panelOfCosts,
  panelOfGrowth,
  panelOfIdle,
  panelOfLatency,
  panelOfRates,
  panelOfShares,
  panelOfStarts,
} from "./panels.mjs";
import {
  CALLS_PEERS,
  CEILING,
  COLD_PEERS,
  CONNECT_PEERS,
  CONNECT_THREAD_PEERS,
  DATAGRAM_PEERS,
  ECHO_PEERS,
  FILE_PEERS,
  filePeers,
  HANDSHAKE_PEERS,
  HEAVY_PEERS,
  HEAVY_THREAD_PEERS,
  HELLO_PEERS,
  HELLO_THREAD_PEERS,
  IDLE_PEERS,
  LIMITS_PEERS,
  LISTING_PEERS,
  ONE_THREAD,
  REVALIDATION_PEERS,
  SLOW_DISK_PEERS,
  START_PEERS,
  SUBJECT,
  TAG_PEERS,
  TLS_PEERS,
  TWO_ACCEPT,
  TWO_PROCESSES,
  TWO_RAW_SOCKETS,
  TWO_THREADS,
} from "./peers.mjs";
import { urlOf } from "./server-process.mjs";
import { runSlowDisk, tableOfSlowDisk } from "./slow-disk.mjs";
import { runStart, tableOfStart } from "./start.mjs";
import { runThroughput, tableOfThroughput } from "./throughput.mjs";

/** @typedef {import("./server-process.mjs").Rig & { wrk: string, curl: string }} FullRig */

/**
 * One measurement. It makes one table.
 *
 * @typedef {object} Measurement
 * @property {readonly import("./peers.mjs").Peer[]} peers
 * @property {Run} run
 * @property {(result: any, timing: import("./rounds.mjs").Timing) => import("./table.mjs").Table} table - of a result
 * @property {(result: any) => import("./chart.mjs").Panel} panel - of a chart
 */

/**
 * @callback Run
 * @param {readonly import("./peers.mjs").Peer[]} peers - the peers that take part
 * @param {FullRig} rig
 * @param {import("./rounds.mjs").Timing} timing
 * @param {(message: string) => void} progress
 * @returns {Promise<object>} the result, as it is stored
 */

/**
 * All benchmarks, by their names on the command line.
 *
 * @type {Readonly<Record<string, readonly Measurement[]>>}
 */
export const BENCHMARKS = {
  hello: [throughput(HELLO_PEERS, hello("hello"))],
  connect: [
    throughput(CONNECT_PEERS, { ...closing("HTTP/1.1"), connections: 8 }),
    throughput(CONNECT_PEERS, {
      ...closing("HTTP/1.0"),
      connections: 8,
      script: fileURLToPath(new URL("http-1.0.lua", import.meta.url)),
    }),
    throughput(CONNECT_THREAD_PEERS, {
      ...closing("HTTP/1.1"),
      name: "connect, in threads",
      subjects: [TWO_ACCEPT, TWO_RAW_SOCKETS],
      connections: 16,
      anyCore: true,
    }),
  ],
  echo: [echoes("lines echoed over TCP", "tcp", ECHO_PEERS)],
  datagrams: [echoes("datagrams echoed", "udp", DATAGRAM_PEERS)],
  idle: [idle("connections after one request", "request"), idle("connections without a request", "silent")],
  limits: [throughput(LIMITS_PEERS, hello("hello, with and without limits"))],
  files: [
    throughput(filePeers(SMALL_FILE.path), {
      name: "1 KiB file",
      subjects: [SUBJECT, CEILING],
      expectation: file(SMALL_FILE),
      alsoValidated: [file(MEDIUM_FILE)],
    }),
    throughput(filePeers(MEDIUM_FILE.path), {
      name: "100 KiB file",
      subjects: [SUBJECT, CEILING],
      expectation: file(MEDIUM_FILE),
      alsoValidated: [file(SMALL_FILE)],
    }),
    throughput(filePeers(TEN_KIB_FILE.path), {
      name: "10 KiB file",
      subjects: [SUBJECT, CEILING],
      expectation: file(TEN_KIB_FILE),
      alsoValidated: [file(SMALL_FILE)],
    }),
  ],
  revalidation: [
    throughput(REVALIDATION_PEERS, {
      name: "revalidation",
      subjects: [SUBJECT, CEILING],
      expectation: file(SMALL_FILE),
      alsoValidated: [file(MEDIUM_FILE)],
      // Not an entity tag, because each server has a different one.
      condition: () => `If-Modified-Since: ${new Date(LONG_AGO * 1000).toUTCString()}`,
    }),
    throughput(TAG_PEERS, {
      name: "revalidation, by tag",
      expectation: file(SMALL_FILE),
      alsoValidated: [file(MEDIUM_FILE)],
      condition: async (server) =>
        `If-None-Match: ${(await fetch(urlOf(server, SMALL_FILE.path))).headers.get("ETag")}`,
    }),
  ],
  many: [
    throughput(FILE_PEERS, {
      name: "5,000 files of 1 to 64 KiB",
      expectation: file(ONE_OF_MANY),
      alsoValidated: [file(SMALL_FILE)],
      script: fileURLToPath(new URL("many-files.lua", import.meta.url)),
      prepare: makeMany,
      memory: true,
      // So that each file was requested once, and none counts as just being written.
      warmUpSeconds: 10,
    }),
  ],
  cold: [
    {
      peers: COLD_PEERS,
      run: runCold,
      table: tableOfCold,
      panel: (result) => panelOfRates(result, "files per second"),
    },
  ],
  "slow-disk": [
    {
      peers: SLOW_DISK_PEERS,
      run: runSlowDisk,
      table: tableOfSlowDisk,
      panel: panelOfShares,
    },
  ],
  download: [
    {
      peers: FILE_PEERS,
      run: (peers, rig, { rounds }, progress) => runDownload(peers, rig, rounds, progress),
      table: (result, { rounds }) => tableOfDownload(result, rounds),
      panel: (result) => panelOfRates(result, "MiB per second"),
    },
  ],
  memory: [
    {
      peers: FILE_PEERS,
      run: (peers, rig, { rounds }, progress) => runMemory(peers, rig, rounds, progress),
      table: tableOfMemory,
      panel: panelOfGrowth,
    },
  ],
  listing: [
    {
      peers: LISTING_PEERS,
      run: runListing,
      table: tableOfListing,
      panel: (result) => panelOfRates(result, "listings per second"),
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
      run: (peers, rig, timing, progress) =>
        runLatency([greeting("/light"), heavy()], peers, rig, timing, progress),
      table: tableOfLatency,
      panel: panelOfLatency,
    },
    {
      peers: HELLO_THREAD_PEERS,
      run: (peers, rig, timing, progress) => runHandOff(greeting("/hello"), peers, rig, timing, progress),
      table: tableOfHandOff,
      panel: panelOfCosts,
    },
    throughput(HELLO_THREAD_PEERS, { ...hello("hello, in a thread"), subjects: [ONE_THREAD] }),
  ],
  tls: [
    throughput(TLS_PEERS, { ...hello("hello over TLS"), subjects: [SUBJECT, ONE_THREAD] }),
    {
      peers: HANDSHAKE_PEERS,
      run: (peers, rig, timing, progress) => runHandshakes(greeting("/hello"), peers, rig, timing, progress),
      table: tableOfHandshakes,
      panel: (result) => panelOfRates(result, "handshakes per second"),
    },
  ],
  start: [{ peers: START_PEERS, run: runStart, table: tableOfStart, panel: panelOfStarts }],
  calls: [
    {
      peers: CALLS_PEERS,
      run: (_, rig) => runCalls(rig),
      table: tableOfCalls,
      panel: panelOfCalls,
    },
  ],
};

/**
 * @param {string} name
 * @param {"request" | "silent"} kind
 * @returns {Measurement}
 */
function idle(name, kind) {
  return {
    peers: IDLE_PEERS,
    run: (peers, rig, { rounds }, progress) => runIdle(name, kind, peers, rig, rounds, progress),
    table: tableOfIdle,
    panel: panelOfIdle,
  };
}

/**
 * @param {string} name
 * @param {"tcp" | "udp"} kind
 * @param {readonly import("./peers.mjs").Peer[]} peers
 * @returns {Measurement}
 */
function echoes(name, kind, peers) {
  return {
    peers,
    run: (present, rig, timing, progress) => runEchoes(name, kind, present, rig, timing, progress),
    table: tableOfEchoes,
    panel: (result) => panelOfRates(result, "per second"),
  };
}

/**
 * @param {readonly import("./peers.mjs").Peer[]} peers
 * @param {import("./throughput.mjs").Target} target
 * @returns {Measurement}
 */
function throughput(peers, target) {
  return {
    peers,
    run: (present, rig, timing, progress) => runThroughput(target, present, rig, timing, progress),
    table: (result, timing) => tableOfThroughput(result, target, timing),
    panel: (result) => panelOfRates(result, "requests per second"),
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
 * @param {"HTTP/1.0" | "HTTP/1.1"} version
 * @returns {import("./throughput.mjs").Target}
 */
function closing(version) {
  return { ...hello(`connect, ${version}`), closing: version };
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
