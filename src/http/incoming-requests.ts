import type { Socket } from "node:net";
import type { Framing } from "../http1/framing.js";
import type { Limits } from "../http1/limits.js";
import type { ByteSource } from "../io/byte-reader.js";
import type { SocketSink } from "../io/socket-sink.js";
import type { SocketSource } from "../io/socket-source.js";
import type { ContentRate } from "./content-rate.js";
import { type NextRequest, type RequestBody, RequestInput } from "./request-input.js";
import { type Awakening, RequestWait, type WaitTimeouts } from "./request-wait.js";
import { type Turns, turnsOf } from "./turns.js";

/** Why a connection has no further request: none came in time, the server closes, or the client takes no reply. */
export type EndOfRequests = "timeout" | "closing" | "gone";

/**
 * The requests of a connection: when there is one to serve, whose turn it is, and why there will be no more.
 *
 * None is taken while the client does not take the replies, so that its requests wait where it feels them.
 */
export class IncomingRequests {
  readonly #sink: SocketSink;
  readonly #input: RequestInput;
  readonly #wait: RequestWait;
  readonly #turns: Turns | undefined;
  #isFirst = true;
  #end: EndOfRequests | undefined;
  #ready: (() => void) | undefined;

  /**
   * @param connection - what turns are taken by, where the server has them taken
   * @param source - what is received on it
   * @param sink - where the replies leave
   */
  constructor(
    connection: Socket,
    source: SocketSource,
    sink: SocketSink,
    limits: Limits,
    timeouts: WaitTimeouts,
  ) {
    this.#sink = sink;
    this.#input = new RequestInput(source, limits);
    this.#wait = new RequestWait(this.#input, source, timeouts);
    this.#turns = turnsOf(connection);
  }

  /** Whether there is something to do: a request, or an end. */
  get isReady(): boolean {
    return this.#end !== undefined || (!this.#sink.full && this.#input.poll());
  }

  /** Sends what has come together, and waits until there is something to do. */
  whenReady(ready: () => void): void {
    this.#ready = ready;
    // Once full, "drain" comes; before it, requests may wait that nothing else would wake us for.
    if (this.#sink.full || !this.#sink.flushSoon()) this.#sink.drained().then(ready, this.#whenGone);
    else this.#wait.forRequest(this.#isFirst ? "first byte" : "idle", this.#whenAwake);
  }

  /** Whether there is an end, and no request to serve. */
  get isOver(): boolean {
    return this.#end !== undefined || this.#input.isClosed;
  }

  /** Why it is over; `undefined` where the client has ended it, or all is well. */
  get end(): EndOfRequests | undefined {
    return this.#end;
  }

  /** Whether a part of a request has come. */
  get hasBegun(): boolean {
    return this.#input.begun;
  }

  /** Whether the server closes: no further request is waited for. */
  get isClosing(): boolean {
    return this.#wait.isClosing;
  }

  /** The request line that was read last, also where it was no good. */
  get requestLine(): string {
    return this.#input.requestLine;
  }

  /** Takes the turn for a request, or says when it comes. */
  takeTurn(): Promise<void> | undefined {
    return this.#turns?.take();
  }

  /** The request is served: it is another one's turn. */
  giveTurn(): void {
    this.#turns?.give();
  }

  /** Takes the request that is ready. */
  take(): NextRequest {
    this.#isFirst = false;
    return this.#input.take();
  }

  /**
   * Content is read that nobody wants.
   *
   * @returns a promise of `false`, when that has taken too long or the server closes; never, if {@link discarded} is called
   *   before
   */
  discarding(timeout: number | null): Promise<false> {
    return new Promise((resolve) => this.#wait.forDiscard(timeout, () => resolve(false)));
  }

  /** It is read. */
  discarded(): void {
    this.#wait.lift();
  }

  /** The content of the request that was taken last. `beforeFirstWait` is called before it is waited for. */
  body(framing: Framing, rate: ContentRate, beforeFirstWait: () => void): RequestBody {
    return this.#input.body(framing, rate, beforeFirstWait);
  }

  /** All that comes from now on, as it comes. A read waits for `timeout` seconds. */
  raw(timeout: number | null): ByteSource {
    return this.#input.raw(timeout);
  }

  /** The server closes: an idle connection ends at once; a request that has begun to come is still waited for. */
  drain(): void {
    this.#wait.drain();
  }

  /** Leaves no timer behind. */
  close(): void {
    this.#wait.close();
  }

  // One of each for the connection, and not one for each wait.
  readonly #whenAwake = (awakening: Awakening): void => {
    if (awakening !== "request") this.#end = awakening;
    this.#ready?.();
  };

  readonly #whenGone = (): void => {
    this.#end = "gone";
    this.#ready?.();
  };
}
