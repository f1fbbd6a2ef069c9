/**
 * Where files in memory are.
 *
 * @module
 */

import { dirname } from "node:path";
import { type Containment, holdsName, isLink, isLinkLater } from "./containment.js";
import type { Lane } from "./lane.js";

/** For how long an answer counts, in milliseconds: so long may a file be sent that was moved out together with its directory. */
export const HELD_FOR = 1000;

/**
 * A name that led to where a file may be, and is asked again every so often whether it still does.
 *
 * It is asked by name, which can be raced: good enough for bytes that were read when they were where they may be.
 */
export class HeldPlace {
  readonly #name: string;
  readonly #containment: Containment;
  #isHeld = true;
  #askedAt: number;

  /**
   * @param name - of a directory, or of a file; it was found where it may be
   * @param now - when that was, in milliseconds of any clock that does not go back
   */
  constructor(name: string, containment: Containment, now: number) {
    this.#name = name;
    this.#containment = containment;
    this.#askedAt = now;
  }

  /** Takes note that it was just found where it may be. */
  renew(now: number): void {
    this.#isHeld = true;
    this.#askedAt = now;
  }

  /**
   * True if it still leads there. What did not, has to be found anew.
   *
   * @param lane - of its device. One that may be slow is not asked: the answer is `false`
   */
  isHeld(now: number, lane: Lane): boolean {
    if (!this.#isHeld || now - this.#askedAt < HELD_FOR) return this.#isHeld;
    if (!lane.isFast) return false;
    this.#askedAt = now;
    this.#isHeld = lane.now(() => holdsName(this.#containment, this.#name));
    return this.#isHeld;
  }
}

/** How many directories are known at a time. Of one that is forgotten a file that is read next is asked for by itself. */
const MAX_DIRECTORIES = 1024;

/** The places of files: those of one directory have one together. So many files cost no more questions than few. */
export class HeldPlaces {
  readonly #directories = new Map<string, HeldPlace>();
  readonly #containment: Containment;

  /** @param containment - of all of them */
  constructor(containment: Containment) {
    this.#containment = containment;
  }

  /**
   * The place of a file that was found where it may be, just now.
   *
   * A link has a place of its own, since what it leads to is in another directory. A file that a link takes the place of was moved
   * itself, or got another name, which shows in its times.
   */
  async placeOf(path: string, now: number, lane: Lane): Promise<HeldPlace> {
    const isOfLink = lane.isFast ? lane.now(() => isLink(path)) : await isLinkLater(path, lane);
    if (isOfLink) return new HeldPlace(path, this.#containment, now);
    // The file is where it may be, and is no link: then its directory is, too.
    const directory = dirname(path);
    const known = this.#directories.get(directory);
    if (known !== undefined) {
      known.renew(now);
      return known;
    }
    if (this.#directories.size === MAX_DIRECTORIES) this.#directories.clear();
    const place = new HeldPlace(directory, this.#containment, now);
    this.#directories.set(directory, place);
    return place;
  }
}
