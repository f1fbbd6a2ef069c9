/**
 * Names that are not meant to be seen.
 *
 * @module
 */

import { type PathMatcher, pathMatcher } from "./glob.js";

/** Names with a leading dot that are shown: all, none, or those that match a pattern: `[".z*", ".treeinfo"]`. */
export type DotFiles = boolean | readonly string[];

/** Where a name stands: directly in the served directory, or in a directory below that. */
export type NamePlace = "root" | "below";

/** A public name, although it begins with a dot (RFC 8615). */
const WELL_KNOWN = ".well-known";

// The invisible characters are no part of a name for HFS+, which takes "\u200c.git" for ".git" (CVE-2014-9390).
const BEGINS_WITH_DOT = /^[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]*\./;

/**
 * True if a name begins with a dot: `.git`, `.env`, `.htpasswd` and others that lie about in directories and hold
 * secrets. Only `.well-known` in the served directory itself is none.
 *
 * For a request (see `resolveUrlPath`) and for a listing alike, so that neither shows what the other hides.
 *
 * @param name - a single name, decoded
 * @param place - where it stands
 */
export function isHiddenName(name: string, place: NamePlace): boolean {
  return BEGINS_WITH_DOT.test(name) && !(place === "root" && name === WELL_KNOWN);
}

/**
 * True if a name is served and listed: it is not hidden, or means to be seen all the same.
 *
 * @param dotfiles - which of those that begin with a dot are
 */
export function isShownName(name: string, place: NamePlace, dotfiles: DotFiles): boolean {
  return dotfiles === true || !isHiddenName(name, place) || (dotfiles !== false && matcherOf(dotfiles)(name));
}

let last: { readonly globs: readonly string[]; readonly matches: PathMatcher } | undefined;

/** Patterns are compiled once, as long as they are the same. */
function matcherOf(globs: readonly string[]): PathMatcher {
  if (last?.globs !== globs) last = { globs, matches: pathMatcher(globs) };
  return last.matches;
}
