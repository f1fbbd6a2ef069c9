/**
 * Decides which files stay in memory, and which of them with their content.
 *
 * @module
 */

/** A known file. */
export interface Cached {
  /** The content, while it is kept. Only the cache sets it. */
  bytes: Buffer | null;
  /** Time of its last request, in milliseconds. */
  readonly usedAt: number;
  /** Called when the file is removed from the cache. */
  forget(): void;
}

/** Bytes that a file needs besides its content: name, facts, two response headers. */
export const OVERHEAD = 2048;

/** Share of the limit for files without their content. Their facts need little memory, and save most of the work. */
const BARE_SHARE = 1 / 4;

/** Milliseconds after its last request for which a file is in use. */
const IN_USE = 10_000;

/** Files up to a total weight in bytes. Their owners find them; the cache only decides which ones stay. */
export class FileCache<T extends Cached> {
  // Both sets are in the order of the last use.
  readonly #full = new Set<T>();
  readonly #bare = new Set<T>();
  #weight = 0;
  #newest: T | undefined;

  /** Bytes in use. */
  get weight(): number {
    return this.#weight;
  }

  /** Notes that a file with its content was requested. */
  touch(file: T): void {
    // The newest file need not be moved. This is the most frequent case.
    if (file === this.#newest || !this.#full.delete(file)) return;
    this.#full.add(file);
    this.#newest = file;
  }

  /**
   * Keeps a new file. The content of the least recently used files makes room.
   *
   * @param limit - maximum weight of all files
   * @returns true if it is kept
   */
  add(file: T, bytes: Buffer, limit: number): boolean {
    if (OVERHEAD + bytes.length > limit) return false;
    file.bytes = bytes;
    this.#full.add(file);
    this.#newest = file;
    this.#weight += OVERHEAD + bytes.length;
    this.#fit(limit, file);
    return true;
  }

  /**
   * Keeps a file that was known, and had to be read again.
   *
   * Its content does not replace the content of files in use. Otherwise, files that together need more than the limit
   * would replace each other all the time. Now a part of them stays in memory.
   *
   * @param limit - as for {@link add}
   * @param now - milliseconds, by the clock of `usedAt`
   * @returns true if it is kept, with or without its content
   */
  addAgain(file: T, bytes: Buffer, limit: number, now: number): boolean {
    this.delete(file);
    this.#bare.add(file);
    this.#weight += OVERHEAD;
    for (const oldest of this.#full) {
      if (this.#weight + bytes.length <= limit || now - oldest.usedAt < IN_USE) break;
      this.#strip(oldest);
    }
    if (this.#weight + bytes.length <= limit) {
      this.delete(file);
      return this.add(file, bytes, limit);
    }
    this.#fit(limit);
    return this.#bare.has(file);
  }

  #fit(limit: number, newest?: T): void {
    for (const oldest of this.#full) {
      if (this.#weight <= limit || oldest === newest) break;
      this.#strip(oldest);
    }
    for (const oldest of this.#bare) {
      if (this.#weight <= limit && this.#bare.size * OVERHEAD <= limit * BARE_SHARE) break;
      this.delete(oldest);
      oldest.forget();
    }
  }

  #strip(file: T): void {
    this.#full.delete(file);
    this.#bare.add(file);
    this.#weight -= file.bytes?.length ?? 0;
    file.bytes = null;
  }

  /** Removes a file, without calling its `forget`. */
  delete(file: T): void {
    if (this.#full.delete(file)) this.#weight -= OVERHEAD + (file.bytes?.length ?? 0);
    else if (this.#bare.delete(file)) this.#weight -= OVERHEAD;
    file.bytes = null;
  }
}
