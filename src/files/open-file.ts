/**
 * Opening what is to be served, with every expected outcome as a value.
 *
 * @module
 */

import * as fs from "node:fs";

import { type Containment, holdsDescriptor, holdsName, type Locate } from "./containment.js";
import { type FileFacts, factsOf } from "./file-facts.js";
import { closeQuietly, FileSource } from "./file-source.js";
import { fsEncode } from "./fs-name.js";

/** Why a file or directory can't be had. Missing is for 404, forbidden for 403, unavailable for a 5xx. */
export type OpenFailure =
  | { readonly kind: "missing" }
  | { readonly kind: "forbidden" }
  /** The server's own trouble, out of descriptors or a failing disk. The error is for the log, not for the client. */
  | { readonly kind: "unavailable"; readonly error: NodeJS.ErrnoException };

/** What {@link openFile} found. A `file` has to be closed by whoever asked for it. */
export type OpenedFile =
  | { readonly kind: "file"; readonly file: FileSource }
  | { readonly kind: "directory" }
  | OpenFailure;

const MISSING: OpenFailure = { kind: "missing" };
const FORBIDDEN: OpenFailure = { kind: "forbidden" };
const DIRECTORY = { kind: "directory" } as const;

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
 * Opens a regular file for reading, without ever waiting for another process.
 *
 * Synchronous on purpose: open and fstat of a local file take a few microseconds, a round trip to the thread pool takes
 * more. The kind of file, and where it is, are asked of the descriptor and not of the name, so nothing can be put in its
 * place in between.
 *
 * @param path - the file; bytes that are not UTF-8 are escaped as by `fsDecode`
 * @param containment - where it may be; without it, anywhere
 * @param locate - how a system tells where an open file is; for tests
 * @returns never throws for what the file system says. FIFOs, sockets and devices are `forbidden`; what is outside of the
 *   containment is `missing`, whether there is something or not
 */
export function openFile(path: string, containment?: Containment, locate?: Locate): OpenedFile {
  // Twice: who was moved just after it was opened is found elsewhere, and another may have its name by now.
  return openOnce(path, containment, locate) ?? openOnce(path, containment, locate) ?? MISSING;
}

/** `undefined` for what is outside. */
function openOnce(path: string, containment?: Containment, locate?: Locate): OpenedFile | undefined {
  let fd: number;
  try {
    fd = fs.openSync(fsEncode(path), FLAGS);
  } catch (error) {
    return unopened(path, error as NodeJS.ErrnoException, containment);
  }
  const outcome = opened(fd, (kind) => !containment || holdsDescriptor(containment, fd, path, kind, locate));
  if (outcome?.kind !== "file") closeQuietly(fd);
  return outcome;
}

function opened(fd: number, isHeld: (kind: "directory" | "file") => boolean): OpenedFile | undefined {
  try {
    const stats = fs.fstatSync(fd);
    const isDirectory = stats.isDirectory();
    if (!isHeld(isDirectory ? "directory" : "file")) return undefined;
    if (isDirectory) return DIRECTORY;
    return stats.isFile() ? { kind: "file", file: new FileSource(fd, factsOf(stats)) } : FORBIDDEN;
  } catch (error) {
    return failureOf(error as NodeJS.ErrnoException);
  }
}

function unopened(
  path: string,
  error: NodeJS.ErrnoException,
  containment: Containment | undefined,
): OpenedFile | undefined {
  const failure = failureOf(error);
  // A directory that may be entered but not read: its index page may be served all the same. And Windows does not open
  // directories as files.
  const mayBeDirectory = failure === FORBIDDEN || error.code === "EISDIR";
  if (!mayBeDirectory) return failure;
  if (containment && !holdsName(containment, path)) return undefined;
  return kindOf(path)?.isDirectory() ? DIRECTORY : failure;
}

/** What {@link statFile} found. */
export type FileState =
  | { readonly kind: "file"; readonly facts: FileFacts }
  | { readonly kind: "directory" }
  | OpenFailure;

/**
 * Looks at a file without opening it: one call of the system, to find out whether what is known of it still holds.
 *
 * It does not check where the file is. For content that {@link openFile} gave, the same facts mean the same file
 * (`isSameState`), which was where it may be; whether its directory still is, `HeldPlace` tells.
 *
 * @param name - of the file, as `fsEncode` makes it
 * @returns never throws for what the file system says
 */
export function statFile(name: string | Buffer): FileState {
  let stats: fs.Stats | undefined;
  try {
    stats = fs.statSync(name, { throwIfNoEntry: false });
  } catch (error) {
    return failureOf(error as NodeJS.ErrnoException);
  }
  if (stats === undefined) return MISSING;
  if (stats.isFile()) return { kind: "file", facts: factsOf(stats) };
  return stats.isDirectory() ? DIRECTORY : FORBIDDEN;
}

/**
 * Whether a name leads to a regular file, also one that may not be read.
 *
 * @param path - bytes that are not UTF-8 are escaped as by `fsDecode`
 */
export function isRegularFile(path: string): boolean {
  return kindOf(path)?.isFile() ?? false;
}

function kindOf(path: string): fs.Stats | undefined {
  try {
    return fs.statSync(fsEncode(path));
  } catch {
    return undefined;
  }
}

/**
 * Sorts an error of the file system into the outcomes that a client may hear of.
 *
 * @param error - as thrown by `node:fs`
 */
export function failureOf(error: NodeJS.ErrnoException): OpenFailure {
  return FAILURES.get(error.code ?? "") ?? { kind: "unavailable", error };
}
