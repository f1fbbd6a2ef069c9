/**
 * The entries of a listing, as they are held while it is sent.
 *
 * @module
 */

import type { ListingEntry } from "./listing.js";

const KINDS = ["directory", "file", "link", "other"] as const satisfies readonly ListingEntry["kind"][];
const KIND = 0b011;
const IS_LINK = 0b100;

/** Replaces `null` for sorting: it is less than any size or time. */
const UNKNOWN = Number.NEGATIVE_INFINITY;

/**
 * Entries as columns, which take half of what an object for each would. Those that a filter leaves out are counted, and not kept.
 */
export class ListingTable {
  /** By place, as all columns. */
  readonly names: string[] = [];
  /** In bytes; `-Infinity` for none. */
  readonly sizes: number[] = [];
  /** In milliseconds since the epoch; `-Infinity` for none. */
  readonly mtimes: number[] = [];
  readonly #kinds: number[] = [];
  readonly #isShown: (name: string) => boolean;
  /** Entries that were added, kept or not; how many of them are directories, and how large they are together. */
  readonly sum = { all: 0, directories: 0, bytes: 0 };

  /** @param isShown - whether an entry of a name is kept; all are by default */
  constructor(isShown: (name: string) => boolean = () => true) {
    this.#isShown = isShown;
  }

  /** How many entries are kept. */
  get length(): number {
    return this.names.length;
  }

  /** Adds an entry. */
  add({ name, kind, isSymbolicLink, size, mtime }: ListingEntry): void {
    this.sum.all += 1;
    if (kind === "directory") this.sum.directories += 1;
    this.sum.bytes += size ?? 0;
    if (!this.#isShown(name)) return;
    this.names.push(name);
    this.sizes.push(size ?? UNKNOWN);
    this.mtimes.push(mtime ?? UNKNOWN);
    this.#kinds.push(KINDS.indexOf(kind) | (isSymbolicLink ? IS_LINK : 0));
  }

  /** True if there is a directory at a place, or a link that leads to one. */
  isDirectory(place: number): boolean {
    return ((this.#kinds[place] as number) & KIND) === 0;
  }

  /** The entry at a place that there is. */
  at(place: number): ListingEntry {
    const kind = this.#kinds[place] as number;
    return {
      name: this.names[place] as string,
      kind: KINDS[kind & KIND] as ListingEntry["kind"],
      isSymbolicLink: (kind & IS_LINK) !== 0,
      size: known(this.sizes[place] as number),
      mtime: known(this.mtimes[place] as number),
    };
  }
}

function known(value: number): number | null {
  return value === UNKNOWN ? null : value;
}
