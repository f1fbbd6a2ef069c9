// @ts-check
import { execFile } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { BenchFailure } from "./failure.mjs";
import { KIB, LARGE_FILE, MIB, SMALL_FILE } from "./fixtures.mjs";
import { urlOf, withServers } from "./server-process.mjs";
import { summarize } from "./statistics.mjs";
import { formatNumber, summaryCells } from "./table.mjs";

const run = promisify(execFile);

/**
 * @typedef {object} MemoryRow
 * @property {string} peer
 * @property {readonly number[]} before - resident memory in MiB before the download, one for each round
 * @property {readonly number[]} growths - in MiB: the peak during the download minus the memory before it
 * @property {import("./statistics.mjs").Summary} growth
 */

/**
 * @typedef {object} MemoryResult
 * @property {string} name
 * @property {readonly MemoryRow[]} rows
 */

/**
 * Measures the growth of a server's memory while it sends a file of 1 GiB. Every round is a new process, because a heap
 * that has grown does not shrink.
 *
 * @param {readonly import("./peers.mjs").Peer[]} peers
 * @param {import("./server-process.mjs").Rig & { curl: string }} rig
 * @param {number} rounds
 * @param {(message: string) => void} progress
 * @returns {Promise<MemoryResult>}
 * @throws {BenchFailure} if there is no /proc
 */
export async function runMemory(peers, rig, rounds, progress) {
  if (!existsSync("/proc/self/clear_refs"))
    throw new BenchFailure("The memory benchmark needs Linux's /proc.");
  const samples = peers.map((peer) => ({ peer, taken: /** @type {Sample[]} */ ([]) }));
  for (let round = 1; round <= rounds; round++) {
    for (const { peer, taken } of samples) {
      const sample = await withServers([peer], rig, async ([server]) => sampleDownload(rig, server));
      taken.push(sample);
      progress(`memory, round ${round} of ${rounds}: ${peer.name} +${formatNumber(sample.growth, 1)} MiB`);
    }
  }
  return {
    name: "memory",
    rows: samples.map(({ peer, taken }) => ({
      peer: peer.name,
      before: taken.map(({ before }) => before),
      growths: taken.map(({ growth }) => growth),
      growth: summarize(taken.map(({ growth }) => growth)),
    })),
  };
}

/**
 * @typedef {{ before: number, growth: number }} Sample - in MiB
 */

/**
 * @param {import("./server-process.mjs").Rig & { curl: string }} rig
 * @param {import("./server-process.mjs").RunningServer | undefined} server
 * @returns {Promise<Sample>}
 */
async function sampleDownload(rig, server) {
  if (server === undefined) throw new TypeError("server is undefined: nothing was started");
  // Code that the first request loads and compiles counts as "before".
  await download(rig, server, SMALL_FILE.path, SMALL_FILE.content.length);
  resetPeak(server.pid);
  const before = readMemory(server.pid, "VmRSS");
  await download(rig, server, LARGE_FILE.path, LARGE_FILE.size);
  server.assertAlive();
  return { before: before / MIB, growth: (readMemory(server.pid, "VmHWM") - before) / MIB };
}

/**
 * @param {import("./server-process.mjs").Rig & { curl: string }} rig
 * @param {import("./server-process.mjs").RunningServer} server
 * @param {string} path
 * @param {number} size - the bytes that have to arrive
 */
async function download({ curl, pinning }, server, path, size) {
  const format = "%{http_code} %{size_download}";
  const options = [
    "--silent",
    "--show-error",
    "--max-time",
    "120",
    "--output",
    "/dev/null",
    "--write-out",
    format,
  ];
  const [file, ...args] = pinning.client([curl, ...options, urlOf(server, path)]);
  const { stdout } = await run(file, args).catch((error) => {
    throw new BenchFailure(`${server.peer.name}: GET ${path}: ${error.message}`);
  });
  if (stdout !== `200 ${size}`) {
    throw new BenchFailure(
      `${server.peer.name}: GET ${path}: status and size are ${stdout}, not 200 ${size}`,
    );
  }
}

/**
 * Resets the kernel's record of the peak, which the start of the program has raised (proc_pid_clear_refs(5), value 5).
 *
 * @param {number} pid
 */
function resetPeak(pid) {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}

/**
 * Reads the resident memory of a process.
 *
 * @param {number} pid
 * @param {"VmRSS" | "VmHWM"} field - the current value, or the peak
 * @returns {number} bytes
 */
export function readMemory(pid, field) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kibibytes = new RegExp(`^${field}:\\s*(\\d+) kB$`, "m").exec(status)?.[1];
  if (kibibytes === undefined) throw new BenchFailure(`/proc/${pid}/status has no ${field}.`);
  return Number(kibibytes) * KIB;
}

/**
 * @param {MemoryResult} result
 * @returns {import("./table.mjs").Table}
 */
export function tableOfMemory({ name, rows }) {
  const head = ["server", "MiB before", "peak growth", "range"];
  const cells = rows.map(({ peer, before, growth }) => [
    peer,
    formatNumber(summarize(before).median, 1),
    ...summaryCells(growth, 1),
  ]);
  const rounds = rows[0]?.growths.length ?? 0;
  const title = `${name}: one download of 1 GiB, medians of ${rounds} new processes, MiB`;
  return { title, head, rows: cells, warnings: [] };
}
