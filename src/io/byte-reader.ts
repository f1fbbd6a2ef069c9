import { type Awaitable, isPromise, quiet } from "./awaitable.js";
import { IncompleteReadError } from "./connection-errors.js";

/** Source of a {@link ByteReader}: a connection, a request body, or a datagram. */
export interface ByteSource {
  /** Seconds that one read may wait; `null` means no limit. Sources that never wait leave it out. */
  timeout?: number | null;
  /**
   * Returns the next piece, which is not empty; `null` at the end of the input.
   *
   * @returns the piece, or a promise of it
   * @throws if the input fails: the peer has disconnected, a timeout, an incomplete body
   */
  pull(): Awaitable<Buffer | null>;
  /**
   * Returns the next piece without waiting: `undefined` while there is none. With {@link whenReadable}, this saves a
   * promise for each piece.
   *
   * @returns the piece, `null` at the end of the input
   * @throws in the same cases as `pull`
   */
  take?(): Buffer | null | undefined;
  /**
   * Calls one of two functions once.
   *
   * @param ready - called when `take` would return something
   * @param failed - called if that can't happen
   */
  whenReadable?(ready: () => void, failed: (error: unknown) => void): void;
}

/** The result that a read waits for: a line, up to a number of bytes, exactly that number, or any bytes. */
type Wish = "line" | "bytes" | "exactly" | "anything";

/** Callbacks of a waiting read. */
interface Callbacks {
  readonly goOn: () => void;
  readonly received: (bytes: Buffer | null) => void;
  readonly fail: (error: unknown) => void;
}

const NEWLINE = 0x0a;
const NOTHING = Buffer.alloc(0);

