/**
 * Opens files and directories, with every expected outcome as a value.
 *
 * @module
 */

import * as fs from "node:fs";
import { sep } from "node:path";
import { type Awaitable, isPromise } from "../io/awaitable.js";
import {
  type Containment,
  holdsDescriptor,
  holdsName,
  type Locate,
  nameOfDescriptor,
} from "./containment.js";
import { closeQuietly, FileSource, statDescriptor } from "./file-source.js";
import { fsEncode } from "./fs-name.js";
import { Lane, laneOf } from "./lane.js";
import { factsOf, isSameState, type StatFacts } from "./validators.js";

/** Reasons why a file or directory can't be opened: missing for 404, forbidden for 403, unavailable for a 5xx. */
export type OpenFailure =
  | {
      /** No such file: 404. */
      readonly kind: "missing";
    }
  | {
      /** It must not be served: 403. */
      readonly kind: "forbidden";
      /** True for a regular file that can't be read. */
      readonly isFile?: boolean;
    }
  | {
      /** A problem of the server, such as no descriptors or a failing disk: 503. */
      readonly kind: "unavailable";
      /** For the log, not for the client. */
      readonly error: NodeJS.ErrnoException;
    };

/** Result of {@link openFile}. The caller must close a `file`. */
export type OpenedFile =
  | {
      readonly kind: "file";
      readonly file: FileSource;
      readonly lane: Lane;
      /** True if it is known that no link led to it. */
      readonly isDirect: boolean;
    }
  | { readonly kind: "directory" }
  | OpenFailure;

const MISSING: OpenFailure = { kind: "missing" };
const FORBIDDEN: OpenFailure = { kind: "forbidden" };
const FORBIDDEN_FILE: OpenFailure = { kind: "forbidden", isFile: true };
const DIRECTORY = { kind: "directory" } as const;

/** An open directory that has passed the containment check. */
export interface OpenDirectory {
  /**
   * Path for reading the directory; its entries are at `${path}/name`. On Linux, it leads to the directory that was
   * checked, even if another directory has its name now. Bytes that are not UTF-8 are escaped as by `fsDecode`.
   */
  readonly path: string;
  /** Queue of its device. */
  readonly lane: Lane;
  /** Releases it. May be called again. */
  close(): void;
}

// O_NONBLOCK: opening a FIFO would wait for a writer without end. O_NOCTTY: an opened terminal must not become the
// controlling one. Windows has neither.
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
 * Opens a regular file for reading, without waiting for another process, and without blocking the calling thread:
 * operations that may wait for a disk run in the thread pool.
 *
 * The kind and the place of the file are read from the descriptor, not from the name, so the file can't be replaced in
 * between.
 *
 * @param path - the file; bytes that are not UTF-8 are escaped as by `fsDecode`
 * @param containment - where it may be; without it, anywhere
 * @param lane - queue of the device that it is probably on
 * @param locate - function that finds the place of an open file; a parameter for tests
 * @returns a promise that never rejects because of the file system. FIFOs, sockets and devices are `forbidden`; every
 *   path outside the containment is `missing`, even if a file exists. A `file` comes with the queue of its device
 */
export async function openFile(
  path: string,
  containment?: Containment,
  lane: Lane = new Lane(),
  locate?: Locate,
): Promise<OpenedFile> {
  const found = await open({ path, flags: FLAGS, containment, lane, locate });
  if (found.kind !== "directory") return found;
  if (found.fd !== undefined) closeQuietly(found.fd);
  return DIRECTORY;
}

/**
 * Opens a directory for a listing, and checks its place as {@link openFile} does.
 *
 * The entries may be links to other places. Before you show a link, check it with `holdsName`. Use the path of the
 * directory, not {@link OpenDirectory.path}.
 *
 * @returns a `directory`, which the caller must close. Paths outside the containment are `missing`
 */
export async function openDirectory(
  path: string,
  containment: Containment | undefined,
  lane: Lane,
): Promise<{ readonly kind: "directory"; readonly directory: OpenDirectory } | OpenFailure> {
  const found = await open({ path, flags: FLAGS | (fs.constants.O_DIRECTORY ?? 0), containment, lane });
  if (found.kind === "file") found.file.close(); // on a system without O_DIRECTORY
  if (found.kind !== "directory") return found.kind === "file" ? MISSING : found;
  let { fd } = found;
  // Without containment, a descriptor has no use, and names through a descriptor take longer to look up.
  const own = fd === undefined || containment === undefined ? undefined : nameOfDescriptor(fd);
  const close = () => {
    if (fd !== undefined) closeQuietly(fd);
    fd = undefined;
  };
  return { kind: "directory", directory: { path: own ?? path, lane: found.lane ?? lane, close } };
}

/**
 * Checks that a directory can be served. A server does this before it begins.
 *
 * @param path - bytes that are not UTF-8 are escaped as by `fsDecode`
 * @returns the system error if it is missing, is not a directory, or may not be entered; otherwise `null`
 */
