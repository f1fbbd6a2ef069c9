/**
 * Conditional requests, RFC 9110 §13.
 *
 * @module
 */

import { parseHttpDate } from "../http1/http-date.js";

/**
 * Whether a GET or HEAD may be answered with 304 because the file is no newer than the client's copy.
 *
 * This is the If-Modified-Since step of RFC 9110 §13.2.2, the fourth of its order, and the one that Python has. Its
 * place in the order is why `If-None-Match`, whatever it says, switches it off (§13.1.3).
 *
 * A value that is not a date of HTTP is ignored. Dates in the future count, as in Python. Whole seconds are compared,
 * since the field has no others.
 *
 * @param ifModifiedSince - the field's value, `null` if it is absent
 * @param ifNoneMatch - the field's value, `null` if it is absent
 * @param mtime - when the file was last modified, in seconds since the epoch
 */
export function notModifiedSince(
  ifModifiedSince: string | null,
  ifNoneMatch: string | null,
  mtime: number,
): boolean {
  if (ifModifiedSince === null || ifNoneMatch !== null) return false;
  const since = parseHttpDate(ifModifiedSince);
  return since !== undefined && Math.floor(mtime) <= since;
}
