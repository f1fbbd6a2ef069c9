/**
 * What tells one state of a file from another, RFC 9110 §8.8: its entity tag and its date, and how far they can be trusted.
 *
 * @module
 */

import { hash } from "node:crypto";

import type { EntityTag } from "./entity-tag.js";

/** What the file system says of a file. Node's `fs.Stats` is one. */
export interface FileFacts {
  /** In bytes. */
  readonly size: number;
  /** When the content was last changed, or is said to have been: milliseconds since the epoch, with a fraction. */
  readonly mtimeMs: number;
  /** When content or properties were last changed: milliseconds since the epoch, with a fraction. Nobody can set it. */
  readonly ctimeMs: number;
  /** The number of the inode: another file of the same name has another one. */
  readonly ino: number;
}

/** By what a client can ask whether its copy is still good. */
export interface Validators {
  /** The value of `ETag`; `null` if none is sent. */
  readonly tag: EntityTag | null;
  /** The value of `Last-Modified`, in whole seconds since the epoch; `null` if none is sent. */
  readonly lastModified: number | null;
  /** Whether another content would have another date: without it no date makes a 304, or a range of an `If-Range`. */
  readonly isDateReliable: boolean;
}

/**
 * For how long a file counts as being written, in milliseconds. FAT stores times in steps of 2 s, Linux' clock for files goes in
 * steps of up to 10 ms: until a step is over, a further change need not leave a trace. Apache waits for one second.
 */
export const SETTLING_TIME = 2000;

/** 1991-01-01, when the Web began. What is dated before it has its date from a tool, see {@link hasFixedDate}. */
const BEGINNING_OF_THE_WEB = 662_688_000;

/** Dates that tools give to all files, later than the Web. In seconds. */
const FIXED_DATES: readonly number[] = [
  946_684_800, // 2000-01-01T00:00:00Z: Bazel's packages
  1_153_704_088, // 2006-07-24T01:21:28Z: Cargo's packages
];

/**
 * The validators of a file.
 *
 * @param facts - as they were before the bytes were read
 * @param now - milliseconds since the epoch
 * @param digest - see {@link fileEntityTag}
 */
export function fileValidators(facts: FileFacts, now: number, digest: string | null = null): Validators {
  return {
    tag: fileEntityTag(facts, now, digest),
    lastModified: lastModifiedOf(facts, now),
    isDateReliable: isSettled(facts, now) && !hasFixedDate(facts),
  };
}

/**
 * Whether the facts name one content: whatever is written to the file from now on changes them.
 *
 * The same question as git's for entries that are "racily clean". What was decided for a file that is not settled must not be
 * kept.
 *
 * @param now - milliseconds since the epoch
 */
export function isSettled(facts: FileFacts, now: number): boolean {
  return now - Math.max(facts.mtimeMs, facts.ctimeMs) >= SETTLING_TIME;
}

/**
 * Whether the date is one that a build gives to all its files, so that a new version has the one of the old: 1970 (Nix, Guix, OSTree,
 * Bazel), 1980 (Zip, Gradle), 1984 (Yarn), 1985 (npm).
 */
export function hasFixedDate(facts: FileFacts): boolean {
  const seconds = Math.floor(facts.mtimeMs / 1000);
  return seconds < BEGINNING_OF_THE_WEB || FIXED_DATES.includes(seconds);
}

/**
 * The entity tag of a file.
 *
 * It is made from size, times and inode, for a hash of the content would cost a reading of the file. The time of the last change
 * of the inode and its number are among them, since all else can be the same: `cp -p`, `tar`, and builds with fixed dates. They are
 * hashed, since a number of an inode is nobody's business (CVE-2003-1418). It is exact as far as the file system's times are, and
 * so the tag is strong (RFC 9110 §8.8.1); of a file that is not settled it is weak, as in Apache.
 *
 * Of such a file the same facts can have several contents, and a weak tag alone would still make a stale 304, also later, when
 * they can no more. So its tag is none that it can have later, and says something of the content: a digest, if there is one, and
 * else the moment, so that it never matches again.
 *
 * @param facts - as they were before the bytes were read
 * @param now - milliseconds since the epoch; with a fraction, if a client may come back within one
 * @param digest - of the very bytes that are sent, if they are at hand. Characters of a tag; base64url are some
 */
export function fileEntityTag(facts: FileFacts, now: number, digest: string | null = null): EntityTag {
  const { size, mtimeMs, ctimeMs, ino } = facts;
  // Decimal digits of a number are enough to tell it from all others (ECMA-262, Number::toString), and so nothing gets lost:
  // about 0.25 µs are what a number of milliseconds can tell apart today.
  const name = hash("sha1", `${size} ${mtimeMs} ${ctimeMs} ${ino}`, "base64url");
  return isSettled(facts, now) ? `"${name}"` : `W/"${name}-${digest ?? now}"`;
}

/**
 * The date for `Last-Modified`, in whole seconds. Never one in the future, which no change could ever surpass (RFC 9110 §8.8.2.1),
 * and never before the epoch, which not all clients can read.
 *
 * @param now - milliseconds since the epoch
 */
export function lastModifiedOf(facts: FileFacts, now: number): number {
  return Math.max(0, Math.floor(Math.min(facts.mtimeMs, now) / 1000));
}
