/**
 * `Cache-Control` for files: how long a copy may be used without validation (RFC 9111 §5.2.2).
 *
 * @module
 */

import { pathMatcher } from "./glob.js";

/** Settings for `Cache-Control`. */
export interface Freshness {
  /** Seconds for which a copy may be used without validation; `null` means that each use is validated. */
  readonly cacheSeconds: number | null;
  /** The same for shared caches; `null` means that `cacheSeconds` applies to them too. */
  readonly sharedCacheSeconds: number | null;
  /**
   * Patterns for paths of files whose content never changes, because a new content gets a new name: see
   * {@link pathMatcher}.
   */
  readonly immutable: readonly string[];
  /** True if no cache may keep a copy. It overrides all other settings. */
  readonly noStore: boolean;
  /** True if files are for some clients only. Shared caches then keep no copies. */
  readonly isPrivate: boolean;
}

/** A year, in seconds. HTTP/1.1 once forbade more (RFC 2616 §14.21). */
const ONE_YEAR = 31_536_000;

/** Caches treat all larger numbers like this one (RFC 9111 §1.2.2). */
export const LONGEST_FRESHNESS = 2_147_483_648;

/**
 * Creates a function that returns the value of `Cache-Control` for a path.
 *
 * The default is `no-cache`: a copy is kept, and validated before each use. So nobody ever sees an old file, and most
 * responses are a 304. Without the field, caches guess: browsers use a copy for a tenth of the file's age (RFC 9111
 * §4.2.2).
 *
 * @returns a function of the path of a file below the root, with slashes between names, and none at the beginning
 * @throws RangeError if seconds are not a whole number from 0 to 2^31, or a pattern is too large
 * @example
 * const cacheControl = cacheControlFor({
 *   cacheSeconds: null,
 *   sharedCacheSeconds: null,
 *   immutable: ["assets/**"],
 *   noStore: false,
 *   isPrivate: false,
 * });
 * cacheControl("index.html"); // "no-cache"
 * cacheControl("assets/app.3f9c.js"); // "public, max-age=31536000, immutable"
 */
export function cacheControlFor(freshness: Freshness): (path: string) => string {
  const usual = usualValue(freshness);
  const isImmutable = pathMatcher(freshness.immutable);
  if (freshness.noStore) return () => "no-store";
  if (freshness.immutable.length === 0) return () => usual;
  const forEver = `${freshness.isPrivate ? "private" : "public"}, max-age=${ONE_YEAR}, immutable`;
  return (path) => (isImmutable(path) ? forEver : usual);
}

function usualValue({ cacheSeconds, sharedCacheSeconds, isPrivate }: Freshness): string {
  const own = cacheSeconds === null ? null : `max-age=${checked("cacheSeconds", cacheSeconds)}`;
  const shared =
    sharedCacheSeconds === null ? null : `s-maxage=${checked("sharedCacheSeconds", sharedCacheSeconds)}`;
  // `public` and `s-maxage` would let shared caches store the response to a request with a password: RFC 9111 §3.5.
  if (isPrivate) return own === null ? "no-cache" : `private, ${own}`;
  if (shared === null) return own === null ? "no-cache" : `public, ${own}`;
  return `public, ${own ?? "max-age=0, must-revalidate"}, ${shared}`;
}

function checked(name: keyof Freshness, seconds: number): number {
  if (Number.isInteger(seconds) && seconds >= 0 && seconds <= LONGEST_FRESHNESS) return seconds;
  throw new RangeError(
    `${name} must be a whole number of seconds from 0 to ${LONGEST_FRESHNESS}, or null, not ${seconds}`,
  );
}
