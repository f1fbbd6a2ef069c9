/**
 * Files whose content is coded, and whose name says so: `site.data.br`, `logo.svgz`.
 *
 * @module
 */

import type { ContentCoding } from "./accept.js";
import { CODING_SUFFIXES } from "./coded-variant.js";
import { pathMatcher } from "./glob.js";

/** Codings by patterns for paths, as for `pathMatcher`. */
export type ContentCodings = Readonly<Record<string, ContentCoding | (string & Record<never, never>)>>;

// A compressed archive is a file of its own: a client that decodes it while it comes has another file in the end.
const ARCHIVE = /\.(?:tar\.[^./]+|tgz|tbz2?|txz|tzst|taz)$/i;

/** A pattern for a suffix alone needs no matcher. */
const SUFFIX_PATTERN = /^\*(\.[\w.-]+)$/;

/**
 * Makes the function that says how the content of a file is coded, by its path below the root.
 *
 * @returns called with a path with slashes, without one in front; `null` for content that is not coded. Archives never are
 * @throws TypeError for what is no coding
 * @example
 * codingsOf({ "*.svgz": "gzip" })("images/logo.svgz"); // "gzip"
 */
export function codingsOf(codings: ContentCodings): (path: string) => ContentCoding | null {
  const rules = Object.entries(codings).map(([pattern, coding]) => {
    if (!CODING_SUFFIXES.some(([known]) => known === coding))
      throw new TypeError(
        `content_encodings must have "br", "zstd" or "gzip" for ${JSON.stringify(pattern)}, not ${JSON.stringify(coding)}.`,
      );
    const suffix = SUFFIX_PATTERN.exec(pattern)?.[1] ?? null;
    return { suffix, matches: suffix === null ? pathMatcher([pattern]) : null, coding };
  });
  return (path) => {
    for (const { suffix, matches, coding } of rules)
      if (suffix === null ? matches?.(path) : path.endsWith(suffix))
        return ARCHIVE.test(path) ? null : (coding as ContentCoding);
    return null;
  };
}

/** The path that says the type of coded content: without the suffix of the coding, where it has one. */
export function withoutCoding(path: string, coding: ContentCoding): string {
  const suffix = CODING_SUFFIXES.find(([known]) => known === coding)?.[1] ?? "";
  return path.toLowerCase().endsWith(suffix) ? path.slice(0, -suffix.length) : path;
}
