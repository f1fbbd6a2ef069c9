/**
 * `Cache-Control` for files: how long a copy may be used without validation (RFC 9111 §5.2.2).
 *
 * @module
 */

/** Settings for `Cache-Control`. */
export interface Freshness {
  /** Seconds for which a copy may be used without validation; `null` means that each use is validated. */
  readonly cacheSeconds: number | null;
  /** The same for shared caches; `null` means that `cacheSeconds` applies to them too. */
  readonly sharedCacheSeconds: number | null;
  /** True if the content never changes, because a new content gets a new name. */
  readonly isImmutable: boolean;
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
 * Returns the value of `Cache-Control` for a file.
 *
 * The default is `no-cache`: a copy is kept, and validated before each use. So nobody ever sees an old file, and most
 * responses are a 304. Without the field, caches guess: browsers use a copy for a tenth of the file's age (RFC 9111
 * §4.2.2).
 *
 * @throws RangeError if seconds are not a whole number from 0 to 2^31
 */
export function cacheControl(freshness: Freshness): string {
  const { cacheSeconds, sharedCacheSeconds, isImmutable, noStore, isPrivate } = freshness;
  const own = cacheSeconds === null ? null : `max-age=${checked("cacheSeconds", cacheSeconds)}`;
  const shared =
    sharedCacheSeconds === null ? null : `s-maxage=${checked("sharedCacheSeconds", sharedCacheSeconds)}`;
  if (noStore) return "no-store";
  if (isImmutable) return `${isPrivate ? "private" : "public"}, max-age=${ONE_YEAR}, immutable`;
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
