import { TimeoutError } from "../io/connection-errors.js";

/** How slowly the content of a request may come. */
export interface ContentRate {
  /** Bytes for each second that is waited; 0 is no limit. */
  readonly bytesPerSecond: number;
  /** Seconds that may be waited besides. */
  readonly grace: number;
}

/**
 * Holds one request's content to a rate. Only the waiting counts, not the time in which a handler is busy, and the bytes that
 * have come buy time for those to come: a client that was fast may pause.
 */
export class ContentClock {
  readonly #rate: ContentRate;
  #received = 0;
  #waited = 0;

  constructor(rate: ContentRate) {
    this.#rate = rate;
  }

  /** Notes bytes that have come. */
  received(bytes: number): void {
    this.#received += bytes;
  }

  /**
   * Waits for more.
   *
   * @param stall - seconds that a single wait may take
   * @param pull - waits for so many seconds, and rejects with a `TimeoutError` when they are over
   */
  async wait<T>(stall: number | null, pull: (timeout: number | null) => T | Promise<T>): Promise<T> {
    const left = this.#left();
    if (stall !== null && stall <= left) return this.#measured(pull(stall));
    try {
      return await this.#measured(pull(left === Number.POSITIVE_INFINITY ? null : left));
    } catch (error) {
      if (error instanceof TimeoutError) throw this.#tooSlow();
      throw error;
    }
  }

  async #measured<T>(pulled: T | Promise<T>): Promise<T> {
    const began = performance.now();
    const result = await pulled;
    this.#waited += (performance.now() - began) / 1000;
    return result;
  }

  #left(): number {
    const { bytesPerSecond, grace } = this.#rate;
    if (bytesPerSecond === 0) return Number.POSITIVE_INFINITY;
    return Math.max(grace + this.#received / bytesPerSecond - this.#waited, 0);
  }

  #tooSlow(): TimeoutError {
    return new TimeoutError(
      `The content came at less than ${this.#rate.bytesPerSecond} bytes per second: ${this.#received} bytes in ${this.#waited.toFixed(1)} seconds.`,
    );
  }
}
