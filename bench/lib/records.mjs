// @ts-check
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { DEFAULT_ROUNDS, DEFAULT_SECONDS } from "./options.mjs";

const DIRECTORY = new URL("../results/", import.meta.url);

/**
 * The last recorded result of a benchmark: a file in `results/`.
 *
 * @typedef {object} Record
 * @property {import("./machine.mjs").Machine} machine
 * @property {{ rounds: number, seconds: number }} timing
 * @property {readonly object[]} results - one for each of its measurements, in their order, with all rounds
 */

/**
 * @param {string} name - of a benchmark
 * @returns {Record | undefined} `undefined` if it was never stored
 */
export function readRecord(name) {
  try {
    return JSON.parse(readFileSync(fileOf(name), "utf8"));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * @param {string} name - of a benchmark
 * @param {Record} record
 */
export function writeRecord(name, record) {
  mkdirSync(DIRECTORY, { recursive: true });
  writeFileSync(fileOf(name), `${JSON.stringify(record, undefined, 1)}\n`);
}

/**
 * Checks that a run is fit for the documentation.
 *
 * @param {import("./options.mjs").Options} options
 * @param {readonly import("./peers.mjs").Peer[]} missing - the peers that are not installed
 * @param {readonly string[]} warnings - of its tables
 * @returns {string | null} the reason why it is not stored; `null` if it is
 */
export function reasonNotToWrite({ only, rounds, seconds, write }, missing, warnings) {
  if (write !== undefined) return write ? null : "as --no-write says";
  if (only !== undefined) return "since --only leaves servers out";
  if (missing.length > 0) return `since ${missing.map(({ name }) => name).join(", ")} did not take part`;
  if (rounds * seconds < DEFAULT_ROUNDS * DEFAULT_SECONDS) {
    return `since ${rounds} rounds of ${seconds} s are less than ${DEFAULT_ROUNDS} of ${DEFAULT_SECONDS} s`;
  }
  if (warnings.length > 0)
    return "because its ratios varied too much; --write takes it anyway, with the warning";
  return null;
}

/** @param {string} name */
function fileOf(name) {
  return fileURLToPath(new URL(`${name}.json`, DIRECTORY));
}
