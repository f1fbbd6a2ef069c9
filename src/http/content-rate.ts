import { TimeoutError } from "../io/connection-errors.js";
import type { MinimumRate } from "../io/write-rate.js";

/**
 * Enforces a minimum rate for the content of one request. Only waiting counts, not the time in which a handler is busy.
 * Bytes that arrive early save time for later ones, so a client that was fast may pause.
 */
export class ContentClock {
  readonly #rate: MinimumRate;
  #received = 0;
  #waited = 0;

  constructor(rate: MinimumRate) {
    this.#rate = rate;
  }

  /** Counts received bytes. */
  received(bytes: number): void {
    this.#received += bytes;
  }

  /**
   * Waits for more bytes.
   *
   * @param stall - maximum seconds of a single wait
   * @param pull - waits for this number of seconds, and then rejects with a `TimeoutError`
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
      `The content arrived at less than ${this.#rate.bytesPerSecond} bytes per second: ${this.#received} bytes in ${this.#waited.toFixed(1)} seconds.`,
    );
  }
}
