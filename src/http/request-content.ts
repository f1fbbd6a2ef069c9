import { NEED_DATA } from "../http1/body-decoders.js";
import type { ServerConnection } from "../http1/connection.js";
import type { FieldLines } from "../http1/message.js";
import type { Awaitable } from "../io/awaitable.js";
import type { ByteSource } from "../io/byte-reader.js";
import type { SocketSource } from "../io/socket-source.js";
import { ContentClock, type ContentRate } from "./content-rate.js";
import { ResponseError } from "./response.js";

/** The response that a client may wait for before it sends its content. */
export interface Awaited100 {
  /** Lets the client send, if it waits for that. */
  sendContinue(): void;
}

/** The content of one request, out of its framing. It ends where the request does. */
export class RequestContent implements ByteSource {
  readonly #connection: ServerConnection;
  readonly #source: SocketSource;
  readonly #awaited: Awaited100;
  readonly #clock: ContentClock;
  #left: number | null;
  /** True once it was asked for. */
  isTouched = false;
  #wanted = false;
  #waiting = false;
  #ended = false;
  #abandoned = false;
  #trailers: FieldLines = [];

  constructor(
    connection: ServerConnection,
    source: SocketSource,
    length: number | null,
    rate: ContentRate,
    awaited: Awaited100,
  ) {
    this.#connection = connection;
    this.#source = source;
    this.#left = length;
    this.#clock = new ContentClock(rate);
    this.#awaited = awaited;
  }

  /** Seconds that a read may wait: those of the connection. */
  get timeout(): number | null {
    return this.#source.timeout;
  }

  set timeout(seconds: number | null) {
    this.#source.timeout = seconds;
  }

  /** True if all of it was read. */
  get ended(): boolean {
    return this.#ended || this.#left === 0;
  }

  /** Bytes that are still to be read; `null` if the client does not say. */
  get left(): number | null {
    return this.#left;
  }

  /** True while a read of it waits. */
  get waiting(): boolean {
    return this.#waiting;
  }

  /** The trailer fields, once the end was read. */
  get trailers(): FieldLines {
    return this.#trailers;
  }

  /** Its request has ended: later bytes are not its body, even if a handler still reads. */
  abandon(): void {
    this.#abandoned = !this.ended;
  }

  pull(): Awaitable<Buffer | null> {
    this.#checkStillThere();
    this.isTouched = true;
    return this.#pull();
  }

  /**
   * Drops the bytes that have arrived.
   *
   * @param limit - bytes to drop at most
   * @returns whether that was all of it
   */
  skip(limit: number): boolean {
    let skipped = 0;
    for (let bytes = this.#decode(); bytes !== undefined; bytes = this.#decode()) {
      if (bytes === null) return true;
      skipped += bytes.length;
      if (skipped > limit) return false;
    }
    return this.ended;
  }

  /**
   * Reads and drops the rest, so that the next request can be found after it.
   *
   * @param limit - bytes to read at most
   * @returns whether the end was reached
   */
  async discard(limit: number): Promise<boolean> {
    let discarded = 0;
    for (let bytes = await this.#pull(); bytes !== null; bytes = await this.#pull()) {
      discarded += bytes.length;
      if (discarded > limit) return false;
    }
    return true;
  }

  #pull(): Awaitable<Buffer | null> {
    const bytes = this.#decode();
    return bytes === undefined ? this.#wait() : bytes;
  }

  async #wait(): Promise<Buffer | null> {
    if (!this.#wanted) {
      this.#wanted = true;
      this.#awaited.sendContinue();
    }
    this.#waiting = true;
    const wasAbandoned = this.#abandoned;
    try {
      for (;;) {
        const more = await this.#clock.wait(this.#source.timeout, (timeout) => this.#source.pull(timeout));
        if (!wasAbandoned) this.#checkStillThere();
        feed(this.#connection, more);
        const bytes = this.#decode();
        if (bytes !== undefined) return bytes;
      }
    } finally {
      this.#waiting = false;
    }
  }

  #checkStillThere(): void {
    if (this.#abandoned)
      throw new ResponseError(
        "PYSERVE_REQUEST_ENDED",
        "The request has ended, and its content with it: await each read before the handler returns.",
      );
  }

  /** The next piece, `null` at the end, `undefined` when more has to come first. */
  #decode(): Buffer | null | undefined {
    if (this.ended) return null;
    const event = this.#connection.next();
    if (event === NEED_DATA) return this.#decodeMore();
    if (event.type === "content") {
      if (this.#left !== null) this.#left -= event.bytes.length;
      this.#clock.received(event.bytes.length);
      return event.bytes;
    }
    this.#ended = true;
    if (event.type === "end") this.#trailers = event.trailers;
    return null;
  }

  #decodeMore(): Buffer | null | undefined {
    const bytes = this.#source.take();
    if (bytes === undefined) return undefined;
    feed(this.#connection, bytes);
    return this.#decode();
  }
}

function feed(connection: ServerConnection, bytes: Buffer | null): void {
  if (bytes === null) connection.receiveEnd();
  else connection.receive(bytes);
}
