import { NEED_DATA } from "../http1/body-decoders.js";
import type { ServerConnection } from "../http1/connection.js";
import type { FieldLines } from "../http1/message.js";
import type { Awaitable } from "../io/awaitable.js";
import type { ByteSource } from "../io/byte-reader.js";
import type { SocketSource } from "../io/socket-source.js";
import type { MinimumRate } from "../io/write-rate.js";
import { ContentClock } from "./content-rate.js";
import { ResponseError } from "./response.js";

/** The interim response that a client may wait for before it sends its content. */
export interface Awaited100 {
  /** Sends 100 (Continue), if the client waits for it. */
  sendContinue(): void;
}

/** The content of one request, without its framing. It ends with the request. */
export class RequestContent implements ByteSource {
  readonly #connection: ServerConnection;
  readonly #source: SocketSource;
  readonly #awaited: Awaited100;
  readonly #clock: ContentClock;
  #left: number | null;
  /** True after the first attempt to read it. */
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
    rate: MinimumRate,
    awaited: Awaited100,
  ) {
    this.#connection = connection;
    this.#source = source;
    this.#left = length;
    this.#clock = new ContentClock(rate);
    this.#awaited = awaited;
  }

  /** Seconds that a read may wait. */
  get timeout(): number | null {
    return this.#source.timeout;
  }

  set timeout(seconds: number | null) {
    this.#source.timeout = seconds;
  }

  /** True if everything was read. */
  get ended(): boolean {
    return this.#ended || this.#left === 0;
  }

  /** Number of unread bytes; `null` if the client has not sent a length. */
  get left(): number | null {
    return this.#left;
  }

  /** True while a read waits. */
  get waiting(): boolean {
    return this.#waiting;
  }

  /** The trailer fields, after the end was read. */
  get trailers(): FieldLines {
    return this.#trailers;
  }

  /** Called when the request has ended: later bytes don't belong to it, even if a handler still reads. */
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
   * @param limit - maximum number of bytes to drop
   * @returns true if nothing is left
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
   * Reads and drops the rest, to reach the next request.
   *
   * @param limit - maximum number of bytes to read
   * @returns true if the end was reached
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
        "The request has ended, so its content can't be read any more. Await each read before the handler returns.",
      );
  }

  /** Returns the next piece; `null` at the end; `undefined` if more bytes must arrive first. */
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
