/**
 * The entries of a listing, as they are held while it is sent.
 *
 * @module
 */

import type { ListingEntry } from "./listing.js";

/** Entries in an order. Each is made anew when it is asked for: nobody holds all of them. */
export interface ListingEntries extends Iterable<ListingEntry> {
  readonly length: number;
}

const KINDS = ["directory", "file", "link", "other"] as const satisfies readonly ListingEntry["kind"][];
const KIND = 0b011;
const IS_LINK = 0b100;

/** What stands for `null`: it is less than any size or time, as sorting has it. */
const UNKNOWN = Number.NEGATIVE_INFINITY;

/**
 * Entries as columns: beside the text of its name an entry takes 25 bytes, and the garbage collector has nothing of it to look at.
 * An object for each, with its numbers, takes six times as much.
 */
export class ListingTable implements ListingEntries {
  /** By place, as all columns. */
  readonly names: string[] = [];
  /** In bytes; `-Infinity` for none. */
  readonly sizes: Float64Array;
  /** In milliseconds since the epoch; `-Infinity` for none. */
  readonly mtimes: Float64Array;
  readonly #kinds: Uint8Array;

  /** @param capacity - how many entries there may be */
  constructor(capacity: number) {
    this.sizes = new Float64Array(capacity);
    this.mtimes = new Float64Array(capacity);
    this.#kinds = new Uint8Array(capacity);
  }

  get length(): number {
    return this.names.length;
  }

  /** Puts an entry behind the others. Of one more than there may be, nothing is kept but the name. */
  add({ name, kind, isSymbolicLink, size, mtime }: ListingEntry): void {
    const place = this.names.push(name) - 1;
    this.sizes[place] = size ?? UNKNOWN;
    this.mtimes[place] = mtime ?? UNKNOWN;
    this.#kinds[place] = KINDS.indexOf(kind) | (isSymbolicLink ? IS_LINK : 0);
  }

  /** True if there is a directory at a place, or a link that leads to one. */
  isDirectory(place: number): boolean {
    return ((this.#kinds[place] ?? 0) & KIND) === 0;
  }

  /** The entry at a place that there is. */
  at(place: number): ListingEntry {
    const kind = this.#kinds[place] ?? 0;
    return {
      name: this.names[place] ?? "",
      kind: KINDS[kind & KIND] ?? "other",
      isSymbolicLink: (kind & IS_LINK) !== 0,
      size: known(this.sizes[place]),
      mtime: known(this.mtimes[place]),
    };
  }

  /** The entries at some places, in the order of these. */
  *from(places: Iterable<number>): Generator<ListingEntry, void> {
    for (const place of places) yield this.at(place);
  }

  [Symbol.iterator](): Iterator<ListingEntry> {
    return this.from(this.names.keys());
  }
}

function known(value: number | undefined): number | null {
  return value === undefined || value === UNKNOWN ? null : value;
}
