/**
 * Content of any kind.
 *
 * @module
 */

import type { FileHandle } from "node:fs/promises";
import type { Readable } from "node:stream";
import { types } from "node:util";
import type { Awaitable } from "../io/awaitable.js";
import { returnSpare } from "./spare-buffers.js";

/**
 * Content to answer a request with.
 *
 * - A string is sent as UTF-8; bytes and a `Blob` are sent unchanged.
 * - A `FileHandle` of a regular file is read as far as necessary. It stays open: the caller closes it.
 * - A function returns a part of the content: {@link ContentReader}.
 */
export type Content = string | Uint8Array | Blob | FileHandle | ContentReader;

/**
 * Returns a part of the content: a range of an object in a store, or rows of a report.
 *
 * @param first - offset of the first byte, from 0
 * @param length - number of bytes; `Infinity` for all, if the size is unknown
 * @returns bytes, a stream of bytes, or a promise of either. If there are fewer bytes, the function is called again for
 *   the rest; no bytes mean the end. A stream is read up to the length, and then closed, or earlier if the connection
 *   closes
 */
export type ContentReader = (first: number, length: number) => ContentPart | PromiseLike<ContentPart>;

/** Result of a {@link ContentReader}: bytes, or a stream of bytes. Text is sent as UTF-8. */
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
   * @param length - maximum number of bytes
   * @param spare - a buffer that may be filled and returned; its bytes are not needed any more
   * @returns the bytes, empty at the end; a promise if they are not available yet
   */
  read(length: number, spare?: Buffer): Buffer | Promise<Buffer>;
  /** Releases its resources. You may call it again. */
  close(): void;
}

/** Content whose parts can be read, one after another. */
export interface OpenContent extends ServedFile {
  /**
   * Chooses the next part to read. Default: everything.
   *
   * @param first - offset of its first byte
   * @param length - number of bytes
   * @returns any value, which is ignored
   */
  window(first: number, length: number): unknown;
}

const NOTHING = Buffer.alloc(0);

/** Maximum bytes that are read from a file at a time. */
const PIECE = 128 * 1024;

/**
 * Prepares content for reading.
 *
 * @param size - bytes of the content, if it is a function; `null` if unknown
 * @param ownsHandle - true if a `FileHandle` is closed together with the result. No other code could close that of a tree
 * @throws `TypeError` for anything else. A stream, for example, would be read like a `FileHandle`, and the client would
 *   get the old bytes of the buffer
 */
export function openContent(
  content: Content | OpenContent,
  size: number | null,
  ownsHandle = true,
): OpenContent {
  if (typeof content === "string") return new MemoryFile(Buffer.from(content));
  if (typeof content === "function") return new ReadContent(content, size);
  if (typeof content === "object" && content !== null && "window" in content) return content;
  if (content instanceof Uint8Array) return new MemoryFile(asBuffer(content));
  if (content instanceof Blob)
    return new ReadContent((first, length) => content.slice(first, first + length).stream(), content.size);
  const handle = checkedHandle(content);
  const close = ownsHandle ? () => void handle.close().catch(() => {}) : undefined;
  return new ReadContent((first, length) => readHandle(handle, first, length), size, close);
}

/**
 * Creates content that is made while it is sent, in one pass.
 *
 * @param make - called at the first read
 * @param closeSources - called once, when the content is closed
 */
export function madeContent(
  make: () => AsyncIterable<Uint8Array | string>,
  closeSources: () => void,
): ServedFile {
  const made = new ReadContent(make, null);
  let isClosed = false;
  const close = () => {
    if (isClosed) return;
    isClosed = true;
    made.close();
    closeSources();
  };
  return { read: (length) => made.read(length), close };
}

/**
 * Returns the size of content in bytes; `null` if it is unknown before the end.
 *
 * @throws a system error about a file
 */
export function sizeOf(content: Content): Awaitable<number | null> {
  if (typeof content === "string") return Buffer.byteLength(content);
  if (content instanceof Uint8Array) return content.byteLength;
  if (content instanceof Blob) return content.size;
  if (typeof content === "function") return null;
  return sizeOfFile(checkedHandle(content));
}

function checkedHandle(content: FileHandle): FileHandle {
  if (typeof content?.stat === "function" && typeof content.read === "function") return content;
  throw new TypeError(
    `The content must be text, bytes, a Blob, a FileHandle or a function, not ${brief(content)}. For a stream, give a function that returns it.`,
  );
}

async function sizeOfFile(handle: FileHandle): Promise<number> {
  const stats = await handle.stat();
  if (stats.isFile()) return stats.size;
  // A device or a FIFO has no size, and can't be read at an offset.
  throw new TypeError("The content is a FileHandle of something that is not a regular file.");
}

/** Returns a value for a message. */
export function brief(value: unknown): string {
  return typeof value === "object" && value !== null ? `${value.constructor?.name}` : String(value);
}

async function readHandle(handle: FileHandle, first: number, length: number): Promise<Uint8Array> {
  const buffer = Buffer.allocUnsafe(Math.min(length, PIECE));
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, first);
  return buffer.subarray(0, bytesRead);
}

/** Bytes that are read like a file: Python's `BytesIO`. */
export class MemoryFile implements OpenContent {
  #bytes: Buffer;
  #rest: Buffer;
  #spare: Buffer | undefined;
  /** True if {@link recycle} must be called for each read. */
  readonly isSpare: boolean;
  /** Number of reads whose bytes may still be in use. */
  #lent = 0;
  #isClosed = false;

