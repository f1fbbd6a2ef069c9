// @ts-check
import { readFileSync } from "node:fs";
import { BenchFailure } from "./failure.mjs";

/** `USER_HZ`: the kernel reports times to programs in hundredths of a second, on all of Node's architectures. */
const TICKS_PER_SECOND = 100;

/**
 * Returns the CPU time that a process has used so far, all its threads together.
 *
 * @param {number} pid
 * @returns {number} seconds
 * @throws {BenchFailure} if there is no /proc
 */
export function cpuSeconds(pid) {
  return readCpuSeconds(readStat(pid));
}

/**
 * Returns the same for a process and its children, which serve for it.
 *
 * @param {number} pid
 * @returns {number} seconds
 * @throws {BenchFailure} if there is no /proc
 */
export function familyCpuSeconds(pid) {
  return childrenOf(pid).reduce((sum, child) => sum + cpuSeconds(child), cpuSeconds(pid));
}

/**
 * Reads `/proc/PID/stat`: proc_pid_stat(5), `utime` and `stime`.
 *
 * @param {string} stat
 * @returns {number} seconds
 */
export function readCpuSeconds(stat) {
  // The second field is the name in parentheses, and may have spaces and parentheses itself. Then comes the third.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [utime, stime] = [fields[11], fields[12]];
  if (utime === undefined || stime === undefined) throw new RangeError(`stat is incomplete: ${stat}`);
  return (Number(utime) + Number(stime)) / TICKS_PER_SECOND;
}

/**
 * @param {number} pid
 * @returns {number[]} the children that its first thread has started
 */
function childrenOf(pid) {
  return readProc(`/proc/${pid}/task/${pid}/children`).split(" ").filter(Boolean).map(Number);
}

/**
 * @param {number} pid
 * @returns {string}
 */
function readStat(pid) {
  return readProc(`/proc/${pid}/stat`);
}

/**
 * @param {string} path
 * @returns {string}
 */
function readProc(path) {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    throw new BenchFailure(`CPU time needs Linux's /proc: ${error instanceof Error ? error.message : error}`);
  }
}
