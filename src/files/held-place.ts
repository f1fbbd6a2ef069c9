/**
 * Places of files in memory.
 *
 * @module
 */

import { dirname } from "node:path";
import { isLink } from "./containment.js";
import type { Lane } from "./lane.js";

/** Milliseconds for which a place counts: so long may a file be sent that was moved out together with its directory. */
export const HELD_FOR = 1000;

/** A directory, or a link, whose files were found where they may be. After {@link HELD_FOR} one of them has to be opened anew. */
export interface HeldPlace {
  /** In milliseconds of any clock that does not go back. */
  foundAt: number;
}

/** Directories that are known at a time. A file of one that is forgotten has a place of its own. */
const MAX_DIRECTORIES = 1024;

/** The places of files: those of one directory share one. So many files cost no more checks than few. */
export class HeldPlaces {
  readonly #directories = new Map<string, HeldPlace>();

  /**
   * The place of a file that was found where it may be, just now.
   *
   * A link has a place of its own, since what it leads to is in another directory. A file that a link takes the place of was moved
   * itself, or got another name, which shows in its times.
   */
  async placeOf(path: string, now: number, lane: Lane): Promise<HeldPlace> {
    const found: HeldPlace = { foundAt: now };
    if (await isLink(path, lane)) return found;
    // The file is where it may be, and is no link: then its directory is, too.
    const directory = dirname(path);
    const known = this.#directories.get(directory);
    if (known !== undefined) {
      known.foundAt = now;
      return known;
    }
    if (this.#directories.size === MAX_DIRECTORIES) this.#directories.clear();
    this.#directories.set(directory, found);
    return found;
  }
}