  /**
   * @param bytes - the content; not copied, so it must not change
   * @param spare - the spare buffer that has the bytes. It is returned after {@link close}
   */
  constructor(bytes: Buffer, spare?: Buffer) {
    this.#bytes = bytes;
    this.#rest = bytes;
    this.#spare = spare;
    this.isSpare = spare !== undefined;
  }

  window(first: number, length: number): this {
    this.#rest = this.#bytes.subarray(first, first + length);
    return this;
  }

  read(length: number): Buffer {
    const rest = this.#rest;
    const isAll = rest.length <= length;
    if (rest.length > 0) this.#lent += 1;
    this.#rest = isAll ? NOTHING : rest.subarray(length);
    return isAll ? rest : rest.subarray(0, length);
  }

  close(): void {
    this.#isClosed = true;
    this.#rest = NOTHING;
    if (this.#spare !== undefined) this.#returnSpare();
  }

  /** Called when the bytes of a read are no longer in use. */
  recycle(): void {
    this.#lent -= 1;
    this.#returnSpare();
  }

  #returnSpare(): void {
    const spare = this.#spare;
    if (spare === undefined || this.#lent > 0 || !this.#isClosed) return;
    this.#spare = undefined;
    this.#bytes = NOTHING;
    returnSpare(spare);
  }
}

/** A stream that can be ended, even while it waits for the next piece. */
interface Pieces {
  next(): Awaitable<{ value?: Uint8Array | string | undefined; done?: boolean | undefined }>;
  return?(): unknown;
}

/**
 * Returns the stream of a part.
 *
 * Node's streams and web streams are not ended by their iterators, which are generators. Before the first piece, a
 * generator's `return` does nothing. While the generator waits for a piece, `return` waits too.
 */
function piecesOf(part: Exclude<ContentPart, string | Uint8Array>): Pieces {
  if (typeof part !== "object" || part === null || !(Symbol.asyncIterator in part || Symbol.iterator in part))
    throw new TypeError(
      `A function for content must return text, bytes, or a stream of them, not ${brief(part)}.`,
    );
  if ("getReader" in part) {
    const reader = (part as unknown as ReadableStream<Uint8Array>).getReader();
    return { next: () => reader.read(), return: () => reader.cancel() };
  }
  const pieces = Symbol.asyncIterator in part ? part[Symbol.asyncIterator]() : part[Symbol.iterator]();
  if (!("destroy" in part && "on" in part)) return pieces as Pieces;
  const stream = part as unknown as Readable;
  // A file that can't be opened emits an error even after `destroy`. Without a listener, it would end the process.
  stream.on("error", () => {});
  return { next: () => pieces.next(), return: () => stream.destroy() };
}

/** Reads the content of a function, part by part. The first `read` calls the function. */
class ReadContent implements OpenContent {
  readonly #reader: ContentReader;
  #first = 0;
  #left: number;
  #stream: Pieces | undefined;
  #rest: Buffer = NOTHING;
  #isClosed = false;
  /** Ends the read that waits for the source. */
  #giveUp: (() => void) | undefined;
  readonly #closed: (() => void) | undefined;

  /** @param closed - called when it is closed */
  constructor(reader: ContentReader, size: number | null, closed?: () => void) {
    this.#reader = reader;
    this.#closed = closed;
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
    if (this.#rest.length === 0 && this.#left > 0) this.#rest = await this.#unlessClosed(this.#next());
    const bytes = this.#rest.subarray(0, Math.min(length, this.#left));
    this.#rest = this.#rest.subarray(bytes.length);
    this.#first += bytes.length;
    this.#left -= bytes.length;
    // The stream has more than the part, or has ended.
    if (this.#left === 0) this.#endStream();
    return bytes;
  }

  /** Returns the next bytes; none at the end. */
  async #next(): Promise<Buffer> {
    while (!this.#isClosed) {
      if (this.#stream !== undefined) return this.#nextOfStream(this.#stream);
      const part = await this.#reader(this.#first, this.#left);
      if (isBytes(part)) return asBuffer(part);
      this.#stream = piecesOf(part);
      if (this.#isClosed) this.#endStream();
    }
    return NOTHING;
  }

  async #nextOfStream(stream: Pieces): Promise<Buffer> {
    for (;;) {
      const { value, done } = await stream.next();
      if (done === true) return NOTHING;
      if (!isBytes(value))
        throw new TypeError(`A stream of content must give text or bytes, not ${brief(value)}.`);
      const bytes = asBuffer(value);
      if (bytes.length > 0) return bytes; // an empty piece is not the end
    }
  }

  /** A source may never give its next bytes. After {@link close}, nobody waits for them. */
  #unlessClosed(next: Promise<Buffer>): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#giveUp = () => resolve(NOTHING);
      next.then(resolve, reject);
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#rest = NOTHING;
    this.#giveUp?.();
    this.#endStream();
    this.#closed?.();
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
    // Nobody waits for the error any more.
  }
}

/** True for content that is in memory. */
export function isBytes(value: unknown): value is string | Uint8Array {
  return typeof value === "string" || value instanceof Uint8Array;
}

/** True for a `Date` that is a time, even of another realm: `new Date("text")` is none. */
export function isValidDate(value: unknown): value is Date {
  return types.isDate(value) && !Number.isNaN(value.getTime());
}

/** Returns bytes as a `Buffer`, and text as UTF-8. Nothing is copied. */
export function asBuffer(part: string | Uint8Array): Buffer {
  if (typeof part === "string") return Buffer.from(part);
  return Buffer.isBuffer(part) ? part : Buffer.from(part.buffer, part.byteOffset, part.byteLength);
}
