import { memo } from "../files/memo.js";
import { NEED_DATA } from "../http1/body-decoders.js";
import { type EndOfInput, ServerConnection } from "../http1/connection.js";
import type { Framing } from "../http1/framing.js";
import { DEFAULT_LIMITS, type Limits } from "../http1/limits.js";
import { CROWDED_KEEP_ALIVE, type KeepAlive, keepAlive } from "../http1/persistence.js";
import { ProtocolError } from "../http1/protocol-error.js";
import type { RequestHead } from "../http1/request-head.js";
import type { ByteSource } from "../io/byte-reader.js";
import type { Connection } from "../io/connection.js";
import { DisconnectedError } from "../io/connection-errors.js";
import type { Deadline, Limited } from "../io/deadline.js";
import type { SocketSink } from "../io/socket-sink.js";
import type { Arrivals, SocketSource } from "../io/socket-source.js";
import type { MinimumRate } from "../io/write-rate.js";
import type { ConnectionSettings } from "./base-http-request-handler.js";
import { operationOf } from "./operation.js";
import { type Awaited100, RequestContent } from "./request-content.js";
import { type Place, RequestQueue } from "./request-queue.js";

/** A request, the end of the requests, or the problem of the next one. */
export type NextRequest = RequestHead | EndOfInput | ProtocolError;

/**
 * Reason why a connection has no further request: none arrived in time, the server closes, or the client can't get a
 * response.
 */
export type EndOfRequests = "timeout" | "closing" | "gone";

/** Time limits for a request in seconds; `null` means no limit. */
export interface RequestTimeouts {
  /** For the first byte of a connection. */
  readonly firstByte: number | null;
  /** For the first byte of a further request, with the `Keep-Alive` field that announces it. */
  readonly idle: KeepAlive;
  /** From the first byte of a request to the end of its head. */
  readonly header: number | null;
}

/**
 * Bytes that a client may have read before the server can see it: Linux reports free space only when a third of its
 * buffer is free. The buffer has up to 4 MiB (`net.ipv4.tcp_wmem`).
 */
const LARGEST_STEP = 1.5 * 1024 * 1024;

/** Returns the limits of a connection from its settings. The last result is kept, because most connections have the same
 * settings. */
export const connectionLimits = memo((settings: ConnectionSettings) => {
  const { timeout, min_response_rate: bytesPerSecond } = settings;
  return {
    limits: {
      ...DEFAULT_LIMITS,
      requestLine: settings.max_request_line,
      fieldSection: settings.max_header_size,
      fieldCount: settings.max_headers,
      content: settings.max_content_length,
    },
    timeouts: {
      firstByte: shorter(timeout, settings.first_byte_timeout),
      idle: keepAlive(shorter(timeout, settings.keep_alive_timeout)),
      header: shorter(timeout, settings.header_timeout),
    },
    log_format: settings.log_format,
    stall: shorter(timeout, settings.stall_timeout),
    rate: { bytesPerSecond, grace: settings.response_rate_grace + LARGEST_STEP / bytesPerSecond },
    /** `null` if the handler does not serve monitoring requests. */
    operation: operationOf(settings),
  };
});

/** Returns the shorter of two times; `null` means no limit. */
function shorter(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
}

/** Seconds that an idle connection is always kept. */
const SHORT_IDLE = CROWDED_KEEP_ALIVE.timeout as number;

const CLOSED: EndOfInput = { type: "closed" };

/** Code that waits for a request. */
export interface Waiter {
  /** Called when {@link RequestStream.isReady} may be true. */
  ready(): void;
}

/**
 * Waits for the requests of a connection, within time limits, parses them, and records why no more will follow.
 *
 * It takes bytes from the socket only if the handler wants a request, and not while the client does not read the
 * responses. Other requests wait in the socket, so the client has to wait too (back-pressure).
 */
export class RequestStream implements Arrivals, Limited {
  /** Number of requests taken so far. */
  taken = 0;
  /** True if the server closes. Then it waits for no further request. */
  isClosing = false;
  /**
   * Reason why there is no further request; `undefined` while there may be one, and if the client has ended the
   * connection.
   */
  end: EndOfRequests | undefined;
  readonly #place: Place | undefined;
  /** Where requests come from. */
  readonly source: SocketSource;
  /** Where responses are sent. */
  readonly sink: SocketSink;
  readonly #deadline: Deadline;
  readonly #parser: ServerConnection;
  readonly #timeouts: RequestTimeouts;
  /** True if the idle time is so short that scarce connections don't change it. */
  readonly #isShort: boolean;
  /** Seconds of idle time that have passed so far. */
  #idled = 0;
  readonly #connection: Connection;
  #next: NextRequest | undefined;
  #waitsFor: "request" | "discard" | null = null;
  #waiter!: Waiter;
  #hasBegun = false;
  #isQueued = false;
  /** True if the client sends nothing after the request that was taken last: RFC 9112 §9.6. */
  #isLast = false;

