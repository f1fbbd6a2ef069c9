// @ts-check
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { BenchFailure } from "./failure.mjs";

/** Folders where Debian has nginx, and which are often not in a user's PATH. */
const ALSO_SEARCHED = ["/usr/sbin", "/usr/local/sbin"];

/**
 * Returns the path of a program; `undefined` if it is not installed.
 *
 * @param {string} name
 * @returns {string | undefined}
 */
export function findProgram(name) {
  const directories = [...(process.env.PATH ?? "").split(delimiter), ...ALSO_SEARCHED];
  return directories.map((directory) => join(directory, name)).find(isExecutable);
}

/**
 * Returns the path of a program that the run needs.
 *
 * @param {string} name
 * @param {string} purpose - its purpose, as the end of a sentence
 * @returns {string}
 * @throws {BenchFailure} that names the package to install
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
