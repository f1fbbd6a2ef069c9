import { type Awaitable, isPromise, quiet } from "./awaitable.js";
import { IncompleteReadError } from "./connection-errors.js";

/** Where a {@link ByteReader} gets its bytes: a connection, a request body, a datagram. */
export interface ByteSource {
  /** Seconds that one read may wait; `null` is for ever. Left out by what never waits. */
  timeout?: number | null;
  /**
   * The next piece, of any length but zero; `null` at the end of the input, again and again.
   *
   * @returns the piece, or a promise of it
   * @throws when the input fails: the peer is gone, time is up, a body breaks off
   */
  pull(): Awaitable<Buffer | null>;
  /**
   * The next piece without waiting: `undefined` while there is none. With {@link whenReadable}, it spares a promise for each piece.
   *
   * @returns the piece, `null` at the end of the input
   * @throws as `pull` rejects
   */
  take?(): Buffer | null | undefined;
  /**
   * Tells once when `take` has something.
   *
   * @param ready - called then
   * @param failed - called instead when it never will
   */
  whenReadable?(ready: () => void, failed: (error: unknown) => void): void;
}

/** The goal of a read: a line, a number of bytes or the rest, or anything at all. */
type Wish = "line" | "bytes" | "exactly" | "anything";

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
  #closed = false;
  // Of the read that was begun last. One object for all of them: a read makes a promise, and nothing else.
  #wish: Wish = "anything";
  #most = 0;
  #searchedPieces = 0;
  #searched = 0;
  #isAtEnd = false;
  #pulled: PromiseLike<Buffer | null> | undefined;
  #promise: Promise<Buffer> | undefined;
  #resolve!: (bytes: Buffer) => void;
  #reject!: (error: unknown) => void;

  /**
   * @param source - where the bytes come from
   * @param rbufsize - 0 for an unbuffered reader, whose `read(n)` gives what one arrival brought, as Python's does; any
   *   other number is a buffered one
   */
  constructor(source: ByteSource, rbufsize = -1) {
    this.source = source;
    this.#buffered = rbufsize !== 0;
  }

  /**
   * Seconds that each read from now on may wait before it throws a {@link TimeoutError}; `null` is for ever. The counterpart of Python's
   * `connection.settimeout(seconds)`. A reader that has timed out can be read from again: nothing is lost.
   */
  get timeout(): number | null {
    return this.source.timeout ?? null;
  }

  set timeout(seconds: number | null) {
    if (seconds !== null && !(seconds > 0))
      throw new RangeError(`timeout must be a number of seconds above 0, or null, not ${seconds}.`);
    if ("timeout" in this.source) this.source.timeout = seconds;
  }

  /** True if `close()` was called. */
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
    return this.#read("bytes", "size", size);
  }

  /**
   * Reads what is there already, and waits only while there is nothing.
   *
   * @param size - the most bytes to give; without it, or negative, all that is there
   * @returns at least one byte; empty at the end of the input
   */
  read1(size = -1): Promise<Buffer> {
    return this.#read("anything", "size", size);
  }

  /**
   * Reads exactly `size` bytes.
   *
   * @param size - how many bytes
   * @returns a promise of `size` bytes
   * @throws {@link IncompleteReadError} where the input ends before
   */
  readexactly(size: number): Promise<Buffer> {
    return this.#read("exactly", "size", size);
  }

  /**
   * Reads up to and with the next line feed.
   *
   * @param limit - the most bytes to give: a line that is longer comes in pieces. Negative (the default) is no limit;
   *   use one on input from strangers, or a line without an end fills the memory
   * @returns the line with its line feed; without one at the end of the input; empty after it
   */
  readline(limit = -1): Promise<Buffer> {
    return this.#read("line", "limit", limit);
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
    this.#searchedPieces = 0;
    this.#searched = 0;
  }

  #read(wish: Wish, name: string, count: number): Promise<Buffer> {
    if (this.#closed) return rejected(new Error("The reader is closed."));
    if (this.#promise !== undefined)
      return rejected(new Error("The reader is in use: await one read before the next."));
    if (!isCount(wish, count)) return rejected(badCount(name, count));
    this.#wish = wish;
    this.#most = count < 0 ? Number.POSITIVE_INFINITY : count;
    this.#searchedPieces = 0;
    this.#searched = 0;
    this.#isAtEnd = false;
    try {
      const bytes = this.#advance();
      return bytes === undefined ? this.#wait() : Promise.resolve(bytes);
    } catch (error) {
      return rejected(error);
    }
  }

  #wait(): Promise<Buffer> {
    const promise = new Promise<Buffer>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#promise = promise;
    this.#waitForMore();
    return promise;
  }

  #waitForMore(): void {
    const pulled = this.#pulled;
    this.#pulled = undefined;
    if (pulled === undefined) this.source.whenReadable?.(this.#goOn, this.#fail);
    else pulled.then(this.#received, this.#fail);
  }

  readonly #goOn = (): void => {
    try {
      const bytes = this.#advance();
      if (bytes === undefined) return this.#waitForMore();
      this.#promise = undefined;
      this.#resolve(bytes);
    } catch (error) {
      this.#fail(error);
    }
  };

  readonly #received = (bytes: Buffer | null): void => {
    this.#add(bytes);
    this.#goOn();
  };

  readonly #fail = (error: unknown): void => {
    const promise = this.#promise as Promise<Buffer>;
    this.#promise = undefined;
    this.#reject(error);
    quiet(promise);
  };

  /** Takes from the source until the wish is fulfilled; `undefined` where more has to come first. */
  #advance(): Buffer | undefined {
    for (;;) {
      const bytes = this.#fulfil();
      if (bytes !== undefined) return bytes;
      const more = this.#pull();
      if (more === undefined) return undefined;
      this.#add(more);
    }
  }

  #pull(): Buffer | null | undefined {
    const { source } = this;
    if (source.take !== undefined) return source.take();
    const pulled = source.pull();
    if (!isPromise(pulled)) return pulled;
    this.#pulled = pulled;
    return undefined;
  }

  #add(bytes: Buffer | null): void {
    if (bytes === null) {
      this.#isAtEnd = true;
    } else {
      this.#pieces.push(bytes);
      this.#size += bytes.length;
    }
  }

  #fulfil(): Buffer | undefined {
    if (this.#wish === "line") return this.#line();
    const isThere = this.#wish === "anything" ? this.#size > 0 : this.#size >= this.#most;
    if (!isThere && !this.#isAtEnd && this.#most > 0) return undefined;
    const bytes = this.#take(Math.min(this.#size, this.#most));
    if (this.#wish === "exactly" && bytes.length < this.#most)
      throw new IncompleteReadError(bytes, this.#most);
    return bytes;
  }

  /** No piece is searched twice, however many a line has. */
  #line(): Buffer | undefined {
    while (this.#searched < this.#most && this.#searchedPieces < this.#pieces.length) {
      const bytes = this.#pieces[this.#searchedPieces++] as Buffer;
      const at = bytes.indexOf(NEWLINE);
      if (at >= 0) return this.#take(Math.min(this.#searched + at + 1, this.#most));
      this.#searched += bytes.length;
    }
    const isOver = this.#isAtEnd || this.#searched >= this.#most;
    return isOver ? this.#take(Math.min(this.#searched, this.#most)) : undefined;
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

/** Any whole number is a count, and one below 0 no limit; except of bytes that are to be there. */
function isCount(wish: Wish, value: number): boolean {
  return wish === "exactly" ? Number.isSafeInteger(value) && value >= 0 : Number.isInteger(value);
}

function badCount(name: string, value: unknown): RangeError {
  return new RangeError(`The argument "${name}" must be a whole number of bytes, not ${String(value)}.`);
}

function rejected(error: unknown): Promise<Buffer> {
  return quiet(Promise.reject<Buffer>(error));
}
