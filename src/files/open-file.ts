/**
 * Opening what is to be served, with every expected outcome as a value.
 *
 * @module
 */

import * as fs from "node:fs";

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
const DIRECTORY: OpenedFile = { kind: "directory" };

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
 * more. The kind of file is asked of the descriptor and not of the name, so nothing can be put in its place in between.
 *
 * @param path - the file; bytes that are not UTF-8 are escaped as by `fsDecode`
 * @returns never throws for what the file system says. FIFOs, sockets and devices are `forbidden`
 */
export function openFile(path: string): OpenedFile {
  let fd: number;
  try {
    fd = fs.openSync(fsEncode(path), FLAGS);
  } catch (error) {
    return unopened(path, error as NodeJS.ErrnoException);
  }
  return opened(fd);
}

function opened(fd: number): OpenedFile {
  let outcome: OpenedFile;
  try {
    const stats = fs.fstatSync(fd);
    if (stats.isFile()) return { kind: "file", file: new FileSource(fd, stats.size, stats.mtimeMs / 1000) };
    outcome = stats.isDirectory() ? DIRECTORY : FORBIDDEN;
  } catch (error) {
    outcome = failureOf(error as NodeJS.ErrnoException);
  }
  closeQuietly(fd);
  return outcome;
}

/** Closes a descriptor that was only read from: an error loses nothing, and the descriptor is gone in any case. */
function closeQuietly(fd: number): void {
  try {
    fs.closeSync(fd);
  } catch {
    // Network file systems may report here what went wrong long before.
  }
}

function unopened(path: string, error: NodeJS.ErrnoException): OpenedFile {
  const failure = failureOf(error);
  // A directory that may be entered but not read: its index page may be served all the same. And Windows does not open
  // directories as files.
  const mayBeDirectory = failure === FORBIDDEN || error.code === "EISDIR";
  return mayBeDirectory && kindOf(path)?.isDirectory() ? DIRECTORY : failure;
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

/** Files up to this size are read in one go, on the calling thread: cheaper than a round trip to the thread pool. */
const LARGEST_SYNCHRONOUS = 64 * 1024;

/**
 * What the iterator reads at a time. Larger pieces save round trips, but V8 notices late how much memory their garbage
 * holds: a reader of 1 GiB grew by 42 MiB with 64 KiB, and by 68 MiB with 128 KiB (Node 26).
 */
const CHUNK = 64 * 1024;

/**
 * An open regular file, as it was when it was opened: bytes are read in order, up to the `size` of that moment.
 * A file that has grown since gives no more than was announced to the client; one that has shrunk ends early.
 *
 * @example
 * const opened = openFile("/srv/data.bin");
 * if (opened.kind === "file") for await (const chunk of opened.file) await this.wfile.write(chunk);
 */
export class FileSource implements AsyncIterable<Buffer> {
  /** Bytes, when the file was opened. */
  readonly size: number;
  /** Time of the last modification, in seconds since the epoch, with a fraction; Python's `st_mtime`. */
  readonly mtime: number;
  #fd: number;
  #position = 0;
  #state: "open" | "reading" | "closing" | "closed" = "open";

  /**
   * @param fd - a descriptor of a regular file, which belongs to the new object from now on
   * @param size - in bytes
   * @param mtime - in seconds since the epoch
   */
  constructor(fd: number, size: number, mtime: number) {
    this.#fd = fd;
    this.size = size;
    this.mtime = mtime;
  }

  /**
   * Reads the next bytes: at once if the file is small (64 KiB), else in the thread pool.
   *
   * @param length - how many bytes at most, at least 1
   * @param spare - a buffer whose bytes nobody needs any more: they may be overwritten
   * @returns a buffer of its own, or a part of `spare`, which may be shorter than `length` and is empty at the end of the
   *   file
   * @throws RangeError if `length` is not a positive integer
   * @throws Error if the file is closed, or the last read has not ended
   */
  read(length: number, spare?: Buffer): Buffer | Promise<Buffer> {
    if (!Number.isSafeInteger(length) || length < 1) {
      throw new RangeError(`length must be a positive integer, not ${length}`);
    }
    if (this.#state !== "open") throw new Error(`Cannot read from a file that is ${this.#state}`);

    const wanted = Math.min(length, this.size - this.#position);
    if (wanted === 0) return Buffer.alloc(0);
    const buffer = spare && spare.length >= wanted ? spare.subarray(0, wanted) : Buffer.allocUnsafe(wanted);
    return this.size <= LARGEST_SYNCHRONOUS ? this.#readNow(buffer) : this.#readInPool(buffer);
  }

  #readNow(buffer: Buffer): Buffer {
    return this.#took(buffer, fs.readSync(this.#fd, buffer, 0, buffer.length, this.#position));
  }

  #readInPool(buffer: Buffer): Promise<Buffer> {
    this.#state = "reading";
    return new Promise((resolve, reject) => {
      fs.read(this.#fd, buffer, 0, buffer.length, this.#position, (error, count) => {
        this.#readEnded();
        if (error) reject(error);
        else resolve(this.#took(buffer, count));
      });
    });
  }

  #readEnded(): void {
    if (this.#state === "closing") this.#release();
    else this.#state = "open";
  }

  #took(buffer: Buffer, count: number): Buffer {
    this.#position += count;
    return count === buffer.length ? buffer : buffer.subarray(0, count);
  }

  /**
   * Closes the file. May be called again, and at any time: a read that is under way ends first, since its descriptor
   * could by then be another file's.
   */
  close(): void {
    if (this.#state === "open") this.#release();
    else if (this.#state === "reading") this.#state = "closing";
  }

  #release(): void {
    this.#state = "closed";
    closeQuietly(this.#fd);
  }

  /**
   * What has not been read yet, in pieces of up to 64 KiB. Closes the file when it ends, when reading fails, and when
   * the iteration is left early.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Buffer, undefined> {
    return new FileChunks(this);
  }
}

/** Not a generator: `return()` of one that has not been started does not run its `finally`, and leaves the file open. */
class FileChunks implements AsyncIterableIterator<Buffer, undefined> {
  readonly #file: FileSource;
  #ended = false;

  constructor(file: FileSource) {
    this.#file = file;
  }

  async next(): Promise<IteratorResult<Buffer, undefined>> {
    if (this.#ended) return { done: true, value: undefined };
    try {
      const chunk = await this.#file.read(CHUNK);
      if (chunk.length > 0) return { done: false, value: chunk };
    } catch (error) {
      this.#end();
      throw error;
    }
    return this.return();
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#end();
    return { done: true, value: undefined };
  }

  #end(): void {
    this.#ended = true;
    this.#file.close();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