  /**
   * @param connection - source of requests, and destination of responses
   * @param limits - limits of a request
   * @param timeouts - limits of the wait for a request
   */
  constructor(connection: Connection, limits: Limits, timeouts: RequestTimeouts) {
    this.#place = RequestQueue.placeOf(connection.socket);
    this.source = connection.source;
    this.sink = connection.sink;
    this.#deadline = connection.deadline;
    this.#parser = new ServerConnection(limits);
    this.#timeouts = timeouts;
    const { timeout } = timeouts.idle;
    this.#isShort = timeout !== null && timeout <= SHORT_IDLE;
    this.#connection = connection;
    this.source.reader = this;
    this.#deadline.owner = this;
  }

  /** The field line with the time that an idle connection is kept; `""` for none. */
  get keepAliveField(): string {
    return this.#isShort || this.#hasRoom() ? this.#timeouts.idle.field : CROWDED_KEEP_ALIVE.field;
  }

  /** True if a part of a request has arrived. */
  get hasBegun(): boolean {
    return this.#parser.buffered > 0;
  }

  /** The last request line, even if it was malformed. */
  get requestLine(): string {
    return this.#parser.requestLine;
  }

  /** The valid head of a request that can't be served; otherwise `undefined`. */
  get refusedHead(): RequestHead | undefined {
    return this.#parser.refusedHead;
  }

  /** True if there is a request to serve, or the end was reached. */
  get isReady(): boolean {
    if (this.end !== undefined) return true;
    if (this.sink.full) return false;
    this.#next ??= this.#read();
    return this.#next !== undefined;
  }

  /** True if no request will follow. */
  get isOver(): boolean {
    if (this.end !== undefined || this.source.gone) return true;
    return this.#next !== undefined && !(this.#next instanceof ProtocolError) && this.#next.type === "closed";
  }

  /** Calls `ended` when the client ends its sending side. */
  onEnded(ended: () => void): void {
    this.source.onEnded = ended;
  }

