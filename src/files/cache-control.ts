/**
 * `Cache-Control` for files: how long a copy may be used without validation (RFC 9111 §5.2.2).
 *
 * @module
 */

/** The settings of a handler for `Cache-Control`. */
export interface Freshness {
  readonly cache_seconds: number | null;
  readonly shared_cache_seconds: number | null;
  readonly no_store: boolean;
  /** Not `null` if only some clients may have the files. Shared caches then keep no copies. */
  readonly auth: string | null;
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
 * @param isImmutable - true if its content never changes, because new content gets a new name
 * @throws RangeError if seconds are not a whole number from 0 to 2^31
 */
export function cacheControl(freshness: Freshness, isImmutable: boolean): string {
  const { cache_seconds, shared_cache_seconds, no_store, auth } = freshness;
  const own = cache_seconds === null ? null : `max-age=${checked("cache_seconds", cache_seconds)}`;
  const shared =
    shared_cache_seconds === null
      ? null
      : `s-maxage=${checked("shared_cache_seconds", shared_cache_seconds)}`;
  if (no_store) return "no-store";
  if (isImmutable) return `${auth === null ? "public" : "private"}, max-age=${ONE_YEAR}, immutable`;
  // `public` and `s-maxage` would let shared caches store the response to a request with a password: RFC 9111 §3.5.
  if (auth !== null) return own === null ? "no-cache" : `private, ${own}`;
  if (shared === null) return own === null ? "no-cache" : `public, ${own}`;
  return `public, ${own ?? "max-age=0, must-revalidate"}, ${shared}`;
}

function checked(name: keyof Freshness, seconds: number): number {
  if (Number.isInteger(seconds) && seconds >= 0 && seconds <= LONGEST_FRESHNESS) return seconds;
  throw new RangeError(
    `${name} must be a whole number of seconds from 0 to ${LONGEST_FRESHNESS}, or null, not ${seconds}`,
  );
}
