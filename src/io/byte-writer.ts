import { Writable } from "node:stream";
import { inspect } from "node:util";
import { isUint8Array } from "node:util/types";
import { type Awaitable, isPromise, quiet } from "./awaitable.js";

/** Owner of a buffer whose bytes are sent. */
export interface Recyclable {
  /** Called when the buffer may be used again. */
  recycle(): void;
}

/** Destination of a {@link ByteWriter}: a connection, a response body, or a datagram. */
export interface ByteSink {
  /**
   * Accepts bytes, or text as UTF-8.
   *
   * @param data - the data to send
   * @param byteLength - its number of bytes
   * @returns true if more may follow at once; if `false`, wait for `drained`
   * @throws if nothing can be sent any more
   */
  write(data: string | Uint8Array, byteLength: number): boolean;
  /**
   * Sends buffered data.
   *
   * @returns true if more may follow at once, as from `write`
   */
  flush(): boolean;
  /** Resolves when more data may follow; rejects if that can't happen. */
  drained(): Promise<void>;
  /**
   * Called if a stream that wrote here has failed, so the rest of the data will never follow.
   *
   * @param reason - the error of the stream
   */
  fail?(reason: Error): void;
  /**
   * Calls {@link Recyclable.recycle} when the system has taken the bytes of the next write.
   *
   * @internal
   */
  recycleWhenSent?(owner: Recyclable): void;
}

type WriteCallback = (error: Error | null | undefined) => void;

/** A `Writable` that creates its state at the first use, because most writers need none. */
function LazyWritable(): void {}
Object.setPrototypeOf(LazyWritable.prototype, Writable.prototype);

/** {@link LazyWritable} without the methods that {@link ByteWriter} types differently. */
const StreamBase = LazyWritable as unknown as new () => Omit<
  Writable,
  "write" | "on" | "_write" | "_final" | "_destroy"
>;

/**
 * Writes bytes with promises: the class of `wfile`. Python's `socketserver._SocketWriter`.
 *
 * `write` returns the number of bytes, as in Python. If the peer is slow, it returns a promise of the number. Await it,
 * and a slow peer never fills the memory; if there is nothing to wait for, this costs nothing:
 *
 * ```ts
 * for (const row of rows) await this.wfile.write(`${row}\n`);
 * ```
 *
 * It is also a `Writable`, so it can be the destination of `pipeline()`. While a Node stream writes to it, `write`
 * returns the same as `Writable.write`.
 */
export class ByteWriter extends StreamBase {
  readonly #sink: ByteSink;
  #driven = false;
  #isClosed = false;
  /** State of Node's streams; `undefined` until a stream or a listener needs it. */
  #state: unknown;

