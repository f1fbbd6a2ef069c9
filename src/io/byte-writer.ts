import { Writable } from "node:stream";
import { inspect } from "node:util";
import { isUint8Array } from "node:util/types";
import { type Awaitable, isPromise, quiet } from "./awaitable.js";

/** Where a {@link ByteWriter} puts its bytes: a connection, a response body, a datagram. */
export interface ByteSink {
  /**
   * Takes bytes, or text as UTF-8.
   *
   * @param data - what is to be sent
   * @param byteLength - how many bytes that is
   * @returns whether more may come at once; `false` asks to wait for `drained`
   * @throws when nothing can be sent any more
   */
  write(data: string | Uint8Array, byteLength: number): boolean;
  /**
   * Sends what was held back.
   *
   * @returns whether more may come at once, as from `write`
   */
  flush(): boolean;
  /** Resolves when more may come; rejects when it never will. */
  drained(): Promise<void>;
  /**
   * Told when what was to come never will: a stream that wrote here has failed.
   *
   * @param reason - what it has failed with
   */
  fail?(reason: Error): void;
}

type WriteCallback = (error: Error | null | undefined) => void;

/** A `Writable` whose state is made when it is first asked for, since most writers are only written to. */
function LazyWritable(): void {}
Object.setPrototypeOf(LazyWritable.prototype, Writable.prototype);

/** The same without the methods that answer as Python's do. */
const StreamBase = LazyWritable as unknown as new () => Omit<
  Writable,
  "write" | "on" | "_write" | "_final" | "_destroy"
>;

/**
 * Awaitable bytes: what `wfile` is. Python's `socketserver._SocketWriter`.
 *
 * `write` gives the number of bytes, as Python's does, and a promise of it when the peer does not keep up. Whoever
 * awaits it never fills the memory, and pays nothing where there is nothing to wait for:
 *
 * ```ts
 * for (const row of rows) await this.wfile.write(`${row}\n`);
 * ```
 *
 * It is a `Writable` too, and so a destination for `pipeline()`. While a stream of Node's drives it, `write` answers as
 * `Writable.write` does.
 */
export class ByteWriter extends StreamBase {
  readonly #sink: ByteSink;
  #driven = false;
  #isClosed = false;
  /** State of Node's streams; `undefined` until one of them, or a listener, asks for it. */
  #state: unknown;

  static {
    // Node looks at a stream by this name.
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

  /**
   * @param sink - where the bytes go
   */
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

  /** True if it was closed, or was ended and is through. */
  override get closed(): boolean {
    // Not from `end()` on: Node's `finished()` asks it, and would not wait for the peer.
    return this.#state === undefined ? this.#isClosed : this.destroyed;
  }

  /** True if `end()` was called. */
  override get writableEnded(): boolean {
    return this.#state !== undefined && Reflect.get(Writable.prototype, "writableEnded", this);
  }

  /** True if a stream of Node's has written to it: such a writer ends with its stream. */
  get driven(): boolean {
    return this.#driven;
  }

  /**
   * Writes all of `data`.
   *
   * @param data - bytes, which may not be changed before they are sent, or text, which is sent as UTF-8
   * @returns how many bytes that were; a promise of it when the peer does not keep up. The promise rejects when the peer
   *   goes away or stalls; one that nobody awaits does no harm
   * @throws {@link DisconnectedError} when the peer is gone already; `TypeError` when `data` is neither text nor bytes
   */
  write(data: string | Uint8Array): Awaitable<number>;
  /**
   * What `Writable.write` is; for Node's streams.
   *
   * @param data - as above
   * @param callback - called when it is sent, or with what went wrong
   * @returns whether more may come at once
   */
  write(data: string | Uint8Array, callback: WriteCallback): boolean;
  /**
   * The same, with text in another encoding.
   *
   * @param data - as above
   * @param encoding - of the text
   * @param callback - called when it is sent, or with what went wrong
   * @returns whether more may come at once
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

  /** Sends what is held back. A promise when the peer does not keep up. */
  flush(): Awaitable<void> {
    return this.#sink.flush() ? undefined : quiet(this.#sink.drained());
  }

  /** Sends what is held back; every `write` after this is an error. The connection stays as it is. */
  close(): void {
    if (this.#isClosed) return;
    this.#sink.flush();
    this.#isClosed = true;
    if (this.#state !== undefined) this.destroy();
  }

  /**
   * As in `Writable`. What listens for `unpipe` or `drain` is a stream of Node's that is about to write.
   *
   * @param event - the name of the event
   * @param listener - called for each
   * @returns this writer
   */
  on(event: string | symbol, listener: (...args: never[]) => void): this {
    if (this.#state === undefined) this.#becomeStream();
    if (event === "drain" || event === "unpipe") this.#driven = true;
    return Writable.prototype.on.call(this, event, listener as () => void) as unknown as this;
  }

  #becomeStream(): void {
    Writable.call(this as unknown as Writable);
    // Whoever writes learns of an error by that. Without a listener it would end the process.
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
