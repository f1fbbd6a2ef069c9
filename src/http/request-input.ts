import { NEED_DATA } from "../http1/body-decoders.js";
import { type EndOfInput, ServerConnection } from "../http1/connection.js";
import type { Framing } from "../http1/framing.js";
import type { Limits } from "../http1/limits.js";
import type { FieldLines } from "../http1/message.js";
import { ProtocolError } from "../http1/protocol-error.js";
import type { RequestHead } from "../http1/request-head.js";
import type { Awaitable } from "../io/awaitable.js";
import type { ByteSource } from "../io/byte-reader.js";
import { DisconnectedError } from "../io/connection-errors.js";
import type { SocketSource } from "../io/socket-source.js";
import { ContentClock, type ContentRate } from "./content-rate.js";
import { ResponseError } from "./response.js";

/** A request, the end of them, or what is wrong with the next. */
export type NextRequest = RequestHead | EndOfInput | ProtocolError;

/**
 * The requests of a connection: the parser, fed from the socket.
 *
 * It takes bytes only when they are asked for, so that what is not served yet waits in the socket, where the peer feels it.
 */
export class RequestInput {
  readonly #source: SocketSource;
  readonly #connection: ServerConnection;
  #next: NextRequest | undefined;

  constructor(source: SocketSource, limits: Limits) {
    this.#source = source;
    this.#connection = new ServerConnection(limits);
  }

  /** Whether a part of a request has come. */
  get begun(): boolean {
    return this.#connection.buffered > 0;
  }

  /** The request line that was read last, also where it was no good. */
  get requestLine(): string {
    return this.#connection.requestLine;
  }

  /** Whether nobody is there to take a reply, or `poll` has found the end of the requests. */
  get isClosed(): boolean {
    if (this.#source.gone) return true;
    return this.#next !== undefined && !(this.#next instanceof ProtocolError) && this.#next.type === "closed";
  }

  /** Whether a request can be taken now. */
  poll(): boolean {
    this.#next ??= this.#read();
    return this.#next !== undefined;
  }

  /** Takes the request that `poll` has found. */
  take(): NextRequest {
    const next = this.#next as NextRequest;
    this.#next = undefined;
    return next;
  }

  /** The content of the request that was taken last. */
  body(framing: Framing, rate: ContentRate, beforeFirstWait: () => void): RequestBody {
    const length = framing.kind === "length" ? framing.length : null;
    return new RequestBody(this.#connection, this.#source, length, rate, beforeFirstWait);
  }

  /**
   * All that comes from now on, as it comes: the handler speaks another protocol.
   *
   * @param timeout - seconds that a read waits; another protocol may be silent for longer than the content of a request
   */
  raw(timeout: number | null): ByteSource {
    const rest = this.#connection.takeRest();
    const source = this.#source;
    source.timeout = timeout;
    let taken = rest.length === 0;
    return {
      pull() {
        if (taken) return source.pull();
        taken = true;
        return rest;
      },
    };
  }

  #readEnd(): NextRequest {
    this.#connection.receiveEnd();
    let event = this.#connection.next();
    if (event !== NEED_DATA && event.type === "end") event = this.#connection.next();
    return event as EndOfInput;
  }

  #read(): NextRequest | undefined {
    // Nobody is there to take the replies.
    if (this.#source.gone) return { type: "closed" };
    try {
      for (;;) {
        const event = this.#connection.buffered === 0 ? NEED_DATA : this.#connection.next();
        if (event === NEED_DATA) {
          const bytes = this.#source.take();
          if (bytes === undefined) return undefined;
          if (bytes === null) return this.#readEnd();
          this.#connection.receive(bytes);
        } else if (event.type !== "end") {
          // Else it is the end of a request without content, which nobody has read.
          return event as RequestHead | EndOfInput;
        }
      }
    } catch (error) {
      if (error instanceof ProtocolError) return error;
      if (error instanceof DisconnectedError) return { type: "closed" };
      throw error;
    }
  }
}

/** The content of one request, out of its framing. It ends where the request does. */
export class RequestBody implements ByteSource {
  readonly #connection: ServerConnection;
  readonly #source: SocketSource;
  readonly #beforeFirstWait: () => void;
  readonly #clock: ContentClock;
  #left: number | null;
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
    beforeFirstWait: () => void,
  ) {
    this.#connection = connection;
    this.#source = source;
    this.#left = length;
    this.#clock = new ContentClock(rate);
    this.#beforeFirstWait = beforeFirstWait;
  }

  /** Whether all of it was read. */
  get ended(): boolean {
    return this.#ended || this.#left === 0;
  }

  /** How many bytes are still to be read; `null` where the client does not say. */
  get left(): number | null {
    return this.#left;
  }

  /** Whether a read of it waits. */
  get waiting(): boolean {
    return this.#waiting;
  }

  /** The trailer fields, once the end was read. */
  get trailers(): FieldLines {
    return this.#trailers;
  }

  /** Its request is over: what comes now is not its content, whoever still reads. */
  abandon(): void {
    this.#abandoned = !this.ended;
  }

  pull(): Awaitable<Buffer | null> {
    this.#checkStillThere();
    return this.#pull();
  }

  /**
   * Reads and drops what is left, so that the next request can be found behind it.
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
      this.#beforeFirstWait();
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
