import { Duplex } from "node:stream";
import type { InetAddress, UnixAddress } from "../socketserver/addresses.js";

/** Input from a client: text (sent as UTF-8) or bytes. The elements of an array arrive one by one. */
export type SentBytes =
  | string
  | Uint8Array
  | Iterable<string | Uint8Array>
  | AsyncIterable<string | Uint8Array>;

/**
 * A connection without a socket. It has all its input from the beginning, and keeps the handler's output.
 *
 * Handlers may call the setters of `net.Socket`, which do nothing.
 */
export class MemoryConnection extends Duplex {
  /** The client's host. */
  readonly remoteAddress: string | undefined;
  /** The client's port. */
  readonly remotePort: number | undefined;
  /** True if the handler has reset the connection. */
  wasReset = false;
  readonly #input: AsyncIterator<string | Uint8Array> | Iterator<string | Uint8Array>;
  readonly #written: Buffer[] = [];
  #isReading = false;

  constructor(input: SentBytes, client_address: InetAddress | UnixAddress) {
    super({ allowHalfOpen: true });
    this.#input = piecesOf(input);
    if (typeof client_address !== "string") [this.remoteAddress, this.remotePort] = client_address;
  }

  /** Bytes that the handler has written. */
  get written(): Buffer {
    return Buffer.concat(this.#written);
  }

  override _read(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    void this.#arrive().catch((error: Error) => this.destroy(error));
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#written.push(Buffer.from(bytes));
    done();
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  setTimeout(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  resetAndDestroy(): this {
    this.wasReset = true;
    return this.destroy();
  }

  /** Delivers one piece in each turn of the event loop, like a network. */
  async #arrive(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    const { value, done } = await this.#input.next();
    this.#isReading = false;
    if (this.destroyed) return;
    if (done) this.push(null);
    else this.push(Buffer.from(value as string));
  }
}

function piecesOf(input: SentBytes): AsyncIterator<string | Uint8Array> | Iterator<string | Uint8Array> {
  if (typeof input === "string" || input instanceof Uint8Array) return [input][Symbol.iterator]();
  return Symbol.asyncIterator in input ? input[Symbol.asyncIterator]() : input[Symbol.iterator]();
}