/**
 * Reads bytes with promises: the class of `rfile`. Python's `io.BufferedReader` over a socket.
 *
 * The results don't depend on how the network splits the input. Make one call at a time: a second call before the first
 * has finished is an `Error`.
 *
 * You can iterate over it, so it can be a source for `pipeline()`:
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
  // State of the last read. All reads share one object, so a read creates only a promise.
  #wish: Wish = "anything";
  #most = 0;
  #searchedPieces = 0;
  #searched = 0;
  #isAtEnd = false;
  #pulled: PromiseLike<Buffer | null> | undefined;
  #promise: Promise<Buffer> | undefined;
  #resolve!: (bytes: Buffer) => void;
  #reject!: (error: unknown) => void;
  /** Created at the first wait: the readers of many requests never wait. */
  #callbacks: Callbacks | undefined;

  /**
   * @param source - where the bytes come from
   * @param rbufsize - 0 for an unbuffered reader, whose `read(n)` returns as soon as some bytes have arrived, as in
   *   Python; any
   *   other number for a buffered one
   */
  constructor(source: ByteSource, rbufsize = -1) {
    this.source = source;
    this.#buffered = rbufsize !== 0;
  }

  /**
   * Seconds that each following read may wait before it throws a {@link TimeoutError}; `null` means no limit. Python's
   * `connection.settimeout(seconds)`. After a timeout, you can read again: no bytes are lost.
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
   * Reads `size` bytes, or fewer if the input ends.
   *
   * @param size - the number of bytes. Without it, or if negative: everything until the end of the input
   * @returns the bytes; empty at the end of the input
   */
  read(size = -1): Promise<Buffer> {
    if (!this.#buffered && size >= 0) return this.read1(size);
    return this.#read("bytes", "size", size);
  }

  /**
   * Reads the bytes that have arrived. Waits only if there are none.
   *
   * @param size - the maximum number of bytes. Without it, or if negative: no maximum
   * @returns at least one byte; empty at the end of the input
   */
  read1(size = -1): Promise<Buffer> {
    return this.#read("anything", "size", size);
  }

  /**
   * Reads exactly `size` bytes.
   *
   * @param size - the number of bytes
   * @returns a promise of `size` bytes
   * @throws {@link IncompleteReadError} if the input ends earlier
   */
  readexactly(size: number): Promise<Buffer> {
    return this.#read("exactly", "size", size);
  }

  /**
   * Reads up to the next line feed, and includes it.
   *
   * @param limit - the maximum number of bytes; a longer line is returned in pieces. Default -1: no limit. Always set
   *   it for input from clients, because an endless line would fill the memory
   * @returns the line with its line feed. The last line of the input may have no line feed; after it, the result is
   *   empty
   */
  readline(limit = -1): Promise<Buffer> {
    return this.#read("line", "limit", limit);
  }

  /**
   * Reads into `target`: Python's `readinto`.
   *
   * @param target - gets the bytes
   * @returns the number of bytes, as many as {@link read} would return
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
   * Iterates over the bytes, in pieces as they arrive. For lines, see {@link lines}.
   *
   * @returns an iterator over pieces of at least one byte
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    for (let bytes = await this.read1(); bytes.length > 0; bytes = await this.read1()) yield bytes;
  }

  /** Drops unread bytes. Every later call is an `Error`. */
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
    // A negative count means no limit, except for an exact number of bytes.
    if (wish === "exactly" ? !Number.isSafeInteger(count) || count < 0 : !Number.isInteger(count))
      return rejected(badCount(name, count));
    this.#wish = wish;
    this.#most = count < 0 ? Number.POSITIVE_INFINITY : count;
    this.#searchedPieces = 0;
    this.#searched = 0;
    this.#isAtEnd = false;
    try {
      const bytes = this.#advance();
      if (bytes !== undefined) return Promise.resolve(bytes);
    } catch (error) {
      return rejected(error);
    }
    this.#promise = new Promise<Buffer>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const promise = this.#promise;
    this.#waitForMore();
    return promise;
  }

  #waitForMore(): void {
    const pulled = this.#pulled;
    this.#pulled = undefined;
    this.#callbacks ??= this.#newCallbacks();
    const { goOn, received, fail } = this.#callbacks;
    if (pulled === undefined) this.source.whenReadable?.(goOn, fail);
    else pulled.then(received, fail);
  }

  #newCallbacks(): Callbacks {
    const goOn = () => {
      try {
        const bytes = this.#advance();
        if (bytes === undefined) return this.#waitForMore();
        this.#promise = undefined;
        this.#resolve(bytes);
      } catch (error) {
        fail(error);
      }
    };
    const received = (bytes: Buffer | null) => {
      this.#add(bytes);
      goOn();
    };
    const fail = (error: unknown) => {
      const promise = this.#promise as Promise<Buffer>;
      this.#promise = undefined;
      this.#reject(error);
      quiet(promise);
    };
    return { goOn, received, fail };
  }

  /** Takes pieces from the source until the read is complete; returns `undefined` if more must arrive first. */
  #advance(): Buffer | undefined {
    for (;;) {
      if (this.#size > 0 || this.#isAtEnd || this.#most === 0) {
        const bytes = this.#wish === "line" ? this.#line() : this.#fulfil();
        if (bytes !== undefined) return bytes;
      }
      const more = this.source.take === undefined ? this.#pull() : this.source.take();
      if (more === undefined) return undefined;
      this.#add(more);
    }
  }

  #pull(): Buffer | null | undefined {
    const pulled = this.source.pull();
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
    const isThere = this.#wish === "anything" ? this.#size > 0 : this.#size >= this.#most;
    if (!isThere && !this.#isAtEnd && this.#most > 0) return undefined;
    const bytes = this.#take(Math.min(this.#size, this.#most));
    if (this.#wish === "exactly" && bytes.length < this.#most)
      throw new IncompleteReadError(bytes, this.#most);
    return bytes;
  }

  /** Searches each piece only once, even for a line of many pieces. */
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

function badCount(name: string, value: unknown): RangeError {
  return new RangeError(`The argument "${name}" must be a whole number of bytes, not ${String(value)}.`);
}

function rejected(error: unknown): Promise<Buffer> {
  return quiet(Promise.reject<Buffer>(error));
}
