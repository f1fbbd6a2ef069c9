import { Deadline } from "../io/deadline.js";
import type { SocketSource } from "../io/socket-source.js";
import type { RequestInput } from "./request-input.js";

/** How a wait for a request ended: with one, with no time left, or because the server closes. */
export type Awakening = "request" | "timeout" | "closing";

/** Waits for the next request of a connection, within limits of time. */
export class RequestWait {
  readonly #input: RequestInput;
  readonly #deadline = new Deadline(() => this.#wake("timeout"));
  #resolve: ((awakening: Awakening) => void) | undefined;
  #headerTimeout: number | null = null;
  #hasBegun = false;
  #isClosing = false;

  constructor(input: RequestInput, source: SocketSource) {
    this.#input = input;
    source.onReadable = () => this.#somethingCame();
  }

  /** Whether the server closes: no further request is waited for. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  /**
   * Waits until a request can be taken.
   *
   * @param idleTimeout - seconds until its first byte; `null` is for ever
   * @param headerTimeout - seconds from then to the end of its head; `null` is for ever
   */
  forRequest(idleTimeout: number | null, headerTimeout: number | null): Promise<Awakening> {
    this.#hasBegun = this.#input.begun;
    if (this.#isClosing && !this.#hasBegun) return Promise.resolve("closing");
    this.#headerTimeout = headerTimeout;
    this.#deadline.set(this.#hasBegun ? headerTimeout : idleTimeout);
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** The server closes: an idle connection ends at once; a request that has begun to come is still waited for. */
  drain(): void {
    this.#isClosing = true;
    if (!this.#input.begun) this.#wake("closing");
  }

  /** Leaves no timer behind. */
  close(): void {
    this.#deadline.close();
  }

  #somethingCame(): void {
    if (this.#resolve === undefined) return;
    if (this.#input.poll()) return this.#wake("request");
    if (this.#hasBegun || !this.#input.begun) return;
    this.#hasBegun = true;
    this.#deadline.set(this.#headerTimeout);
  }

  #wake(awakening: Awakening): void {
    const resolve = this.#resolve;
    this.#resolve = undefined;
    this.#deadline.lift();
    resolve?.(awakening);
  }
}
