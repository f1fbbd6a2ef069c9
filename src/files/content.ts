/**
 * Content, wherever it is.
 *
 * @module
 */

import type { FileHandle } from "node:fs/promises";
import type { Awaitable } from "./after.js";

/**
 * Content to answer a request with.
 *
 * - A string is sent as UTF-8, bytes as they are, and a `Blob` as what it holds.
 * - A `FileHandle` is read from as far as it is wanted. It stays open: the caller closes it.
 * - A function gives a part of the content: {@link ContentReader}.
 */
export type Content = string | Uint8Array | Blob | FileHandle | ContentReader;

/**
 * Gives a part of a content: a range of an object in a store, rows of a report.
 *
 * @param first - the place of the first byte that is wanted, from 0
 * @param length - how many bytes are wanted; `Infinity` for all, where the size was not said
 * @returns bytes, or a stream of them, or a promise of either. Bytes may be fewer than wanted, and then it is called again for the rest;
 *   none are the end. A stream is taken up to the length that is wanted, and closed
 */
export type ContentReader = (first: number, length: number) => ContentPart | PromiseLike<ContentPart>;

/** What a {@link ContentReader} gives: bytes, or a stream of them. Text is sent as UTF-8. */
export type ContentPart =
  | string
  | Uint8Array
  | AsyncIterable<Uint8Array | string>
  | Iterable<Uint8Array | string>;

/** The result of `send_head`: bytes that are read in order, and closed. */
export interface ServedFile {
  /**
   * Reads the next bytes.
   *
   * @param length - how many at most
   * @param spare - a buffer that may be filled with them, and returned; its bytes are not needed any more
   * @returns the bytes, empty at the end; a promise where they are not there yet
   */
  read(length: number, spare?: Buffer): Buffer | Promise<Buffer>;
  /** Releases what it holds. May be called again. */
  close(): void;
}

/** Content of which parts can be chosen, one after the other. */
export interface OpenContent extends ServedFile {
  /**
   * Chooses the part that is read from now on; without a call it is everything.
   *
   * @param first - offset of its first byte
   * @param length - its bytes
   * @returns ignored
   */
  window(first: number, length: number): unknown;
}

const NOTHING = Buffer.alloc(0);

/** Bytes that a file is read in at a time. */
const PIECE = 128 * 1024;

/**
 * Makes content ready to be read.
 *
 * @param size - of a content that is given by a function, in bytes; `null` where it is not known
 */
export function openContent(content: Content | OpenContent, size: number | null): OpenContent {
  if (typeof content === "string") return new MemoryFile(Buffer.from(content));
  if (typeof content === "function") return new ReadContent(content, size);
  if ("window" in content) return content;
  if (content instanceof Uint8Array) return new MemoryFile(asBuffer(content));
  if (content instanceof Blob)
    return new ReadContent((first, length) => content.slice(first, first + length).stream(), content.size);
  return new ReadContent((first, length) => readHandle(content, first, length), size);
}

/**
 * The size of a content, in bytes; `null` where only its end will tell.
 *
 * @throws what the system says of a file
 */
export function sizeOf(content: Content): Awaitable<number | null> {
  if (typeof content === "string") return Buffer.byteLength(content);
  if (content instanceof Uint8Array) return content.byteLength;
  if (content instanceof Blob) return content.size;
  return typeof content === "function" ? null : content.stat().then(({ size }) => size);
}

async function readHandle(handle: FileHandle, first: number, length: number): Promise<Uint8Array> {
  const buffer = Buffer.allocUnsafe(Math.min(length, PIECE));
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, first);
  return buffer.subarray(0, bytesRead);
}

/** Bytes that are served as if they were a file: Python's `BytesIO`. */
export class MemoryFile implements OpenContent {
  readonly #bytes: Buffer;
  #rest: Buffer;

  /** @param bytes - which are not copied, and must not change */
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#rest = bytes;
  }

  window(first: number, length: number): this {
    this.#rest = this.#bytes.subarray(first, first + length);
    return this;
  }

  read(length: number): Buffer {
    const rest = this.#rest;
    const isAll = rest.length <= length;
    this.#rest = isAll ? NOTHING : rest.subarray(length);
    return isAll ? rest : rest.subarray(0, length);
  }

  close(): void {
    this.#rest = NOTHING;
  }
}

type Pieces = AsyncIterator<Uint8Array | string> | Iterator<Uint8Array | string>;

/** Content that a function gives, part by part. Asked for nothing before the first `read`. */
class ReadContent implements OpenContent {
  readonly #reader: ContentReader;
  #first = 0;
  #left: number;
  #stream: Pieces | undefined;
  #rest: Buffer = NOTHING;
  #isClosed = false;

  constructor(reader: ContentReader, size: number | null) {
    this.#reader = reader;
    this.#left = size ?? Number.POSITIVE_INFINITY;
  }

  window(first: number, length: number): this {
    this.#endStream();
    this.#rest = NOTHING;
    this.#first = first;
    this.#left = length;
    return this;
  }

  async read(length: number): Promise<Buffer> {
    if (this.#rest.length === 0 && this.#left > 0) this.#rest = await this.#next();
    const bytes = this.#rest.subarray(0, Math.min(length, this.#left));
    this.#rest = this.#rest.subarray(bytes.length);
    this.#first += bytes.length;
    this.#left -= bytes.length;
    // The stream has more than was wanted of it, or has given all of it.
    if (this.#left === 0) this.#endStream();
    return bytes;
  }

  /** The next bytes, and none at the end. */
  async #next(): Promise<Buffer> {
    while (!this.#isClosed) {
      if (this.#stream !== undefined) return this.#nextOfStream(this.#stream);
      const part = await this.#reader(this.#first, this.#left);
      if (typeof part === "string" || part instanceof Uint8Array) return asBuffer(part);
      this.#stream = Symbol.asyncIterator in part ? part[Symbol.asyncIterator]() : part[Symbol.iterator]();
      if (this.#isClosed) this.#endStream();
    }
    return NOTHING;
  }

  async #nextOfStream(stream: Pieces): Promise<Buffer> {
    for (;;) {
      const { value, done } = await stream.next();
      if (done === true) return NOTHING;
      const bytes = asBuffer(value);
      if (bytes.length > 0) return bytes; // an empty piece is not the end
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#rest = NOTHING;
    this.#endStream();
  }

  #endStream(): void {
    const stream = this.#stream;
    this.#stream = undefined;
    if (stream !== undefined) void endQuietly(stream);
  }
}

async function endQuietly(stream: Pieces): Promise<void> {
  try {
    await stream.return?.();
  } catch {
    // There is nobody any more who could be told.
  }
}

function asBuffer(part: string | Uint8Array): Buffer {
  if (typeof part === "string") return Buffer.from(part);
  return Buffer.isBuffer(part) ? part : Buffer.from(part.buffer, part.byteOffset, part.byteLength);
}
