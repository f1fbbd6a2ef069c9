/**
 * Decides which files stay in memory, and which of them keep their content.
 *
 * @module
 */

/** A file in the cache, with or without its content. */
export interface Cached {
  /** The content, while it is kept. Only the cache sets it. */
  bytes: Buffer | null;
  /** Time of its last request. */
  readonly usedAt: number;
  /** Called when the file is removed from the cache. */
  forget(): void;
}

/** Bytes that a file needs besides its content: name, facts, two response headers. */
export const OVERHEAD = 2048;

/** Share of the limit for files without their content. Their facts need little memory, and save most of the work. */
const BARE_SHARE = 1 / 4;

/** The default of `max_cached_file`, in bytes. */
export const MAX_CACHED_FILE = 256 * 1024;

/** The default of `max_cache`, in bytes. */
export const MAX_CACHE = 64 * 1024 * 1024;

/**
 * Keeps files up to a total number of bytes. The cache only decides which files stay in memory; to look one up, ask its
 * owner.
 */
export class FileCache {
  /** Largest content that is kept, in bytes. */
  largest: number;
  /** Maximum weight of all files, in bytes. */
  limit: number;
  // Both sets are in the order of the last use.
  readonly #full = new Set<Cached>();
  readonly #bare = new Set<Cached>();
  #weight = 0;
  #newest: Cached | undefined;

  constructor(largest: number = MAX_CACHED_FILE, limit: number = MAX_CACHE) {
    this.largest = largest;
    this.limit = limit;
  }

  /** Bytes in use. */
  get weight(): number {
    return this.#weight;
  }

  /** Records that a file with its content was requested. */
  touch(file: Cached): void {
    // The newest file need not be moved. This is the most frequent case.
    if (file === this.#newest || !this.#full.delete(file)) return;
    this.#full.add(file);
    this.#newest = file;
  }

  /**
   * Makes room for the content of a file, by dropping the content of the least recently used files.
   *
   * @param length - bytes of the content
   * @param usedBefore - only content that was last requested before this time is dropped
   * @returns true if there is room
   */
  makeRoom(length: number, usedBefore: number): boolean {
    if (length > this.largest) return false;
    const most = this.limit - OVERHEAD - length;
    for (const oldest of this.#full) {
      if (most < 0 || this.#weight <= most || oldest.usedAt >= usedBefore) break;
      this.#strip(oldest);
    }
    return this.#weight <= most;
  }

  /**
   * Keeps a file. It may be in the cache already.
   *
   * @param bytes - its content, kept if there is room; `null` to keep only the facts about the file
   * @returns true if the file is kept, with or without its content
   */
  add(file: Cached, bytes: Buffer | null): boolean {
    this.delete(file);
    const isFull = bytes !== null && this.#weight + OVERHEAD + bytes.length <= this.limit;
    if (isFull) {
      file.bytes = bytes;
      this.#full.add(file);
      this.#newest = file;
    } else this.#bare.add(file);
    this.#weight += OVERHEAD + (isFull ? bytes.length : 0);
    this.#fit();
    return isFull || this.#bare.has(file);
  }

  #fit(): void {
    const { limit } = this;
    for (const oldest of this.#full) {
      if (this.#weight <= limit) break; // the limit may have become lower
      this.#strip(oldest);
    }
    for (const oldest of this.#bare) {
      if (this.#weight <= limit && this.#bare.size * OVERHEAD <= limit * BARE_SHARE) break;
      this.delete(oldest);
      oldest.forget();
    }
  }

  #strip(file: Cached): void {
    this.#full.delete(file);
    this.#bare.add(file);
    this.#weight -= file.bytes?.length ?? 0;
    file.bytes = null;
  }

  /** Removes a file, without calling its `forget`. */
  delete(file: Cached): void {
    if (this.#full.delete(file)) this.#weight -= OVERHEAD + (file.bytes?.length ?? 0);
    else if (this.#bare.delete(file)) this.#weight -= OVERHEAD;
    file.bytes = null;
  }
}
