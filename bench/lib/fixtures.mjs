// @ts-check
import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const KIB = 1024;
export const MIB = 1024 * KIB;

export const SMALL_FILE = { path: "/1-kib.txt", content: lines(KIB) };
export const TEN_KIB_FILE = { path: "/10-kib.txt", content: lines(10 * KIB) };
export const MEDIUM_FILE = { path: "/100-kib.txt", content: lines(100 * KIB) };
/** Sparse: it takes no room on the disk, and reads as zeros. */
export const LARGE_FILE = { path: "/1-gib.bin", size: 1024 * MIB };

/** Time of the files' last modification, in seconds since the epoch. */
export const LONG_AGO = 1_700_000_000;

/**
 * Writes the served files into a new temporary directory, which is removed when this process ends.
 *
 * @returns {string} the directory
 */
export function makeFixtures() {
  // The real path: a server may refuse files behind a symbolic link, and macOS' /tmp is one.
  const directory = mkdtempSync(join(realpathSync(tmpdir()), "pyserve-bench-"));
  process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
  for (const file of [SMALL_FILE, TEN_KIB_FILE, MEDIUM_FILE]) {
    writeFileSync(join(directory, file.path), file.content);
    // A file that was just written has no date for a conditional request.
    utimesSync(join(directory, file.path), LONG_AGO, LONG_AGO);
  }
  writeFileSync(join(directory, LARGE_FILE.path), "");
  truncateSync(join(directory, LARGE_FILE.path), LARGE_FILE.size);
  return directory;
}

/** Number of files that {@link makeMany} creates, of 1 to 64 KiB. `many-files.lua` requests the same number. */
export const MANY_COUNT = 5000;

/** One of these files. */
export const ONE_OF_MANY = { path: "/many/0.txt", content: lines(KIB) };

/**
 * Creates many files. They are separate, because only one benchmark needs them.
 *
 * @param {string} directory - the one that is served
 */
export function makeMany(directory) {
  mkdirSync(join(directory, "many"), { recursive: true });
  for (let at = 0; at < MANY_COUNT; at++)
    writeFileSync(join(directory, `many/${at}.txt`), lines(((at % 64) + 1) * KIB));
}

/** A directory with {@link LISTED_COUNT} entries: files of some KiB, and a directory after each 99 of them. */
export const LISTED_DIRECTORY = "/listed/";
export const LISTED_COUNT = 10_000;

/**
 * Fills {@link LISTED_DIRECTORY}. It is separate from the other files, because only one benchmark needs it.
 *
 * @param {string} directory - the one that is served
 * @returns {string[]} the names in it
 */
export function makeListed(directory) {
  mkdirSync(join(directory, LISTED_DIRECTORY));
  return Array.from({ length: LISTED_COUNT }, (_, at) => {
    const isDirectory = at % 100 === 99;
    const name = isDirectory ? `directory-${at}` : `file-${at}.txt`;
    const path = join(directory, LISTED_DIRECTORY, name);
    if (isDirectory) mkdirSync(path);
    else writeFileSync(path, "x".repeat(at % 5000));
    return name;
  });
}

/**
 * Returns ASCII text in which all lines are different, so that a wrongly assembled body is noticed.
 *
 * @param {number} size - in bytes
 * @returns {Buffer}
 */
function lines(size) {
  const text = Array.from(
    { length: Math.ceil(size / 8) },
    (_, index) => `${String(index).padStart(7, "0")}\n`,
  );
  return Buffer.from(text.join("").slice(0, size), "latin1");
}
