/**
 * An open file, read in order.
 *
 * @module
 */

import * as fs from "node:fs";

import { type FileFacts, factsOf, isSameState } from "./file-facts.js";

/** As much as this is read on the calling thread: cheaper than a round trip to the thread pool. */
const LARGEST_SYNCHRONOUS = 64 * 1024;

/** Bytes that are read at a time, however many are asked for: a thousand slow downloads hold two such buffers each. */
const PIECE = 128 * 1024;

/**
 * What the iterator reads at a time. Larger pieces save round trips, but V8 notices late how much memory their garbage
 * holds: a reader of 1 GiB grew by 42 MiB with 64 KiB, and by 68 MiB with 128 KiB (Node 26).
 */
const CHUNK = 64 * 1024;

/**
 * An open regular file, as it was when it was opened: bytes are read in order, up to the `size` of that moment.
 * A file that has grown since gives no more than was announced to the client; one that has shrunk ends early. Another
 * file that has taken its name meanwhile does not matter.
 *
 * @example
 * const opened = openFile("/srv/data.bin");
 * if (opened.kind === "file") for await (const chunk of opened.file) await this.wfile.write(chunk);
 */
export class FileSource implements AsyncIterable<Buffer> {
  /** What was known of the file when it was opened. */
  readonly facts: FileFacts;
  readonly #fd: number;
  #position = 0;
  #end: number;
  #isSmall: boolean;
  #state: "open" | "reading" | "closing" | "closed" = "open";

  /**
   * @param fd - a descriptor of a regular file, which belongs to the new object from now on
   * @param facts - what is known of the file
   */
  constructor(fd: number, facts: FileFacts) {
    this.facts = facts;
    this.#fd = fd;
    this.#end = facts.size;
    this.#isSmall = facts.size <= LARGEST_SYNCHRONOUS;
  }

  /**
   * Chooses what is read from now on, for a range of bytes; without a call it is the whole file. May be called again, for
   * the next of several ranges, but not while a read is under way.
   *
   * @param first - the position of the first byte, from 0
   * @param length - how many bytes; 0 is none
   * @returns this object
   * @throws RangeError if the window is not inside of the file, as it was when it was opened
   * @throws Error as {@link read} does
   */
  window(first: number, length: number): this {
    const isWithin = isCount(first) && isCount(length) && first + length <= this.facts.size;
    if (!isWithin) {
      throw new RangeError(
        `A file of ${this.facts.size} bytes has no ${length} bytes from position ${first} on`,
      );
    }
    this.#mustBeOpen();
    this.#position = first;
    this.#end = first + length;
    this.#isSmall = length <= LARGEST_SYNCHRONOUS;
    return this;
  }

  /**
   * Reads the next bytes: at once if the file, or the window, is small (64 KiB), else in the thread pool.
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
    this.#mustBeOpen();

    const wanted = Math.min(length, PIECE, this.#end - this.#position);
    if (wanted === 0) return Buffer.alloc(0);
    const buffer = spare && spare.length >= wanted ? spare.subarray(0, wanted) : Buffer.allocUnsafe(wanted);
    return this.#isSmall ? this.#readNow(buffer) : this.#readInPool(buffer);
  }

  /**
   * Reads all of it, on the calling thread. For files that are small, and are to be kept.
   *
   * @returns `undefined` where that is not the content that {@link facts} are about: the file is being changed. What was read
   *   counts for nothing then
   * @throws Error as {@link read} does
   */
  readAll(): Buffer | undefined {
    this.#mustBeOpen();
    const bytes = Buffer.allocUnsafeSlow(this.facts.size); // not of the pool, of which a small part would keep all
    const isWhole = readFully(this.#fd, bytes);
    return isWhole && isSameState(factsOf(fs.fstatSync(this.#fd)), this.facts) ? bytes : undefined;
  }

  #mustBeOpen(): void {
    if (this.#state !== "open") throw new Error(`Cannot read from a file that is ${this.#state}`);
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

/** Fills a buffer from the beginning of a file. Says whether there was enough. */
function readFully(fd: number, bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; ) {
    const count = fs.readSync(fd, bytes, at, bytes.length - at, at);
    if (count === 0) return false;
    at += count;
  }
  return true;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** Closes a descriptor that was only read from: an error loses nothing, and the descriptor is gone in any case. */
export function closeQuietly(fd: number): void {
  try {
    fs.closeSync(fd);
  } catch {
    // Network file systems may report here what went wrong long before.
  }
}
