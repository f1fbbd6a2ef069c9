/**
 * Opening a directory whose names are to be shown.
 *
 * @module
 */

import * as fs from "node:fs";
import { sep } from "node:path";

import { type Containment, holdsDescriptor, holdsName, nameOfDescriptor } from "./containment.js";
import { closeQuietly } from "./file-source.js";
import { fsEncode } from "./fs-name.js";
import { failureOf, type OpenFailure } from "./open-file.js";

/** A directory that is where it may be, until it is closed. */
export interface OpenDirectory {
  /**
   * The name to read it by, and what is in it: `${path}/name`. Where the system can (Linux), it leads to the very directory
   * that was checked, whatever has its place by now. Bytes that are not UTF-8 are escaped as by `fsDecode`.
   */
  readonly path: string;
  /** Releases it. May be called again. */
  close(): void;
}

/** What {@link openDirectory} found. A `directory` has to be closed by whoever asked for it. */
export type OpenedDirectory = { readonly kind: "directory"; readonly directory: OpenDirectory } | OpenFailure;

const MISSING: OpenFailure = { kind: "missing" };

// O_NONBLOCK for systems without O_DIRECTORY, where a FIFO would be opened.
const FLAGS = fs.constants.O_RDONLY | (fs.constants.O_DIRECTORY ?? 0) | (fs.constants.O_NONBLOCK ?? 0);

/**
 * Opens a directory to be listed, and checks where it is as `openFile` does.
 *
 * The entries may be links to anywhere: what is shown of one has to be asked for by `holdsName`, with the directory's path
 * and not with the name in {@link OpenDirectory.path}.
 *
 * @param path - the directory; bytes that are not UTF-8 are escaped as by `fsDecode`
 * @param containment - where it may be; without it, anywhere
 * @returns never throws for what the file system says. What is outside of the containment is `missing`
 */
export function openDirectory(path: string, containment?: Containment): OpenedDirectory {
  if (process.platform === "win32") return byName(path, containment);
  // Twice, as in openFile.
  return openOnce(path, containment) ?? openOnce(path, containment) ?? MISSING;
}

/**
 * Finds out whether a directory can be served. A server looks before it begins.
 *
 * @param path - bytes that are not UTF-8 are escaped as by `fsDecode`
 * @returns what the system says of one that is not there, is no directory or may not be entered; else `null`
 */
export function tryDirectory(path: string): NodeJS.ErrnoException | null {
  try {
    // Its own entry is found only by those who may enter it. Those who may not read it are served its files all the same, by their names.
    fs.statSync(fsEncode(`${path}${sep}.`));
    return null;
  } catch (error) {
    // Under Node's permission model, what may not be read is said by each file.
    return (error as NodeJS.ErrnoException).code === "ERR_ACCESS_DENIED"
      ? null
      : (error as NodeJS.ErrnoException);
  }
}

/** `undefined` for what is outside. */
function openOnce(path: string, containment?: Containment): OpenedDirectory | undefined {
  let fd: number;
  try {
    fd = fs.openSync(fsEncode(path), FLAGS);
  } catch (error) {
    const failure = failureOf(error as NodeJS.ErrnoException);
    const isSecret = failure.kind === "forbidden" && containment && !holdsName(containment, path);
    return isSecret ? undefined : failure;
  }
  if (!containment || holdsDescriptor(containment, fd, path, "directory")) {
    return { kind: "directory", directory: new HeldDirectory(nameOfDescriptor(fd) ?? path, fd) };
  }
  closeQuietly(fd);
  return undefined;
}

/** For Windows, where a directory has no descriptor. */
function byName(path: string, containment?: Containment): OpenedDirectory {
  try {
    const isDirectory = fs.statSync(fsEncode(path)).isDirectory();
    if (!isDirectory || (containment && !holdsName(containment, path))) return MISSING;
    return { kind: "directory", directory: { path, close: () => {} } };
  } catch (error) {
    return failureOf(error as NodeJS.ErrnoException);
  }
}

class HeldDirectory implements OpenDirectory {
  readonly path: string;
  #fd: number | undefined;

  constructor(path: string, fd: number) {
    this.path = path;
    this.#fd = fd;
  }

  close(): void {
    if (this.#fd !== undefined) closeQuietly(this.#fd);
    this.#fd = undefined;
  }
}
