/**
 * What is sent for one file.
 *
 * @module
 */

import {
  type ByteRange,
  ifRangeHolds,
  parseRange,
  resolveRanges,
  type SelectedRanges,
} from "./byte-ranges.js";
import { type Conditions, evaluatePreconditions } from "./preconditions.js";
import type { Validators } from "./validators.js";

/** What is to be sent, as far as a plan needs it: the file itself, or the one that holds its coded variant. */
export interface Representation extends Validators {
  /** In bytes; `null` where nobody knows before all is sent. */
  readonly size: number | null;
}

/** The fields of a request that a plan depends on; `null` where there is none. Several field lines of a name are joined by `, `. */
export interface PlanFields extends Conditions {
  readonly range: string | null;
  readonly ifRange: string | null;
}

/** What to send for one file. A value, so that a table can list every case. */
export type FilePlan =
  /** All of it. */
  | { readonly kind: "whole"; readonly status: 200 }
  /** One part, with `Content-Range`. */
  | { readonly kind: "range"; readonly status: 206; readonly range: ByteRange }
  /** Several parts, as `multipart/byteranges`. */
  | { readonly kind: "ranges"; readonly status: 206; readonly ranges: readonly ByteRange[] }
  /** The client's copy is still good. */
  | { readonly kind: "not-modified"; readonly status: 304 }
  /** The client did not want this one. */
  | { readonly kind: "precondition-failed"; readonly status: 412 }
  /** No byte of what was asked for is there. `Content-Range` says how many there are. */
  | { readonly kind: "unsatisfiable"; readonly status: 416 };

const WHOLE: FilePlan = { kind: "whole", status: 200 };
const NOT_MODIFIED: FilePlan = { kind: "not-modified", status: 304 };
const PRECONDITION_FAILED: FilePlan = { kind: "precondition-failed", status: 412 };
const UNSATISFIABLE: FilePlan = { kind: "unsatisfiable", status: 416 };

/** The fields of a request that has none of them. */
export const NO_PLAN_FIELDS: PlanFields = {
  ifMatch: null,
  ifNoneMatch: null,
  ifModifiedSince: null,
  ifUnmodifiedSince: null,
  range: null,
  ifRange: null,
};

/**
 * Decides what is sent for a file that exists and may be read.
 *
 * @param method - ranges are for GET alone (RFC 9110 §14.2): HEAD is answered as if there were none. So is GET where the size is not
 *   known: a part of what is made anew each time is a part of nothing
 */
export function planFile(file: Representation, fields: PlanFields, method: string): FilePlan {
  const verdict = evaluatePreconditions(fields, file); // before any range: RFC 9110 §13.2.2
  if (verdict === 304) return NOT_MODIFIED;
  if (verdict === 412) return PRECONDITION_FAILED;
  const { size } = file;
  return size === null || method !== "GET" ? WHOLE : planOf(selectRanges(file, size, fields));
}

function selectRanges(current: Validators, size: number, { range, ifRange }: PlanFields): SelectedRanges {
  if (range === null) return "whole";
  if (ifRange !== null && !ifRangeHolds(ifRange, current)) return "whole";
  const specs = parseRange(range);
  return specs === undefined ? "whole" : resolveRanges(specs, size);
}

function planOf(selected: SelectedRanges): FilePlan {
  if (selected === "whole") return WHOLE;
  if (selected === "unsatisfiable") return UNSATISFIABLE;
  // What one range is left of is never multipart (RFC 9110 §15.3.7.2).
  const [range] = selected;
  return range !== undefined && selected.length === 1
    ? { kind: "range", status: 206, range }
    : { kind: "ranges", status: 206, ranges: selected };
}
