/**
 * Files that stay in memory.
 *
 * @module
 */

/** An entry of a {@link FileCache}: anything that uses memory. */
export interface Cached {
  /** In bytes, about. */
  readonly weight: number;
  /** Called when it is kept no longer. */
  forget(): void;
}

/**
 * Decides which files are kept, up to a total weight. The least recently used ones are removed first.
 *
 * It knows nothing of files, nor of their names: those who keep something here find it by themselves.
 */
export class FileCache {
  readonly #values = new Set<Cached>(); // in the order in which they were asked for
  #weight = 0;
  #newest: Cached | undefined;

  /** How much all of it weighs. */
  get weight(): number {
    return this.#weight;
  }

  /** Takes note that a value was asked for. */
  touch(value: Cached): void {
    // The one that was asked for last need not be moved, and that is the one that is asked for most.
    if (value === this.#newest || !this.#values.delete(value)) return;
    this.#values.add(value);
    this.#newest = value;
  }

  /**
   * Keeps a value, if it finds room.
   *
   * @param limit - how much all may weigh together
   * @returns true if it is kept
   */
  add(value: Cached, limit: number): boolean {
    if (value.weight > limit) return false;
    this.#values.add(value);
    this.#newest = value;
    this.#weight += value.weight;
    for (const oldest of this.#values) {
      if (this.#weight <= limit) break;
      this.delete(oldest);
      oldest.forget();
    }
    return true;
  }

  /** Keeps a value no longer. Does not call its `forget`. */
  delete(value: Cached): void {
    if (this.#values.delete(value)) this.#weight -= value.weight;
  }
}
