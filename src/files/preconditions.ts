/**
 * Conditional requests, RFC 9110 §13.
 *
 * @module
 */

import { parseHttpDate } from "../http1/http-date.js";
import { type EntityTag, matchesStrongly, matchesWeakly, parseEntityTagList } from "./entity-tag.js";
import type { Validators } from "./validators.js";

/**
 * The fields of a request that make it conditional; `null` where there is none. Several field lines of a name are joined by `, `:
 * tags become one list so, and dates no date.
 */
export interface Conditions {
  readonly ifMatch: string | null;
  readonly ifNoneMatch: string | null;
  readonly ifModifiedSince: string | null;
  readonly ifUnmodifiedSince: string | null;
}

/** What a conditional request comes to: it is answered as if there were no conditions, or with a status. */
export type Verdict = "proceed" | 304 | 412;

/**
 * Evaluates the conditions of a GET or HEAD, in the order of RFC 9110 §13.2.2.
 *
 * `If-Range` is not among them: it asks for another answer, and never for none.
 *
 * @param current - the validators of what would be sent
 */
export function evaluatePreconditions(conditions: Conditions, current: Validators): Verdict {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions;
  if (ifMatch !== null) {
    if (!someTagMatches(ifMatch, current.etag, matchesStrongly)) return 412;
  } else if (ifUnmodifiedSince !== null) {
    if (isModifiedSince(ifUnmodifiedSince, current)) return 412;
  }
  // If-None-Match switches If-Modified-Since off, whatever it says (§13.1.3).
  if (ifNoneMatch !== null) return someTagMatches(ifNoneMatch, current.etag, matchesWeakly) ? 304 : "proceed";
  return ifModifiedSince !== null && isUnmodifiedSince(ifModifiedSince, current) ? 304 : "proceed";
}

/**
 * True if a list has the current tag. `*` has it always: what can be sent exists (§13.1.1).
 *
 * A list that can't be read has none, which is the careful answer to both fields: 412 to who would not have anything else, and
 * the whole content to who may have it already.
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
 * §13.1.4. What is no date is ignored, and so is the field where there is no date to compare with. The current one need not be
 * reliable: later is later in any case, and who asks so wants the content.
 */
function isModifiedSince(text: string, { lastModified }: Validators): boolean {
  if (lastModified === null) return false;
  const date = parseHttpDate(text);
  return date !== undefined && lastModified > date;
}

/**
 * §13.1.3. What is no date is ignored. One in the future counts: that it were none was a rule of RFC 2616 (§14.25), and is none of
 * RFC 9110. Python counts it too.
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
