// @ts-check
import { readFileSync } from "node:fs";
import { findProgram } from "./programs.mjs";

/**
 * A command line: the program and its arguments.
 *
 * @typedef {readonly [string, ...string[]]} Command
 */

/**
 * Gives the servers one core and the load generator another one. So neither takes time from the other, and a server's
 * helper threads don't get a second core.
 *
 * @typedef {object} Pinning
 * @property {string} description - for the head of the report
 * @property {(command: Command) => Command} server
 * @property {(command: Command) => Command} client
 */

/**
 * For servers that need several cores: no process is bound to a core.
 *
 * @type {Pinning}
 */
export const ANY_CORE = {
  description: "servers and clients on any core",
  server: (command) => command,
  client: (command) => command,
};

/**
 * Pins with `taskset`; does nothing if there is no `taskset`, or no second core.
 *
 * @returns {Pinning}
 */
export function choosePinning() {
  const taskset = findProgram("taskset");
  const [serverCore, clientCore] = allowedCores();
  if (taskset === undefined) return unpinned("taskset is not installed");
  if (serverCore === undefined || clientCore === undefined) return unpinned("this process has only one core");
  return {
    description: `servers on core ${serverCore}, clients on core ${clientCore}`,
    server: (command) => [taskset, "-c", String(serverCore), ...command],
    client: (command) => [taskset, "-c", String(clientCore), ...command],
  };
}

/**
 * @param {string} reason
 * @returns {Pinning}
 */
function unpinned(reason) {
  return {
    ...ANY_CORE,
    description: `NOT pinned (${reason}): servers and clients disturb each other, trust the ratios less`,
  };
}

/**
 * The cores that this process may use. In a container these need not begin with 0.
 *
 * @returns {number[]}
 */
function allowedCores() {
  const line = /^Cpus_allowed_list:\s*(.*)$/m.exec(readProcStatus())?.[1] ?? "";
  return line.split(",").flatMap((range) => {
    const [first = Number.NaN, last = first] = range.split("-").map(Number);
    return Number.isNaN(first) ? [] : Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

/** @returns {string} empty if there is no /proc; then there is no `taskset` either */
function readProcStatus() {
  try {
    return readFileSync("/proc/self/status", "utf8");
  } catch {
    return "";
  }
}
