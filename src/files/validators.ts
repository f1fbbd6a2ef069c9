/**
 * What tells one state of a file from another, RFC 9110 §8.8: its entity tag and its date, and how far they can be trusted.
 *
 * @module
 */

import { hash } from "node:crypto";

import { type EntityTag, isWeak } from "./entity-tag.js";
import type { FileFacts } from "./file-facts.js";

/** What of a file's facts tells one content from another of the same name. */
export type ContentFacts = Omit<FileFacts, "dev">;

/** By what a client can ask whether its copy is still good. */
export interface Validators {
  /** The entity tag; `null` for none by which a client can ask. */
  readonly tag: EntityTag | null;
  /** When the content was last modified, in whole seconds since the epoch; `null` if no date is sent. */
  readonly lastModified: number | null;
  /** The same as text, where that is at hand: clients give back what they were given, and it need not be read then. */
  readonly lastModifiedText?: string | null;
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
 * Whether the facts name one content: whatever is written to the file from now on changes them.
 *
 * The same question as git's for entries that are "racily clean". What was decided for a file that is not settled must not be
 * kept.
 *
 * @param now - milliseconds since the epoch
 */
export function isSettled(facts: ContentFacts, now: number): boolean {
  return now - Math.max(facts.mtimeMs, facts.ctimeMs) >= SETTLING_TIME;
}

/**
 * Whether the date is one that a build gives to all its files, so that a new version has the one of the old: 1970 (Nix, Guix, OSTree,
 * Bazel), 1980 (Zip, Gradle), 1984 (Yarn), 1985 (npm).
 */
export function hasFixedDate(facts: ContentFacts): boolean {
  const seconds = Math.floor(facts.mtimeMs / 1000);
  return seconds < BEGINNING_OF_THE_WEB || FIXED_DATES.includes(seconds);
}

/**
 * Whether another content would have another date. Not within {@link SETTLING_TIME}, and never where the date is fixed.
 *
 * @param now - milliseconds since the epoch
 */
export function isDateReliable(facts: ContentFacts, now: number): boolean {
  return now - facts.mtimeMs >= SETTLING_TIME && !hasFixedDate(facts);
}

/**
 * The entity tag of a file.
 *
 * With a digest of the content it is that: strong, and the same on every machine and after every copy.
 *
 * Without one it is made from size, times and inode, for a digest would cost a reading of the file. The time of the last change
 * of the inode and its number are among them, since all else can be the same: `cp -p`, `tar`, and builds with fixed dates. They are
 * hashed, since a number of an inode is nobody's business (CVE-2003-1418). It is exact as far as the file system's times are, and
 * so the tag is strong (RFC 9110 §8.8.1); of a file that is not settled it is weak, as in Apache.
 *
 * Of such a file the same facts can have several contents. So the tag is none that it will have later, and till then nobody may
 * be told that it is still good: {@link isTagGood}.
 *
 * @param facts - as they were before the bytes were read
 * @param now - milliseconds since the epoch
 * @param digest - of the very bytes that are sent, if they are at hand. Characters of a tag; base64url are some
 */
export function fileEntityTag(facts: ContentFacts, now: number, digest: string | null = null): EntityTag {
  if (digest !== null) return contentEntityTag(digest);
  const { size, mtimeMs, ctimeMs, ino } = facts;
  // Decimal digits of a number are enough to tell it from all others (ECMA-262, Number::toString), and so nothing gets lost:
  // about 0.25 µs are what a number of milliseconds can tell apart today.
  const name = hash("sha1", `${size} ${mtimeMs} ${ctimeMs} ${ino}`, "base64url");
  return isSettled(facts, now) ? `"${name}"` : `W/"${name}-new"`;
}

/** The entity tag that is a digest of the content. */
export function contentEntityTag(digest: string): EntityTag {
  return `"${digest}"`;
}

/**
 * Whether a tag that comes back says that the content is the same. Not a weak one of a file that may be being written.
 *
 * @param digest - of the content, where there is one: it is better than times
 */
export function isTagGood(tag: EntityTag, facts: ContentFacts, now: number, digest: string | null): boolean {
  return digest !== null || !isWeak(tag) || isSettled(facts, now);
}

/** When a file was last modified, in whole seconds since the epoch: what the date of a condition is compared with. */
export function lastModifiedOf(facts: ContentFacts): number {
  return Math.floor(facts.mtimeMs / 1000);
}

/**
 * The date for `Last-Modified`, in whole seconds. Never one in the future, which no change could ever surpass (RFC 9110 §8.8.2.1),
 * and never before the epoch, which not all clients can read.
 *
 * As long as another change could come in the same second, it is the second before: whoever asks with that date is told that
 * the file was modified since, and whoever asks with the true one has seen what the file was when its second was over.
 *
 * @param now - milliseconds since the epoch
 */
export function dateToSend(facts: ContentFacts, now: number): number {
  const isOver = now >= (lastModifiedOf(facts) + stepOf(facts)) * 1000;
  const seconds = isOver
    ? lastModifiedOf(facts)
    : Math.min(lastModifiedOf(facts), Math.floor(now / 1000)) - 1;
  return Math.max(0, seconds);
}

/** For how many seconds further changes may have the same date: FAT counts in steps of two. */
function stepOf({ mtimeMs }: ContentFacts): 1 | 2 {
  return mtimeMs % 2000 === 0 ? 2 : 1;
}
