/**
 * Small files that stay in memory.
 *
 * @module
 */

/** What a {@link FileCache} keeps: anything that takes up memory. */
export interface Cached {
  /** In bytes, about. */
  readonly weight: number;
}

/**
 * Keeps values by name, up to a weight in all; those go first that were not asked for the longest.
 *
 * It knows nothing of files: whoever asks checks that what it keeps is still true.
 */
export class FileCache<Value extends Cached> {
  readonly #values = new Map<string, Value>(); // in the order in which they were asked for
  #weight = 0;
  #newest = "";

  /** How much all of it weighs. */
  get weight(): number {
    return this.#weight;
  }

  /** The value of a name. */
  get(name: string): Value | undefined {
    const value = this.#values.get(name);
    // The one that was asked for last need not be moved, and that is the one that is asked for most.
    if (value !== undefined && name !== this.#newest) this.#touch(name, value);
    return value;
  }

  /**
   * Keeps a value in place of the one that the name had, if it finds room.
   *
   * @param limit - how much all may weigh together
   */
  set(name: string, value: Value, limit: number): void {
    this.delete(name);
    if (value.weight > limit) return;
    this.#touch(name, value);
    this.#weight += value.weight;
    for (const oldest of this.#values.keys()) {
      if (this.#weight <= limit) return;
      this.delete(oldest);
    }
  }

  /** Forgets the value of a name. */
  delete(name: string): void {
    const value = this.#values.get(name);
    if (value === undefined) return;
    this.#values.delete(name);
    this.#weight -= value.weight;
  }

  #touch(name: string, value: Value): void {
    this.#values.delete(name);
    this.#values.set(name, value);
    this.#newest = name;
  }
}
