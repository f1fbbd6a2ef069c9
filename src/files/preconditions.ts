/**
 * Conditional requests, RFC 9110 §13.
 *
 * @module
 */

import { parseHttpDate } from "../http1/http-date.js";
import { type EntityTag, matchesStrongly, matchesWeakly, parseEntityTagList } from "./entity-tag.js";
import type { Validators } from "./validators.js";

/**
 * The conditional fields of a request; `null` if a field is missing. Several lines of a name are joined by `, `: lists
 * of tags become one list, and several dates become invalid.
 */
export interface Conditions {
  readonly ifMatch: string | null;
  readonly ifNoneMatch: string | null;
  readonly ifModifiedSince: string | null;
  readonly ifUnmodifiedSince: string | null;
}

/** Result of a conditional request: proceed as without conditions, or answer with this status. */
export type Verdict = "proceed" | 304 | 412;

/**
 * Evaluates the conditions of a GET or HEAD, in the order of RFC 9110 §13.2.2.
 *
 * `If-Range` is not among them: it changes the response, but never refuses it.
 *
 * @param current - validators of the current content
 */
export function evaluatePreconditions(conditions: Conditions, current: Validators): Verdict {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions;
  if (ifMatch !== null) {
    if (!someTagMatches(ifMatch, current.etag, matchesStrongly)) return 412;
  } else if (ifUnmodifiedSince !== null) {
    if (isModifiedSince(ifUnmodifiedSince, current)) return 412;
  }
  // If-None-Match overrides If-Modified-Since (§13.1.3).
  if (ifNoneMatch !== null) return someTagMatches(ifNoneMatch, current.etag, matchesWeakly) ? 304 : "proceed";
  return ifModifiedSince !== null && isUnmodifiedSince(ifModifiedSince, current) ? 304 : "proceed";
}

/**
 * True if a list contains the current tag. The result for `*` is always true, because the content exists (§13.1.1).
 *
 * An invalid list contains none. This is the safe result for both fields: 412 for If-Match, and the whole content for
 * If-None-Match.
 */
function someTagMatches(
  list: string,
  current: EntityTag | null,
  matches: (one: EntityTag, other: EntityTag) => boolean,
): boolean {
  if (current === list) return matches(current, current); // by far the most frequent case
  const tags = parseEntityTagList(list);
  if (tags === "*") return true;
  return tags !== "invalid" && current !== null && tags.some((tag) => matches(tag, current));
}

/**
 * §13.1.4. An invalid date is ignored, and so is the field if the content has no date. The current date need not be
 * reliable: a later date is later in any case.
 */
function isModifiedSince(text: string, { lastModified }: Validators): boolean {
  if (lastModified === null) return false;
  const date = parseHttpDate(text);
  return date !== undefined && lastModified > date;
}

/**
 * §13.1.3. An invalid date is ignored. A date in the future counts: RFC 2616 (§14.25) called it invalid, but RFC 9110
 * does not. Python counts it too.
 */
function isUnmodifiedSince(
  text: string,
  { lastModified, lastModifiedText, isDateReliable }: Validators,
): boolean {
  if (lastModified === null || !isDateReliable) return false;
  if (text === lastModifiedText) return true;
  const date = parseHttpDate(text);
  return date !== undefined && lastModified <= date;
}
