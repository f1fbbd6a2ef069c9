import { Deadline } from "../io/deadline.js";
import type { SocketSource } from "../io/socket-source.js";
import type { RequestInput } from "./request-input.js";

/** How a wait for a request ended: with one, with no time left, or because the server closes. */
export type Awakening = "request" | "timeout" | "closing";

/** How long is waited, each in seconds; `null` is for ever. */
export interface WaitTimeouts {
  /** For the first byte of a connection. */
  readonly firstByte: number | null;
  /** For the first byte of a further request. */
  readonly idle: number | null;
  /** From the first byte of a request to the end of its head. */
  readonly header: number | null;
}

/** Waits for the next request of a connection, within limits of time. */
export class RequestWait {
  readonly #input: RequestInput;
  readonly #timeouts: WaitTimeouts;
  readonly #deadline = new Deadline();
  #awake: ((awakening: Awakening) => void) | undefined;
  #hasBegun = false;
  #isDiscarding = false;
  #isClosing = false;

  constructor(input: RequestInput, source: SocketSource, timeouts: WaitTimeouts) {
    this.#input = input;
    this.#timeouts = timeouts;
    this.#deadline.onExpired = () => this.#wake("timeout");
    source.onReadable = () => this.#somethingCame();
  }

  /** Whether the server closes: no further request is waited for. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  /**
   * Waits until a request can be taken.
   *
   * @param first - what is to come first
   * @param awake - called once, with what ended the wait
   */
  forRequest(first: "first byte" | "idle", awake: (awakening: Awakening) => void): void {
    const { header, firstByte, idle } = this.#timeouts;
    this.#hasBegun = this.#input.begun;
    if (this.#isClosing && !this.#hasBegun) return awake("closing");
    this.#awake = awake;
    this.#deadline.set(this.#hasBegun ? header : first === "idle" ? idle : firstByte);
  }

  /**
   * Waits for the end of content that nobody wants.
   *
   * @param timeout - in seconds
   * @param awake - called when it has passed, or when the server closes
   */
  forDiscard(timeout: number | null, awake: () => void): void {
    if (this.#isClosing) return awake();
    this.#isDiscarding = true;
    this.#awake = awake;
    this.#deadline.set(timeout);
  }

  /** Ends a wait without a word. */
  lift(): void {
    this.#awake = undefined;
    this.#isDiscarding = false;
    this.#deadline.lift();
  }

  /** The server closes: an idle connection ends at once; a request that has begun to come is still waited for. */
  drain(): void {
    this.#isClosing = true;
    if (this.#isDiscarding || !this.#input.begun) this.#wake("closing");
  }

  /** Leaves no timer behind. */
  close(): void {
    this.#deadline.close();
  }

  #somethingCame(): void {
    if (this.#awake === undefined || this.#isDiscarding) return;
    if (this.#input.poll()) return this.#wake("request");
    if (this.#hasBegun || !this.#input.begun) return;
    this.#hasBegun = true;
    this.#deadline.set(this.#timeouts.header);
  }

  #wake(awakening: Awakening): void {
    const awake = this.#awake;
    this.lift();
    awake?.(awakening);
  }
}
