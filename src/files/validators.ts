/**
 * Validators tell one state of a file from another, RFC 9110 §8.8: its entity tag and its date.
 *
 * A validator that was sent stays the same until the content changes: caches join parts by it. So none is sent that can't be trusted yet.
 *
 * @module
 */

import { hash } from "node:crypto";

import type { EntityTag } from "./entity-tag.js";
import type { StatFacts } from "./file-facts.js";

/** By what a client can ask whether its copy is still good. */
export interface Validators {
  /** The entity tag; `null` for none. */
  readonly etag: EntityTag | null;
  /** When the content was last modified, in whole seconds since the epoch; `null` if no date is sent. */
  readonly lastModified: number | null;
  /** The same as text, where that is at hand: clients give back what they were given, and it need not be read then. */
  readonly lastModifiedText?: string | null;
  /** True if another content would have another date: without it no date makes a 304, or a range of an `If-Range`. */
  readonly isDateReliable: boolean;
}

/**
 * Milliseconds after which a further change of a file has another time. Linux' clock for files goes in steps of up to 10 ms.
 */
export const TICK = 20;

/** The same for file systems that keep whole seconds: FAT counts in steps of two. */
const COARSE_TICK = 2000;

/** 1991-01-01, when the Web began. What is dated before it has its date from a tool, see {@link hasFixedDate}. */
const BEGINNING_OF_THE_WEB = 662_688_000;

/** Dates that tools give to all files, later than the Web. In seconds. */
const FIXED_DATES: readonly number[] = [
  946_684_800, // 2000-01-01T00:00:00Z: Bazel's packages
  1_153_704_088, // 2006-07-24T01:21:28Z: Cargo's packages
];

/**
 * Milliseconds until the facts name one content: whatever is written to the file from then on changes them. 0 if they do already.
 *
 * The same question as git's for entries that are "racily clean". What was read before that must not be kept.
 *
 * @param now - milliseconds since the epoch
 */
export function unsettledFor(
  { mtimeMs, ctimeMs }: Pick<StatFacts, "mtimeMs" | "ctimeMs">,
  now: number,
): number {
  // The time of the last change, which nobody can set: that of the last modification may be anything. Some systems have no such time.
  const changed = ctimeMs === 0 ? mtimeMs : ctimeMs;
  return Math.max(0, changed + (changed % 1000 === 0 ? COARSE_TICK : TICK) - now);
}

/**
 * Names the state of a file whose content was not read: size, times and number, hashed, since a number of an inode is nobody's
 * business (CVE-2003-1418). All else than the time of the last change and the number can be the same: `cp -p`, `tar`, and builds with
 * fixed dates.
 *
 * @param facts - settled, see {@link unsettledFor}
 */
export function versionOf({ size, mtimeMs, ctimeMs, ino }: StatFacts): string {
  // Decimal digits of a number are enough to tell it from all others (ECMA-262, Number::toString), and so nothing gets lost:
  // about 0.25 µs are what a number of milliseconds can tell apart today.
  return hash("sha1", `${size} ${mtimeMs} ${ctimeMs} ${ino}`, "base64url");
}

/**
 * True if the date is one that a build gives to all its files, so that a new version has the one of the old: 1970 (Nix, Guix, OSTree,
 * Bazel), 1980 (Zip, Gradle), 1984 (Yarn), 1985 (npm).
 *
 * @param modified - in seconds since the epoch
 */
export function hasFixedDate(modified: number): boolean {
  return modified < BEGINNING_OF_THE_WEB || FIXED_DATES.includes(modified);
}

/**
 * The date for `Last-Modified`, in whole seconds since the epoch; `null` as long as it can't be trusted, since a further change could
 * have the same one, and for a date in the future, which no change could ever surpass (RFC 9110 §8.8.2.1).
 *
 * @param modified - in milliseconds since the epoch; `null` where nobody knows
 * @param now - milliseconds since the epoch
 */
export function lastModifiedOf(modified: number | null, now: number): number | null {
  if (modified === null) return null;
  const seconds = Math.floor(modified / 1000);
  // The clock for files is behind: a change may have a time of the second before.
  const isOver = now >= seconds * 1000 + TICK + (modified % 1000 === 0 ? COARSE_TICK : 1000);
  return isOver ? seconds : null;
}
