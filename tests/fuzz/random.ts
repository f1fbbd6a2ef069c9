/** Numbers that look random, and are the same for the same seed: mulberry32. */
export class Random {
  #state: number;

  /** @param seed - a whole number; its lowest 32 bits count */
  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** Returns a whole number from 0, less than `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  /** @param values - at least one */
  oneOf<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }
}
