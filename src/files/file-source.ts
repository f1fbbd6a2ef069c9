/**
 * An open file, read in order.
 *
 * @module
 */

import * as fs from "node:fs";
import { type Awaitable, after } from "../io/awaitable.js";
import type { OpenContent } from "./content.js";
import { type CallKind, Lane } from "./lane.js";
import { returnSpare, SPARE_SIZE, takeSpare } from "./spare-buffers.js";
import { factsOf, type StatFacts } from "./validators.js";

/** First buffer for a file with an unknown size, in bytes: files in /proc return this much at a time. */
const FIRST_PIECE = 4096;

const NOTHING = Buffer.alloc(0);

/**
 * An open regular file. Bytes are read in order, in the thread pool, up to the `size` at the time of opening. A file
 * that has grown returns only the announced size; a file that has shrunk ends early. It stays the same file, even if
 * another file gets its name.
 */
export class FileSource implements OpenContent {
  #facts: StatFacts;
  readonly #fd: number;
  readonly #lane: Lane;
  #position = 0;
  #end: number;
  #state: "open" | "reading" | "closing" | "closed" = "open";

  /**
   * @param fd - a descriptor of a regular file; the new object owns it
   * @param facts - facts about the file
   * @param lane - queue of its device
   */
  constructor(fd: number, facts: StatFacts, lane: Lane = new Lane()) {
    this.#facts = facts;
    this.#fd = fd;
    this.#lane = lane;
    this.#end = facts.size;
  }

  /**
   * Chooses the range to read. Default: the whole file. Call it again for each further range, but not during a read.
   *
   * @param first - offset of the first byte, from 0
   * @param length - number of bytes
   * @returns this object
   * @throws RangeError if the range is not inside the file as it was opened
   * @throws Error as {@link read} does
   */
  window(first: number, length: number): this {
    const isWithin = isCount(first) && isCount(length) && first + length <= this.#facts.size;
    if (!isWithin) {
      throw new RangeError(
        `Cannot read ${length} bytes from position ${first}: the file has ${this.#facts.size} bytes`,
      );
    }
    this.#mustBeOpen();
    this.#position = first;
    this.#end = first + length;
    return this;
  }

  /** The facts about the file when it was opened, or from {@link adopt}. */
  get facts(): StatFacts {
    return this.#facts;
  }

  /** Replaces the facts about the file, including its size, with newer ones. Call it before the first read. */
  adopt(facts: StatFacts): void {
    this.#facts = facts;
    this.#end = facts.size;
  }

  /** Reads to the real end of the file, and ignores the size. */
  toEnd(): this {
    this.#position = 0;
    this.#end = Number.POSITIVE_INFINITY;
    return this;
  }

  /**
   * Reads the next bytes.
   *
   * @param length - maximum number of bytes, at least 1
   * @param spare - a buffer that may be overwritten
   * @returns a new buffer or a part of `spare`. It may be shorter than `length`, and is empty at the end of the file
   * @throws RangeError if `length` is not a positive integer
   * @throws Error if the file is closed, or the previous read has not ended
   */
  read(length: number, spare?: Buffer): Buffer | Promise<Buffer> {
    if (!Number.isSafeInteger(length) || length < 1) {
      throw new RangeError(`length must be a positive integer, not ${length}`);
    }
    this.#mustBeOpen();

    const wanted = Math.min(length, SPARE_SIZE, this.#end - this.#position);
    if (wanted === 0) return NOTHING;
    let buffer: Buffer = NOTHING;
    if (spare?.length === SPARE_SIZE) returnSpare(spare);
    else if (spare && spare.length >= wanted) buffer = spare.subarray(0, wanted);
    // The buffer is taken only when this read begins, because thousands of reads may wait.
    const take = () => {
      if (buffer === NOTHING) buffer = wanted === SPARE_SIZE ? takeSpare() : Buffer.allocUnsafe(wanted);
      return buffer;
    };
    return this.#readAt(take, this.#position, "download").then((count) => {
      this.#position += count;
      return count === wanted ? buffer : buffer.subarray(0, count);
    });
  }

  /**
   * Reads the whole file, up to its real end, which may differ from its size.
   *
   * @param limit - maximum number of bytes
   * @param spare - a buffer to read into, if the file fits
   * @returns the bytes; `undefined` if there are more than `limit`
   * @throws Error as {@link read} does
   */
  async readWhole(limit: number, spare: Buffer = NOTHING): Promise<Buffer | undefined> {
    this.#mustBeOpen();
    const { size } = this.#facts;
    const needed = size === 0 ? FIRST_PIECE : size + 1; // one extra byte shows if there is more
    // Not from Node's buffer pool: a small part would keep the whole pool alive.
    let bytes = needed <= spare.length ? spare.subarray(0, needed) : Buffer.allocUnsafeSlow(needed);
    for (let length = 0; ; ) {
      const room = bytes.length - length;
      const count = await this.#lane.later<number>((done) =>
        fs.read(this.#fd, bytes, length, room, length, done),
      );
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

  async #readAt(take: () => Buffer, position: number, kind?: CallKind): Promise<number> {
    this.#state = "reading";
    try {
      return await this.#lane.later<number>((done) => {
        const buffer = take();
        fs.read(this.#fd, buffer, 0, buffer.length, position, done);
      }, kind);
    } finally {
      if ((this.#state as string) === "closing") this.#release();
      else this.#state = "open";
    }
  }

  /** Returns the current facts of the system. */
  look(): Awaitable<StatFacts> {
    return after(statDescriptor(this.#fd, this.#lane), factsOf);
  }

  /**
   * Closes the file. You may call it again, and at any time: it waits for a running read, because the descriptor could
   * be reused for another file.
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

/** Asks for the facts of an open file: at once if its device is known to be fast, otherwise in the thread pool. */
export function statDescriptor(fd: number, lane: Lane): Awaitable<fs.Stats> {
  return lane.isFast ? lane.now(() => fs.fstatSync(fd)) : lane.later<fs.Stats>((done) => fs.fstat(fd, done));
}

/**
 * Closes a descriptor that was only used for reading. Errors are ignored: no data is lost, and the descriptor is
 * released anyway.
 */
export function closeQuietly(fd: number): void {
  try {
    fs.closeSync(fd);
  } catch {
    // Network file systems may report earlier errors here.
  }
}
