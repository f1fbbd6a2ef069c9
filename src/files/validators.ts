/**
 * Validators: the entity tag and the date of a file, which distinguish one state of the file from another (RFC 9110
 * §8.8).
 *
 * A validator must change with the content, because caches join parts that have the same validator. So pyserve sends no
 * validator that it can't trust yet.
 *
 * @module
 */

import type { Stats } from "node:fs";
import type { EntityTag } from "./entity-tag.js";

/**
 * Facts that distinguish one state of a file from another.
 *
 * All of them are plain numbers. The times have a resolution of a quarter of a microsecond. A check takes longer than
 * that, so a `bigint` would not detect more changes.
 */
export interface StatFacts {
  /** Size in bytes. */
  readonly size: number;
  /**
   * Time of the last modification, in milliseconds since the epoch, with a fraction. Every user who may write to the
   * file can set it.
   */
  readonly mtimeMs: number;
  /**
   * Time of the last change of content, name, owner or mode, in milliseconds since the epoch, with a fraction. Unlike
   * {@link mtimeMs}, it can't be set, so it is different for a replaced or secretly changed file.
   */
  readonly ctimeMs: number;
  /** The device that the file is on. */
  readonly dev: number;
  /** The inode number on its device. Hard links to one file have the same number. */
  readonly ino: number;
}

/**
 * Extracts the facts about the content from the system's answer.
 *
 * @param stats - result of `fs.stat`, `fs.fstat` or `fs.lstat`
 */
export function factsOf(stats: Stats): StatFacts {
  const { size, mtimeMs, ctimeMs, dev, ino } = stats;
  return { size, mtimeMs, ctimeMs, dev, ino };
}

/**
 * True if two sets of facts describe the same content.
 *
 * @param a - earlier facts
 * @param b - later facts
 * @returns `false` if the file was changed or replaced between them. A change within the same tick of the file system's
 *   clock
 * (10 ms, and a second or two on old file systems) is not noticed if the size is the same
 */
export function isSameState(a: StatFacts, b: StatFacts): boolean {
  return (
    a.ino === b.ino &&
    a.dev === b.dev &&
    a.size === b.size &&
    a.mtimeMs === b.mtimeMs &&
    a.ctimeMs === b.ctimeMs
  );
}

/** Validators that let a client check its copy. */
export interface Validators {
  /** The entity tag; `null` for none. */
  readonly etag: EntityTag | null;
  /** Time of the last modification, in whole seconds since the epoch; `null` if no date is sent. */
  readonly lastModified: number | null;
  /** {@link lastModified} as text, if available: clients send it back unchanged, so it need not be parsed. */
  readonly lastModifiedText?: string | null;
  /**
   * True if new content would certainly have another date. If false, the date never causes a 304, and never matches
   * `If-Range`.
   */
  readonly isDateReliable: boolean;
}

/**
 * Milliseconds after which another change of a file has a different time. On Linux, the clock for files has steps of up
 * to 10 ms.
 */
export const TICK = 20;

/** {@link TICK} for file systems that keep whole seconds: FAT counts in steps of two. */
const COARSE_TICK = 2000;

/** 1991-01-01, the beginning of the Web. Earlier dates come from tools, see {@link hasFixedDate}. */
const BEGINNING_OF_THE_WEB = 662_688_000;

/** Later dates that tools give to all files. In seconds. */
const FIXED_DATES: readonly number[] = [
  946_684_800, // 2000-01-01T00:00:00Z: Bazel's packages
  1_153_704_088, // 2006-07-24T01:21:28Z: Cargo's packages
];

/**
 * Returns the milliseconds until the facts identify one content, so that each later write changes them. 0 if they
 * already do.
 *
 * Content that was read before that time must not be cached. Git has the same problem, and calls such entries "racily
 * clean".
 *
 * @param now - milliseconds since the epoch
 */
export function unsettledFor(
  { mtimeMs, ctimeMs }: Pick<StatFacts, "mtimeMs" | "ctimeMs">,
  now: number,
): number {
  // The time of the last change can't be set, unlike the time of the last modification. Some systems don't have it.
  const changed = ctimeMs === 0 ? mtimeMs : ctimeMs;
  return Math.max(0, changed + (changed % 1000 === 0 ? COARSE_TICK : TICK) - now);
}

/**
 * Identifies the state of a file without reading it: a hash of size, times and inode number. It is hashed because inode
 * numbers must not be visible (CVE-2003-1418). Only the time of the last change and the inode number are always
 * different: `cp -p`, `tar` and builds with fixed dates keep the others.
 *
 * @param facts - settled, see {@link unsettledFor}
 */
export function versionOf({ size, mtimeMs, ctimeMs, ino }: StatFacts): string {
  // The decimal digits of a number identify it (ECMA-262, Number::toString), so nothing is lost. The resolution of
  // milliseconds is about 0.25 µs today.
  const { hash } = process.getBuiltinModule("node:crypto");
  return hash("sha1", `${size} ${mtimeMs} ${ctimeMs} ${ino}`, "base64url");
}

/**
 * True if the date is one that builds give to all files, so that a new version has the same date: 1970 (Nix, Guix,
 * OSTree, Bazel), 1980 (Zip, Gradle), 1984 (Yarn), 1985 (npm).
 *
 * @param modified - in seconds since the epoch
 */
export function hasFixedDate(modified: number): boolean {
  return modified < BEGINNING_OF_THE_WEB || FIXED_DATES.includes(modified);
}

/**
 * Returns the date for `Last-Modified`, in whole seconds since the epoch. `null` while another change could have the
 * same date, and for a date in the future, which no later change could exceed (RFC 9110 §8.8.2.1).
 *
 * @param modified - in milliseconds since the epoch; `null` if it is unknown
 * @param now - milliseconds since the epoch
 */
export function lastModifiedOf(modified: number | null, now: number): number | null {
  if (modified === null) return null;
  const seconds = Math.floor(modified / 1000);
  // The clock for files is late: a change may have a time of the previous second.
  const isOver = now >= seconds * 1000 + TICK + (modified % 1000 === 0 ? COARSE_TICK : 1000);
  return isOver ? seconds : null;
}
