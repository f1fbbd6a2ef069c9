/**
 * Opening what is to be served, with every expected outcome as a value.
 *
 * @module
 */

import * as fs from "node:fs";
import { sep } from "node:path";

import {
  type Containment,
  holdsDescriptor,
  holdsName,
  type Locate,
  nameOfDescriptor,
} from "./containment.js";
import { factsOf, type StatFacts } from "./file-facts.js";
import { closeQuietly, FileSource } from "./file-source.js";
import { fsEncode } from "./fs-name.js";
import { Lane, laneOf } from "./lane.js";

/** Why a file or directory can't be had. Missing is for 404, forbidden for 403, unavailable for a 5xx. */
export type OpenFailure =
  | {
      /** There is nothing: 404. */
      readonly kind: "missing";
    }
  | {
      /** It may not be served: 403. */
      readonly kind: "forbidden";
      /** True if it is a regular file all the same, which may not be read. */
      readonly isFile?: boolean;
    }
  | {
      /** The server's own trouble, out of descriptors or a failing disk: 503. */
      readonly kind: "unavailable";
      /** For the log, not for the client. */
      readonly error: NodeJS.ErrnoException;
    };

/** What {@link openFile} found. A `file` has to be closed by whoever asked for it. */
export type OpenedFile =
  | { readonly kind: "file"; readonly file: FileSource; readonly lane: Lane }
  | { readonly kind: "directory" }
  | OpenFailure;

const MISSING: OpenFailure = { kind: "missing" };
const FORBIDDEN: OpenFailure = { kind: "forbidden" };
const FORBIDDEN_FILE: OpenFailure = { kind: "forbidden", isFile: true };
const DIRECTORY = { kind: "directory" } as const;

/** A directory that is where it may be, until it is closed. */
export interface OpenDirectory {
  /**
   * The name to read it by, and what is in it: `${path}/name`. Where the system can (Linux), it leads to the very directory
   * that was checked, whatever has its place by now. Bytes that are not UTF-8 are escaped as by `fsDecode`.
   */
  readonly path: string;
  /** Of its device. */
  readonly lane: Lane;
  /** Releases it. May be called again. */
  close(): void;
}

// O_NONBLOCK: opening a FIFO would wait for a writer, for ever. O_NOCTTY: opening a terminal must not make it ours.
// Windows has neither.
const FLAGS = fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0) | (fs.constants.O_NOCTTY ?? 0);

const FAILURES: ReadonlyMap<string, OpenFailure> = new Map<string, OpenFailure>([
  ["ENOENT", MISSING],
  ["ENOTDIR", MISSING],
  ["ELOOP", MISSING],
  ["ENAMETOOLONG", MISSING],
  ["EINVAL", MISSING], // a name that this file system can't have
  ["EILSEQ", MISSING], // the same
  ["ERR_INVALID_ARG_VALUE", MISSING], // a name with NUL, which Node does not even try
  ["EACCES", FORBIDDEN],
  ["EPERM", FORBIDDEN],
  ["ENXIO", FORBIDDEN], // a socket, or a device without a driver
  ["ENODEV", FORBIDDEN], // the same
  ["EOPNOTSUPP", FORBIDDEN], // a socket, on BSD and macOS
]);

/**
 * Opens a regular file for reading, without ever waiting for another process, and without holding up the calling thread: all that may
 * have to wait for a disk is done in the thread pool.
 *
 * The kind of file, and where it is, are asked of the descriptor and not of the name, so nothing can be put in its place in
 * between.
 *
 * @param path - the file; bytes that are not UTF-8 are escaped as by `fsDecode`
 * @param containment - where it may be; without it, anywhere
 * @param lane - of the device that it is supposed to be on
 * @param locate - how a system tells where an open file is; for tests
 * @returns never rejects for what the file system says. FIFOs, sockets and devices are `forbidden`; what is outside of the
 *   containment is `missing`, whether there is something or not. With a file comes the lane of its device
 */
export async function openFile(
  path: string,
  containment?: Containment,
  lane: Lane = new Lane(),
  locate?: Locate,
): Promise<OpenedFile> {
  const found = await openTwice({ path, flags: FLAGS, containment, lane, locate });
  if (found.kind !== "directory") return found;
  if (found.fd !== undefined) closeQuietly(found.fd);
  return DIRECTORY;
}

/**
 * Opens a directory whose names are to be shown, and checks where it is as {@link openFile} does.
 *
 * The entries may be links to anywhere: what is shown of one has to be asked for by `holdsName`, with the directory's path and not
 * with the name in {@link OpenDirectory.path}.
 *
 * @returns a `directory`, which has to be closed by the caller. What is outside of the containment is `missing`
 */
