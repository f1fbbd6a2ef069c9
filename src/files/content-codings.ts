/**
 * Files with coded content that is visible in their name: `site.data.br`, `logo.svgz`.
 *
 * @module
 */

import type { ContentCoding } from "./accept.js";
import { CODING_SUFFIXES } from "./coded-variant.js";
import { pathMatcher } from "./glob.js";

/** Codings by patterns for paths, as for `pathMatcher`. */
export type ContentCodings = Readonly<Record<string, ContentCoding | (string & Record<never, never>)>>;

// A compressed archive is a file in its own right: a client that decodes it during the download gets another file.
const ARCHIVE = /\.(?:tar\.[^./]+|tgz|tbz2?|txz|tzst|taz)$/i;

/** A pattern for only a suffix needs no matcher. */
const SUFFIX_PATTERN = /^\*(\.[\w.-]+)$/;

/**
 * Creates a function that returns the coding of a file by its path below the root.
 *
 * @returns a function for a path without a leading slash; it returns `null` for uncoded content and for archives
 * @throws TypeError for an unknown coding
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

/** Returns the path that determines the content type: without the suffix of the coding. */
export function withoutCoding(path: string, coding: ContentCoding): string {
  const suffix = CODING_SUFFIXES.find(([known]) => known === coding)?.[1] ?? "";
  return path.toLowerCase().endsWith(suffix) ? path.slice(0, -suffix.length) : path;
}