  /**
   * True if the client has ended its sending side, and has sent nothing after the content of the last request.
   *
   * @param content - number of its unread bytes; `null` if it is unknown
   */
  endsBehind(content: number | null): boolean {
    const { ended, size } = this.source;
    return ended && (content === null || this.#parser.buffered + size <= content);
  }

  /** Sends the collected responses, and calls `waiter` when {@link isReady} may be true. */
  whenReady(waiter: Waiter): void {
    // If the sink is full, this stream waits for "drain": a request may have arrived already, so no other event would
    // wake the stream.
    if (this.sink.full || !this.sink.flushSoon())
      this.sink.drained().then(
        () => waiter.ready(),
        () => this.#endWith("gone", waiter),
      );
    else this.#wait(waiter);
  }

  /** Takes the request that is ready. */
  take(): NextRequest {
    const next = this.#next as NextRequest;
    this.#next = undefined;
    this.taken++;
    this.#isLast = "persistent" in next && !next.persistent && next.framing.kind === "none";
    return next;
  }

  /** Begins the request that is ready. Returns a promise if requests of other connections are first. */
  joinQueue(): Promise<void> | undefined {
    if (this.#place === undefined) return undefined;
    this.#isQueued = true;
    return this.#place.take();
  }

  /** Lets the next request in the queue begin. */
  leaveQueue(): void {
    if (!this.#isQueued) return;
    this.#isQueued = false;
    this.#place?.give();
  }

  /** Returns the content of the request that was taken last. */
  content(framing: Framing, rate: MinimumRate, awaited: Awaited100): RequestContent {
    const length = framing.kind === "length" ? framing.length : null;
    return new RequestContent(this.#parser, this.source, length, rate, awaited);
  }

  /**
   * Reads and drops the rest of the content of a request.
   *
   * @param limit - maximum number of bytes to read
   * @param timeout - maximum seconds
   * @returns true if the end was reached; false if this takes too long, or if the server closes
   */
  async discard(content: RequestContent, limit: number, timeout: number | null): Promise<boolean> {
    const stopped = new Promise<false>((resolve) => this.#waitForDiscard(timeout, () => resolve(false)));
    const isEnded = await Promise.race([content.discard(limit), stopped]).catch(() => false);
    this.#waitsFor = null;
    this.#deadline.lift();
    return isEnded;
  }

  /**
   * Returns the source of all further bytes, without framing: the handler uses another protocol.
   *
   * @param timeout - seconds that a read may wait. Another protocol may be silent for longer than the content of a
   *   request
   */
  raw(timeout: number | null): ByteSource {
    this.#isLast = false;
    this.source.unread(this.#parser.takeRest());
    this.source.timeout = timeout;
    return this.source;
  }

  /**
   * Ends the wait of an idle connection soon, because the server closes. A request whose first byte has arrived may
   * still be completed.
   */
  drain(): void {
    this.isClosing = true;
    if (this.#waitsFor === "discard") this.#wake();
    else if (this.#waitsFor === "request" && !this.hasBegun) this.#deadline.hasten();
  }

  /** Stops waiting. */
  close(): void {
    this.#waitsFor = null;
    this.#deadline.lift();
    this.source.reader = null;
    this.#connection.isPeerDone = this.#isLast && this.#parser.buffered + this.source.size === 0;
  }

  #wait(waiter: Waiter): void {
    const { firstByte, idle, header } = this.#timeouts;
    this.#hasBegun = this.#parser.buffered > 0;
    this.#waiter = waiter;
    this.#waitsFor = "request";
    this.#idled = 0;
    if (this.#hasBegun) this.#deadline.set(header);
    else if (this.taken === 0) this.#deadline.set(firstByte);
    else this.#deadline.set(this.#isShort ? idle.timeout : SHORT_IDLE);
    if (this.isClosing && !this.#hasBegun) this.#deadline.hasten();
  }

  #waitForDiscard(timeout: number | null, stop: () => void): void {
    if (this.isClosing) return stop();
    this.#waiter = { ready: stop };
    this.#waitsFor = "discard";
    this.#deadline.set(timeout);
  }

  arrived(): void {
    if (this.#waitsFor !== "request") return;
    this.#next ??= this.#read();
    if (this.#next !== undefined) return this.#wake();
    if (this.#hasBegun || !this.hasBegun) return;
    this.#hasBegun = true;
    this.#deadline.set(this.#timeouts.header);
  }

  expired(): void {
    if (this.#waitsFor === "request") this.#waited();
    else if (this.#waitsFor === "discard") this.#wake();
  }

  /**
   * Ends the wait, unless the connection may stay idle for longer. This is checked regularly, because connections may
   * become scarce.
   */
  #waited(): void {
    const mayIdle = this.taken > 0 && !this.#isShort && !this.#hasBegun && !this.isClosing;
    this.#idled += SHORT_IDLE;
    const left = (this.#timeouts.idle.timeout ?? Number.POSITIVE_INFINITY) - this.#idled;
    if (mayIdle && left > 0 && this.#hasRoom()) return this.#deadline.set(Math.min(left, SHORT_IDLE));
    this.#endWith(this.isClosing && !this.hasBegun ? "closing" : "timeout");
  }

  #hasRoom(): boolean {
    return this.#connection.crowd?.hasRoomForIdle?.() ?? true;
  }

  #endWith(end: EndOfRequests, waiter = this.#waiter): void {
    this.end = end;
    this.#waiter = waiter;
    this.#wake();
  }

  #wake(): void {
    this.#waitsFor = null;
    this.#deadline.lift();
    this.#waiter.ready();
  }

  #read(): NextRequest | undefined {
    // Nobody can get the responses.
    if (this.source.gone) return CLOSED;
    const parser = this.#parser;
    try {
      let event = parser.buffered === 0 ? NEED_DATA : parser.next();
      // The end of the last request comes first if nothing has read it, as for a request without content.
      while (event === NEED_DATA || event.type === "end") {
        if (event === NEED_DATA) {
          const bytes = this.source.take();
          if (bytes === undefined) return undefined;
          if (bytes === null) return this.#readEnd();
          parser.receive(bytes);
        }
        event = parser.next();
      }
      return event as RequestHead | EndOfInput;
    } catch (error) {
      if (error instanceof ProtocolError) return error;
      if (error instanceof DisconnectedError) return CLOSED;
      throw error;
    }
  }

  #readEnd(): NextRequest {
    this.#parser.receiveEnd();
    let event = this.#parser.next();
    if (event !== NEED_DATA && event.type === "end") event = this.#parser.next();
    return event as EndOfInput;
  }
}