  static {
    // Node reads a stream's state from this property.
    Object.defineProperty(ByteWriter.prototype, "_writableState", {
      configurable: true,
      get(this: ByteWriter) {
        if (this.#state === undefined) this.#becomeStream();
        return this.#state;
      },
      set(this: ByteWriter, state: unknown) {
        this.#state = state;
      },
    });
  }

  /** @param sink - destination of the bytes */
  constructor(sink: ByteSink) {
    super();
    this.#sink = sink;
  }

  /** @internal */
  _write(bytes: Buffer, _encoding: BufferEncoding, callback: WriteCallback): void {
    settle(() => this.#sink.write(bytes, bytes.length) || this.#sink.drained(), callback);
  }

  /** @internal */
  _final(callback: WriteCallback): void {
    this.#isClosed = true;
    settle(() => this.#sink.flush() || this.#sink.drained(), callback);
  }

  /** @internal */
  _destroy(error: Error | null, callback: WriteCallback): void {
    this.#isClosed = true;
    if (error) this.#sink.fail?.(error);
    callback(error);
  }

  /** True if it was closed, or has ended and sent everything. */
  override get closed(): boolean {
    // Not true directly after `end()`: Node's `finished()` reads it, and would not wait for the peer.
    return this.#state === undefined ? this.#isClosed : this.destroyed;
  }

  /** True if `end()` was called. */
  override get writableEnded(): boolean {
    return this.#state !== undefined && Reflect.get(Writable.prototype, "writableEnded", this);
  }

  /** True if a Node stream has written to it: such a writer ends with the stream. */
  get driven(): boolean {
    return this.#driven;
  }

  /**
   * Writes all of `data`.
   *
   * @param data - bytes, or text, which is sent as UTF-8. Don't change the bytes before they are sent
   * @returns the number of bytes, or a promise of it if the peer is slow. The promise rejects if the peer disconnects
   *   or stalls. You need not await it
   * @throws {@link DisconnectedError} if the peer has already disconnected; `TypeError` if `data` is neither text nor
   *   bytes
   */
  write(data: string | Uint8Array): Awaitable<number>;
  /**
   * Same as `Writable.write`, for Node's streams.
   *
   * @param data - as above
   * @param callback - called when the data is sent, or with an error
   * @returns true if more data may follow at once
   */
  write(data: string | Uint8Array, callback: WriteCallback): boolean;
  /**
   * Same as `Writable.write`, with text in another encoding.
   *
   * @param data - as above
   * @param encoding - encoding of the text
   * @param callback - called when the data is sent, or with an error
   * @returns true if more data may follow at once
   */
  write(data: string | Uint8Array, encoding: BufferEncoding, callback?: WriteCallback): boolean;
  write(
    data: string | Uint8Array,
    encodingOrCallback?: BufferEncoding | WriteCallback,
    callback?: WriteCallback,
  ): Awaitable<number> | boolean {
    if (this.#driven || encodingOrCallback !== undefined) {
      return Writable.prototype.write.call(this, data, encodingOrCallback as BufferEncoding, callback);
    }
    if (this.#isClosed) throw new Error("The writer is closed.");
    const length = byteLengthOf(data);
    if (this.#sink.write(data, length)) return length;
    return quiet(this.#sink.drained().then(() => length));
  }

  /**
   * Writes each of `parts`, one after the other: Python's `writelines`.
   *
   * @param parts - bytes, or text as UTF-8
   */
  writelines(parts: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>): Promise<void> {
    return quiet(this.#writeAll(parts));
  }

  async #writeAll(parts: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>): Promise<void> {
    for await (const part of parts) await this.write(part);
  }

  /** Sends buffered data. Returns a promise if the peer is slow. */
  flush(): Awaitable<void> {
    return this.#sink.flush() ? undefined : quiet(this.#sink.drained());
  }

  /**
   * Same as {@link write}, for a buffer that is used again. Call it only if `write` is not overridden, because an
   * override may keep the bytes.
   *
   * @param owner - recycled when no code has the bytes any more; never if the destination can't report this
   * @internal
   */
  writeLent(bytes: Uint8Array, owner: Recyclable): Awaitable<number> {
    // A stream may be corked, or keep the bytes for other reasons.
    if (!this.#driven) this.#sink.recycleWhenSent?.(owner);
    return this.write(bytes);
  }

  /** Sends buffered data. Every later `write` is an error. The connection stays open. */
  close(): void {
    if (this.#isClosed) return;
    this.#sink.flush();
    this.#isClosed = true;
    if (this.#state !== undefined) this.destroy();
  }

  /**
   * Same as in `Writable`. A listener for `unpipe` or `drain` means that a Node stream is going to write.
   *
   * @param event - the name of the event
   * @param listener - called for each event
   * @returns this writer
   */
  on(event: string | symbol, listener: (...args: never[]) => void): this {
    if (this.#state === undefined) this.#becomeStream();
    if (event === "drain" || event === "unpipe") this.#driven = true;
    return Writable.prototype.on.call(this, event, listener as () => void) as unknown as this;
  }

  #becomeStream(): void {
    Writable.call(this as unknown as Writable);
    // The write itself reports the error. Without a listener, it would end the process.
    this.on("error", ignore);
    if (this.#isClosed) this.destroy();
  }
}

function ignore(): void {}

function byteLengthOf(data: string | Uint8Array): number {
  if (typeof data === "string") return Buffer.byteLength(data);
  if (isUint8Array(data)) return data.byteLength;
  throw new TypeError(`The argument "data" must be text or bytes (a Uint8Array), not ${inspect(data)}.`);
}

function settle(work: () => Awaitable<unknown>, callback: WriteCallback): void {
  try {
    const result = work();
    if (isPromise(result)) result.then(() => callback(null), callback);
    else callback(null);
  } catch (error) {
    callback(error as Error);
  }
}
