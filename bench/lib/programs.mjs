// @ts-check
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { BenchFailure } from "./failure.mjs";

/** Where Debian keeps nginx, and a person's PATH often does not look. */
const ALSO_SEARCHED = ["/usr/sbin", "/usr/local/sbin"];

/**
 * Where a program is, or `undefined` where it is not installed.
 *
 * @param {string} name
 * @returns {string | undefined}
 */
export function findProgram(name) {
  const directories = [...(process.env.PATH ?? "").split(delimiter), ...ALSO_SEARCHED];
  return directories.map((directory) => join(directory, name)).find(isExecutable);
}

/**
 * Where a program is that the run can't do without.
 *
 * @param {string} name
 * @param {string} purpose - what it is needed for, as the end of a sentence
 * @returns {string}
 * @throws {BenchFailure} that says what to install
 */
export function needProgram(name, purpose) {
  const path = findProgram(name);
  if (path === undefined)
    throw new BenchFailure(`Install ${name} (e.g. "apt-get install ${name}"): ${purpose}.`);
  return path;
}

/**
 * @param {string} path
 * @returns {boolean}
 */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
