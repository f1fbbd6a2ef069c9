// @ts-check
import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { BenchFailure } from "./failure.mjs";
import { LONG_AGO, SMALL_FILE } from "./fixtures.mjs";
import { needProgram } from "./programs.mjs";
import { takeTurns } from "./rounds.mjs";
import { urlOf, withServers } from "./server-process.mjs";
import { summarize } from "./statistics.mjs";
import { formatNumber, summaryCells } from "./table.mjs";
import { measure } from "./wrk.mjs";

const run = promisify(execFile);

const CONNECTIONS = 64;

/** Requests that wait for the disk at a time. libuv has four threads for files: half of them are left. */
const WAITING = 2;

/** Folder of the slow file, in the served directory. */
const MOUNT = "slow";
const SLOW_FILE = { path: `/${MOUNT}/slow.txt`, content: "at last\n" };

/** Seconds that a response may take. */
const PATIENCE = 60;

/**
 * @typedef {object} SlowDiskRow
 * @property {string} peer
 * @property {readonly number[]} alone - requests per second without slow ones, one for each round
 * @property {readonly number[]} beside - the same, while slow ones wait
 * @property {readonly number[]} shares - the second divided by the first
 * @property {import("./statistics.mjs").Summary} share
 */

/** @typedef {{ name: string, rows: readonly SlowDiskRow[] }} SlowDiskResult */

/**
 * Measures how fast a server sends a small file while other requests wait for files whose `open` takes three seconds.
 *
 * @param {readonly import("./peers.mjs").Peer[]} peers
 * @param {import("./server-process.mjs").Rig & { wrk: string }} rig
 * @param {import("./rounds.mjs").Timing} timing
 * @param {(message: string) => void} progress
 * @returns {Promise<SlowDiskResult>}
 */
export async function runSlowDisk(peers, rig, timing, progress) {
  const disk = await mountSlowDisk();
  try {
    return await withServers(peers, { ...rig, directory: disk.root }, async (servers) => {
      const load = (
        /** @type {import("./server-process.mjs").RunningServer} */ server,
        /** @type {number} */ seconds,
      ) =>
        measure(rig.wrk, rig.pinning, server, {
          path: SMALL_FILE.path,
          seconds,
          connections: CONNECTIONS,
          patience: PATIENCE,
          mayStall: true,
        });
      for (const server of servers) await load(server, timing.warmUpSeconds);
      const samples = await takeTurns(servers, timing.rounds, async (server, round) => {
        const { rate: alone } = await load(server, timing.seconds);
        const { rate: beside } = await besideSlowOnes(server, () => load(server, timing.seconds));
        progress(
          `slow disk, round ${round} of ${timing.rounds}: ${server.peer.name} ${formatNumber(alone)}, ${formatNumber(beside)}`,
        );
        return { alone, beside };
      });
      return { name: "slow disk", rows: [...samples].map(([peer, own]) => rowOf(peer, own)) };
    });
  } finally {
    await disk.end();
  }
}

/**
 * @param {string} peer
 * @param {readonly { alone: number, beside: number }[]} samples
 * @returns {SlowDiskRow}
 */
function rowOf(peer, samples) {
  const shares = samples.map(({ alone, beside }) => beside / alone);
  return {
    peer,
    alone: samples.map(({ alone }) => alone),
    beside: samples.map(({ beside }) => beside),
    shares,
    share: summarize(shares),
  };
}

/**
 * Runs work while a server always has some requests that wait for the disk.
 *
 * @template T
 * @param {import("./server-process.mjs").RunningServer} server
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 * @throws {BenchFailure} if one of them gets a wrong response
 */
async function besideSlowOnes(server, work) {
  let goesOn = true;
  const askAgain = async () => {
    while (goesOn) {
      const response = await fetch(urlOf(server, SLOW_FILE.path), {
        signal: AbortSignal.timeout(PATIENCE * 1000),
      });
      const text = await response.text();
      if (response.status !== 200 || text !== SLOW_FILE.content)
        throw new BenchFailure(`${server.peer.name}: GET ${SLOW_FILE.path}: ${response.status} ${text}`);
    }
  };
  const slow = Promise.all(Array.from({ length: WAITING }, askAgain));
  // Waits until the requests have reached their files.
  await sleep(200);
  try {
    return await work();
  } finally {
    goesOn = false;
    await slow;
  }
}

/**
 * Creates a directory with the small file, and a slow file system in it.
 *
 * @returns {Promise<{ root: string, end: () => Promise<void> }>}
 */
async function mountSlowDisk() {
  const home = mkdtempSync(join(realpathSync(tmpdir()), "pyserve-bench-slow-"));
  const [root, program] = [join(home, "root"), join(home, "slow-disk")];
  const mount = join(root, MOUNT);
  mkdirSync(mount, { recursive: true });
  writeFileSync(join(root, SMALL_FILE.path), SMALL_FILE.content);
  utimesSync(join(root, SMALL_FILE.path), LONG_AGO, LONG_AGO);
  await compile(program);

  const disk = spawn(program, ["-f", mount], { stdio: "ignore" });
  const exited = once(disk, "exit");
  const unmount = () => {
    spawnSync(needProgram("fusermount3", "it unmounts the slow disk"), ["-uz", mount], { stdio: "ignore" });
    rmSync(home, { recursive: true, force: true });
  };
  process.once("exit", unmount);
  while (!existsSync(join(root, SLOW_FILE.path))) {
    if (disk.exitCode !== null) throw new BenchFailure(`The slow disk ended by itself (${disk.exitCode}).`);
    await sleep(20);
  }
  const end = async () => {
    process.off("exit", unmount);
    disk.kill();
    await exited;
    unmount();
  };
  return { root, end };
}

/** @param {string} program - the file to create */
async function compile(program) {
  const source = fileURLToPath(new URL("../servers/slow-disk.c", import.meta.url));
  const options = ["-O1", "-D_FILE_OFFSET_BITS=64", "-I/usr/include/fuse3", source, "-lfuse3", "-o", program];
  await run(needProgram("gcc", "it compiles the slow disk"), options);
}

/**
 * @param {SlowDiskResult} result
 * @param {import("./rounds.mjs").Timing} timing
 * @returns {import("./table.mjs").Table}
 */
export function tableOfSlowDisk({ name, rows }, { rounds, seconds }) {
  const head = ["server", "requests/s alone", "beside slow ones", "share", "range"];
  const cells = rows.map(({ peer, alone, beside, share }) => [
    peer,
    formatNumber(summarize(alone).median),
    formatNumber(summarize(beside).median),
    ...summaryCells(share, 2),
  ]);
  const title = `${name}: a file of 1 KiB, alone and while ${WAITING} requests wait 3 s for an \`open\`, ${CONNECTIONS} connections, medians of ${rounds} rounds of ${seconds} s`;
  return { title, head, rows: cells, warnings: [] };
}
