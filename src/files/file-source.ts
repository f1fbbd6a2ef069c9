/**
 * An open file, read in order.
 *
 * @module
 */

import * as fs from "node:fs";

import type { OpenContent } from "./content.js";
import { factsOf, type StatFacts } from "./file-facts.js";
import { Lane } from "./lane.js";

/** Bytes that are read at a time, however many are asked for. */
const PIECE = 128 * 1024;

/** Buffers of {@link PIECE} that wait for the next read, of all downloads together: to make one costs as much as to read. */
const MOST_SPARES = 64;
const spares: Buffer[] = [];

/** The first buffer for a file whose size says nothing, in bytes: what files of /proc give at a time. */
const FIRST_PIECE = 4096;

const NOTHING = Buffer.alloc(0);

/**
 * An open regular file, as it was when it was opened: bytes are read in order, up to the `size` of that moment.
 * A file that has grown since gives no more than was announced to the client; one that has shrunk ends early. Another
 * file that has taken its name meanwhile does not matter.
 * Bytes are read in the thread pool.
 */
export class FileSource implements OpenContent {
  #facts: StatFacts;
  readonly #fd: number;
  readonly #lane: Lane;
  #position = 0;
  #end: number;
  #state: "open" | "reading" | "closing" | "closed" = "open";

  /**
   * @param fd - a descriptor of a regular file, which belongs to the new object from now on
   * @param facts - what is known of the file
   * @param lane - of its device
   */
  constructor(fd: number, facts: StatFacts, lane: Lane = new Lane()) {
    this.#facts = facts;
    this.#fd = fd;
    this.#lane = lane;
    this.#end = facts.size;
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
    const isWithin = isCount(first) && isCount(length) && first + length <= this.#facts.size;
    if (!isWithin) {
      throw new RangeError(
        `A file of ${this.#facts.size} bytes has no ${length} bytes from position ${first} on`,
      );
    }
    this.#mustBeOpen();
    this.#position = first;
    this.#end = first + length;
    return this;
  }

  /** The facts of the file when it was opened, or looked at again. */
  get facts(): StatFacts {
    return this.#facts;
  }

  /** Takes a later look at the file for what it is: its whole is up to the size of that moment. Before anything is read. */
  adopt(facts: StatFacts): void {
    this.#facts = facts;
    this.#end = facts.size;
  }

  /** Has all be read that there is, whatever the size says, and as long as it goes on. */
  toEnd(): this {
    this.#position = 0;
    this.#end = Number.POSITIVE_INFINITY;
    return this;
  }

  /**
   * Reads the next bytes.
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
    if (wanted === 0) return NOTHING;
    let buffer: Buffer = NOTHING;
    if (spare?.length === PIECE && spares.length < MOST_SPARES) spares.push(spare);
    else if (spare && spare.length >= wanted) buffer = spare.subarray(0, wanted);
    // Taken when it is the turn of this read: thousands may wait for theirs.
    const take = () => {
      if (buffer === NOTHING) buffer = (wanted === PIECE && spares.pop()) || Buffer.allocUnsafe(wanted);
      return buffer;
    };
    return this.#readAt(take, this.#position, true).then((count) => {
      this.#position += count;
      return count === wanted ? buffer : buffer.subarray(0, count);
    });
  }

  /**
   * Reads all of it from the beginning, for content that is to be kept: up to its end, which need not be where its size says.
   *
   * @param limit - bytes
   * @returns `undefined` where there are more
   * @throws Error as {@link read} does
   */
  async readWhole(limit: number): Promise<Buffer | undefined> {
    this.#mustBeOpen();
    const { size } = this.#facts;
    // Not of the pool, of which a small part would keep all. One more than there should be shows whether there is more.
    let bytes = Buffer.allocUnsafeSlow(size === 0 ? FIRST_PIECE : size + 1);
    for (let length = 0; ; ) {
      const count = await this.#readAt(() => bytes.subarray(length), length);
      length += count;
      if (length > limit) return undefined;
      if (count === 0 || (length === size && size > 0))
        return length === 0 ? NOTHING : bytes.subarray(0, length);
      if (length === bytes.length) bytes = Buffer.concat([bytes], Math.min(limit + 1, 2 * length));
    }
  }

  #mustBeOpen(): void {
    if (this.#state !== "open") throw new Error(`Cannot read from a file that is ${this.#state}`);
  }

  async #readAt(take: () => Buffer, position: number, isPatient = false): Promise<number> {
    this.#state = "reading";
    try {
      return await this.#lane.later<number>((done) => {
        const buffer = take();
        fs.read(this.#fd, buffer, 0, buffer.length, position, done);
      }, isPatient);
    } finally {
      if ((this.#state as string) === "closing") this.#release();
      else this.#state = "open";
    }
  }

  /** The facts that the system gives now. */
  look(): StatFacts | Promise<StatFacts> {
    const stats = this.#lane.isFast
      ? this.#lane.now(() => fs.fstatSync(this.#fd))
      : this.#lane.later<fs.Stats>((done) => fs.fstat(this.#fd, done));
    return stats instanceof Promise ? stats.then(factsOf) : factsOf(stats);
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