export async function openDirectory(
  path: string,
  containment: Containment | undefined,
  lane: Lane,
): Promise<{ readonly kind: "directory"; readonly directory: OpenDirectory } | OpenFailure> {
  const found = await openTwice({ path, flags: FLAGS | (fs.constants.O_DIRECTORY ?? 0), containment, lane });
  if (found.kind === "file") found.file.close(); // on a system without O_DIRECTORY
  if (found.kind !== "directory") return found.kind === "file" ? MISSING : found;
  let { fd } = found;
  // Without a containment there is nothing to hold on to, and names by way of a descriptor take longer to look up.
  const own = fd === undefined || containment === undefined ? undefined : nameOfDescriptor(fd);
  const close = () => {
    if (fd !== undefined) closeQuietly(fd);
    fd = undefined;
  };
  return { kind: "directory", directory: { path: own ?? path, lane: found.lane ?? lane, close } };
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

interface Opening {
  readonly path: string;
  readonly flags: number;
  readonly containment: Containment | undefined;
  readonly lane: Lane;
  readonly locate?: Locate | undefined;
}

type Opened =
  | Extract<OpenedFile, { kind: "file" }>
  /** Without a descriptor where it could not be opened. */
  | { readonly kind: "directory"; readonly fd?: number; readonly lane?: Lane }
  | OpenFailure;

/** Twice: a file that was moved just after it was opened is found elsewhere, and another may have its name by now. */
async function openTwice(opening: Opening): Promise<Opened> {
  return (await openOnce(opening)) ?? (await openOnce(opening)) ?? MISSING;
}

/** `undefined` for what is outside. */
async function openOnce(opening: Opening): Promise<Opened | undefined> {
  const { path, flags, lane } = opening;
  let fd: number;
  try {
    fd = await lane.later<number>((done) => fs.open(fsEncode(path), flags, done));
  } catch (error) {
    return unopened(error as NodeJS.ErrnoException, opening);
  }
  const outcome = await opened(fd, opening);
  if (outcome?.kind !== "file" && outcome?.kind !== "directory") closeQuietly(fd);
  return outcome;
}

async function opened(fd: number, { path, containment, lane, locate }: Opening): Promise<Opened | undefined> {
  try {
    const stats = lane.isFast
      ? lane.now(() => fs.fstatSync(fd))
      : await lane.later<fs.Stats>((done) => fs.fstat(fd, done));
    const kind = stats.isDirectory() ? "directory" : "file";
    const isHeld = !containment || (await holdsDescriptor(containment, fd, path, kind, lane, locate));
    if (!isHeld) return undefined;
    const own = laneOf(stats.dev);
    if (kind === "directory") return { kind, fd, lane: own };
    if (!stats.isFile()) return FORBIDDEN;
    return { kind: "file", file: new FileSource(fd, factsOf(stats), own), lane: own };
  } catch (error) {
    return failureOf(error as NodeJS.ErrnoException);
  }
}

async function unopened(
  error: NodeJS.ErrnoException,
  { path, flags, containment, lane }: Opening,
): Promise<Opened | undefined> {
  const failure = failureOf(error);
  // A directory that may be entered but not read: its index page may be served all the same. And Windows does not open
  // directories as files.
  const mayBeDirectory = failure === FORBIDDEN || error.code === "EISDIR";
  if (!mayBeDirectory) return failure;
  if (containment && !(await holdsName(containment, path, lane))) return undefined;
  const state = await stateOf(path, lane);
  // One that may be entered and not read has no names to show.
  if (state.kind === "directory") return flags === FLAGS || failure !== FORBIDDEN ? DIRECTORY : FORBIDDEN;
  return failure === FORBIDDEN && state.kind === "file" ? FORBIDDEN_FILE : failure;
}

/** What {@link stateOf} found. */
export type FileState =
  | { readonly kind: "file"; readonly facts: StatFacts }
  | { readonly kind: "directory" }
  | OpenFailure;

/**
 * Looks at a file without opening it: one call of the system, to find out whether what is known of it still holds.
 *
 * It does not check where the file is. For content that {@link openFile} gave, the same facts mean the same file
 * (`isSameState`), which was where it may be; whether its directory still is, `HeldPlace` tells.
 *
 * @param path - bytes that are not UTF-8 are escaped as by `fsDecode`
 * @param lane - of the device that it is on: a fast one is asked on the calling thread, which takes a microsecond or two
 * @returns never throws for what the file system says; a promise where the device may be slow
 */
export function stateOf(path: string, lane: Lane): FileState | Promise<FileState> {
  return statName(fsEncode(path), lane);
}

/** {@link stateOf}, by a name as `fsEncode` makes it. */
export function statName(name: string | Buffer, lane: Lane): FileState | Promise<FileState> {
  if (!lane.isFast)
    return lane.later<fs.Stats>((done) => fs.stat(name, done)).then(stateFrom, (error) => failureOf(error));
  let stats: fs.Stats | undefined;
  try {
    stats = lane.now(() => fs.statSync(name, NOTHING_FOR_MISSING));
  } catch (error) {
    return failureOf(error as NodeJS.ErrnoException);
  }
  return stats === undefined ? MISSING : stateFrom(stats);
}

// An error costs a multiple of the call itself, and most files have no coded ones beside them.
const NOTHING_FOR_MISSING = { throwIfNoEntry: false } as const;

function stateFrom(stats: fs.Stats): FileState {
  if (stats.isFile()) return { kind: "file", facts: factsOf(stats) };
  return stats.isDirectory() ? DIRECTORY : FORBIDDEN;
}

/**
 * Sorts an error of the file system into the outcomes that a client may hear of.
 *
 * @param error - as thrown by `node:fs`
 */
export function failureOf(error: NodeJS.ErrnoException): OpenFailure {
  return FAILURES.get(error.code ?? "") ?? { kind: "unavailable", error };
}