export function tryDirectory(path: string): NodeJS.ErrnoException | null {
  try {
    // Looking up its own entry needs the permission to enter it. Without the permission to read it, its files can still
    // be served by name.
    fs.statSync(fsEncode(`${path}${sep}.`));
    return null;
  } catch (error) {
    // Under Node's permission model, each file reports its own error.
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
  /** It has no descriptor if the directory could not be opened. */
  | { readonly kind: "directory"; readonly fd?: number; readonly lane?: Lane }
  | OpenFailure;

/** Tries twice: if a file was moved just after it was opened, another file may have its name now. */
async function open(opening: Opening, isLast = false): Promise<Opened> {
  const { path, flags, containment, lane, locate } = opening;
  let fd: number;
  try {
    fd = await lane.later<number>((done) => fs.open(fsEncode(path), flags, done));
  } catch (error) {
    return (await unopened(error as NodeJS.ErrnoException, opening)) ?? again(opening, isLast);
  }
  let outcome: Opened | undefined;
  try {
    // Awaits only promises: each `await` costs a turn of the microtask queue.
    const looked = statDescriptor(fd, lane);
    const stats = isPromise(looked) ? await looked : looked;
    const kind = stats.isDirectory() ? "directory" : "file";
    const check = containment === undefined || holdsDescriptor(containment, fd, path, kind, lane, locate);
    const held = isPromise(check) ? await check : check;
    const own = laneOf(stats.dev);
    if (held === false) outcome = undefined;
    else if (kind === "directory") outcome = { kind, fd, lane: own };
    else if (!stats.isFile()) outcome = FORBIDDEN;
    else {
      const file = new FileSource(fd, factsOf(stats), own);
      outcome = { kind, file, lane: own, isDirect: held === "direct" };
    }
  } catch (error) {
    outcome = failureOf(error as NodeJS.ErrnoException);
  }
  if (outcome?.kind !== "file" && outcome?.kind !== "directory") closeQuietly(fd);
  return outcome ?? again(opening, isLast);
}

/** Opens a file a second time if it was outside the directory. */
function again(opening: Opening, isLast: boolean): Awaitable<Opened> {
  return isLast ? MISSING : open(opening, true);
}

/** Returns the outcome for a file that can't be opened; `undefined` if it is outside. */
async function unopened(
  error: NodeJS.ErrnoException,
  { path, flags, containment, lane }: Opening,
): Promise<Opened | undefined> {
  const failure = failureOf(error);
  // A directory that may be entered but not read: its index page can still be served. Also, Windows does not open
  // directories as files.
  const mayBeDirectory = failure === FORBIDDEN || error.code === "EISDIR";
  if (!mayBeDirectory) return failure;
  if (containment && !(await holdsName(containment, path, lane))) return undefined;
  const state = await stateOf(path, lane);
  // The names of a directory that may be entered but not read can't be shown.
  if (state.kind === "directory") return flags === FLAGS || failure !== FORBIDDEN ? DIRECTORY : FORBIDDEN;
  return failure === FORBIDDEN && state.kind === "file" ? FORBIDDEN_FILE : failure;
}

/** Result of {@link stateOf}. */
export type FileState = { readonly kind: "file" | "directory"; readonly facts: StatFacts } | OpenFailure;

/**
 * Reads the facts of a file without opening it, with one system call, to check that cached data is still valid.
 *
 * It does not check the place of the file. If the facts of an opened file are unchanged (`isSameState`), it is the same
 * file, which has passed the containment check. `Directory` checks its folder.
 *
 * @param path - bytes that are not UTF-8 are escaped as by `fsDecode`
 * @param lane - queue of its device. For a fast device, the call is made on the calling thread, and takes a
 *   microsecond or two
 * @returns the result; a promise if the device may be slow
 */
export function stateOf(path: string, lane: Lane): FileState | Promise<FileState> {
  return statName(fsEncode(path), lane);
}

/** Same as {@link stateOf}, with a name from `fsEncode`. */
export function statName(name: string | Buffer, lane: Lane): FileState | Promise<FileState> {
  if (!lane.isFast)
    return lane
      .later<fs.Stats>((done) => fs.stat(name, done), "check")
      .then(stateFrom, (error) => failureOf(error));
  let stats: fs.Stats | undefined;
  try {
    stats = lane.now(() => fs.statSync(name, NOTHING_FOR_MISSING));
  } catch (error) {
    return failureOf(error as NodeJS.ErrnoException);
  }
  return stats === undefined ? MISSING : stateFrom(stats);
}

/**
 * Reads a file again, on the calling thread. Like {@link stateOf}, it does not check the place of the file.
 *
 * @param buffer - where to read it; not shorter than the file
 * @returns the bytes, in that buffer. `undefined` if the file has changed, or can't be read
 */
export function readUnchanged(name: string | Buffer, state: StatFacts, buffer: Buffer): Buffer | undefined {
  let fd: number | undefined;
  try {
    fd = fs.openSync(name, FLAGS);
    if (!isSameState(factsOf(fs.fstatSync(fd)), state)) return undefined;
    const isWhole = fs.readSync(fd, buffer, 0, state.size, 0) === state.size;
    return isWhole ? buffer.subarray(0, state.size) : undefined;
  } catch {
    return undefined; // it is then opened in the thread pool, which reports the error
  } finally {
    if (fd !== undefined) closeQuietly(fd);
  }
}

// Creating an error costs much more than the system call, and most files have no precompressed files beside them.
const NOTHING_FOR_MISSING = { throwIfNoEntry: false } as const;

function stateFrom(stats: fs.Stats): FileState {
  const kind = stats.isFile() ? "file" : "directory";
  return kind === "file" || stats.isDirectory() ? { kind, facts: factsOf(stats) } : FORBIDDEN;
}

/**
 * Maps an error from the file system to an outcome for the client.
 *
 * @param error - an error from `node:fs`
 */
export function failureOf(error: NodeJS.ErrnoException): OpenFailure {
  return FAILURES.get(error.code ?? "") ?? { kind: "unavailable", error };
}
