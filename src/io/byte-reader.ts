import { type Awaitable, isPromise, quiet } from "./awaitable.js";
import { IncompleteReadError } from "./connection-errors.js";

/** Where a {@link ByteReader} gets its bytes: a connection, a request body, a datagram. */
export interface ByteSource {
  /**
   * The next piece, of any length but zero; `null` at the end of the input, again and again.
   *
   * @returns the piece, or a promise of it
   * @throws when the input fails: the peer is gone, time is up, a body breaks off
   */
  pull(): Awaitable<Buffer | null>;
}

const NEWLINE = 0x0a;
const NOTHING = Buffer.alloc(0);

/**
 * Awaitable bytes: what `rfile` is. Python's `io.BufferedReader` over a socket.
 *
 * However the network cut the input into pieces, the same calls give the same bytes. One call at a time: a second one
 * that does not wait for the first is an `Error`.
 *
 * It can be iterated, which makes it a source for `pipeline()`:
 *
 * ```ts
 * await pipeline(this.rfile, createWriteStream("upload.bin"));
 * ```
 */
export class ByteReader implements AsyncIterable<Buffer> {
  /** Where the bytes come from. */
  readonly source: ByteSource;
  readonly #buffered: boolean;
  #pieces: Buffer[] = [];
  #size = 0;
  #busy = false;
  #closed = false;

  /**
   * @param source - where the bytes come from
   * @param rbufsize - 0 for an unbuffered reader, whose `read(n)` gives what one arrival brought, as Python's does; any
   *   other number is a buffered one
   */
  constructor(source: ByteSource, rbufsize = -1) {
    this.source = source;
    this.#buffered = rbufsize !== 0;
  }

  /** Whether `close()` was called. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Reads `size` bytes, fewer only where the input ends.
   *
   * @param size - how many bytes; without it, or negative, all that comes until the end of the input
   * @returns the bytes; empty at the end of the input
   */
  read(size = -1): Promise<Buffer> {
    if (!this.#buffered && size >= 0) return this.read1(size);
    return this.#alone(async () => {
      checkCount("size", size);
      return this.#fill(size < 0 ? Number.POSITIVE_INFINITY : size);
    });
  }

  /**
   * Reads what is there already, and waits only while there is nothing.
   *
   * @param size - the most bytes to give; without it, or negative, all that is there
   * @returns at least one byte; empty at the end of the input
   */
  read1(size = -1): Promise<Buffer> {
    return this.#alone(async () => {
      checkCount("size", size);
      if (size === 0 || (this.#size === 0 && !(await this.#more()))) return NOTHING;
      return this.#take(size < 0 ? this.#size : Math.min(size, this.#size));
    });
  }

  /**
   * Reads exactly `size` bytes.
   *
   * @param size - how many bytes
   * @returns a promise of `size` bytes
   * @throws {@link IncompleteReadError} where the input ends before
   */
  readexactly(size: number): Promise<Buffer> {
    return this.#alone(async () => {
      if (!Number.isSafeInteger(size) || size < 0) throw badCount("size", size);
      const bytes = await this.#fill(size);
      if (bytes.length < size) throw new IncompleteReadError(bytes, size);
      return bytes;
    });
  }

  /**
   * Reads up to and with the next line feed.
   *
   * @param limit - the most bytes to give: a line that is longer comes in pieces. Negative (the default) is no limit;
   *   use one on input from strangers, or a line without an end fills the memory
   * @returns the line with its line feed; without one at the end of the input; empty after it
   */
  readline(limit = -1): Promise<Buffer> {
    return this.#alone(async () => {
      checkCount("limit", limit);
      const most = limit < 0 ? Number.POSITIVE_INFINITY : limit;
      let searched = 0;
      for (let piece = 0; searched < most; piece++) {
        if (piece === this.#pieces.length && !(await this.#more())) break;
        const bytes = this.#pieces[piece] as Buffer;
        const at = bytes.indexOf(NEWLINE);
        searched += at < 0 ? bytes.length : at + 1;
        if (at >= 0) break;
      }
      return this.#take(Math.min(searched, most));
    });
  }

  /**
   * Fills a part of `target`: Python's `readinto`.
   *
   * @param target - where they go
   * @returns how many bytes were put there: as many as {@link read} gives
   */
  readinto(target: Uint8Array): Promise<number> {
    return quiet(
      this.read(target.byteLength).then((bytes) => {
        target.set(bytes);
        return bytes.length;
      }),
    );
  }

  /**
   * Iterates over the lines, as `for line in rfile` does in Python.
   *
   * @param limit - as in {@link readline}
   * @returns an iterator over lines, with their line ends
   */
  async *lines(limit = -1): AsyncGenerator<Buffer, void, undefined> {
    for (let line = await this.readline(limit); line.length > 0; line = await this.readline(limit))
      yield line;
  }

  /**
   * Iterates over the bytes in the pieces in which they come. For lines see {@link lines}.
   *
   * @returns an iterator over pieces of at least one byte
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    for (let bytes = await this.read1(); bytes.length > 0; bytes = await this.read1()) yield bytes;
  }

  /** Forgets what was not read. Every call after this one is an `Error`. */
  close(): void {
    this.#closed = true;
    this.#pieces = [];
    this.#size = 0;
  }

  async #fill(wanted: number): Promise<Buffer> {
    while (this.#size < wanted && (await this.#more()));
    return this.#take(Math.min(wanted, this.#size));
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    return quiet(this.#whileBusy(work));
  }

  async #whileBusy<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new Error("The reader is closed.");
    if (this.#busy) throw new Error("The reader is in use: await one read before the next.");
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#busy = false;
    }
  }

  async #more(): Promise<boolean> {
    const pulled = this.source.pull();
    const bytes = isPromise(pulled) ? await pulled : pulled;
    if (bytes === null) return false;
    this.#pieces.push(bytes);
    this.#size += bytes.length;
    return true;
  }

  #take(count: number): Buffer {
    if (count === 0) return NOTHING;
    this.#size -= count;
    const first = this.#pieces[0] as Buffer;
    if (count === first.length) return this.#pieces.shift() as Buffer;
    if (count < first.length) {
      this.#pieces[0] = first.subarray(count);
      return first.subarray(0, count);
    }
    return this.#join(count);
  }

  #join(count: number): Buffer {
    const joined = Buffer.allocUnsafe(count);
    let filled = 0;
    let used = 0;
    while (filled < count) {
      const piece = this.#pieces[used] as Buffer;
      const copied = piece.copy(joined, filled);
      filled += copied;
      if (copied < piece.length) this.#pieces[used] = piece.subarray(copied);
      else used++;
    }
    this.#pieces.splice(0, used);
    return joined;
  }
}

function checkCount(name: string, value: number): void {
  if (!Number.isInteger(value)) throw badCount(name, value);
}

function badCount(name: string, value: unknown): RangeError {
  return new RangeError(`The argument "${name}" must be a whole number of bytes, not ${String(value)}.`);
}
