/**
 * How a request for some content is answered, as a value: conditions, ranges and fields. What Go's `http.ServeContent` is.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import type { ContentCoding } from "./accept.js";
import {
  type ByteRange,
  contentRange,
  ifRangeHolds,
  parseRange,
  resolveRanges,
  type SelectedRanges,
  unsatisfiedRange,
} from "./byte-ranges.js";
import type { OpenContent, ServedFile } from "./content.js";
import { MultipartFile } from "./multipart-file.js";
import { type MultipartRanges, multipartRanges } from "./multipart-ranges.js";
import { type Conditions, evaluatePreconditions } from "./preconditions.js";
import type { Validators } from "./validators.js";

/** A header field for a reply. */
export type Field = readonly [name: string, value: string];

/** Facts about a content that the head of its reply gives. */
export interface Representation extends Validators {
  /** In bytes; `null` where nobody knows before all is sent. Then there are no ranges. */
  readonly size: number | null;
  /** The value of `Content-Type`. */
  readonly type: string;
  /** How the content is coded; `null` for not at all. */
  readonly coding: ContentCoding | null;
  /** The value of `Cache-Control`; `null` for none. */
  readonly cacheControl: string | null;
  /** The value of `Vary`: the fields that the choice of the representation depends on; `null` for none. */
  readonly vary: string | null;
  /** The value of `Content-Disposition`; `null` for none. */
  readonly disposition: string | null;
}

/** What of a request decides about the reply; `null` where there is no such field. Several lines of a name are joined by `, `. */
export interface ReplyRequest extends Conditions {
  /** `GET` or `HEAD`: ranges are for GET alone (RFC 9110 §14.2). */
  readonly method: string;
  readonly range: string | null;
  readonly ifRange: string | null;
}

/** How a request is answered. */
export interface Reply {
  readonly status: 200 | 206 | 304 | 412 | 416;
  /**
   * The fields of the head, in Python's order as far as Python has them. For a 412 and a 416, those that go with the page of the error.
   *
   * @param date - the value of `Last-Modified`; `null` for none
   */
  fields(date: string | null): readonly Field[];
  /** The source that is sent, to be closed; `null` if the content was closed already. */
  readonly body: ServedFile | null;
}

/** The request of a client that has said nothing but what it wants. */
export const PLAIN_REQUEST: ReplyRequest = {
  method: "GET",
  ifMatch: null,
  ifNoneMatch: null,
  ifModifiedSince: null,
  ifUnmodifiedSince: null,
  range: null,
  ifRange: null,
};

/** What is to be sent of a content: the outcome of conditions and ranges, in this order (RFC 9110 §13.2.2). */
type ReplyPlan =
  /** All of it. */
  | { readonly status: 200 }
  /** One part, or several as `multipart/byteranges`. */
  | { readonly status: 206; readonly ranges: readonly ByteRange[] }
  /** The client's copy is still good; it did not want this one; no byte of what was asked for is there. */
  | { readonly status: 304 | 412 | 416 };

const WHOLE: ReplyPlan = { status: 200 };
const NOT_MODIFIED: ReplyPlan = { status: 304 };
const PRECONDITION_FAILED: ReplyPlan = { status: 412 };
const UNSATISFIABLE: ReplyPlan = { status: 416 };

/** Decides what is sent of a content that is there. */
function planReply(content: Validators & Pick<Representation, "size">, request: ReplyRequest): ReplyPlan {
  if (request === PLAIN_REQUEST) return WHOLE;
  const verdict = evaluatePreconditions(request, content);
  if (verdict === 304) return NOT_MODIFIED;
  if (verdict === 412) return PRECONDITION_FAILED;
  const { size } = content;
  // A part of what is made anew each time is a part of nothing.
  const ranges = size === null || request.method !== "GET" ? "whole" : selectRanges(content, size, request);
  if (ranges === "whole") return WHOLE;
  return ranges === "unsatisfiable" ? UNSATISFIABLE : { status: 206, ranges };
}

function selectRanges(current: Validators, size: number, { range, ifRange }: ReplyRequest): SelectedRanges {
  if (range === null) return "whole";
  if (ifRange !== null && !ifRangeHolds(ifRange, current)) return "whole";
  const specs = parseRange(range);
  return specs === undefined ? "whole" : resolveRanges(specs, size);
}

/**
 * Answers a request for a content.
 *
 * @param content - what is said of it
 * @param open - what it is read by. It belongs to the reply: it is closed with its body, or at once where there is none
 */
export function replyTo(content: Representation, open: OpenContent, request: ReplyRequest): Reply {
  const plan = planReply(content, request);
  const layout = plan.status === 206 && plan.ranges.length > 1 ? layOut(plan.ranges, content) : null;
  return {
    status: plan.status,
    fields: (date) => fieldsOf(plan, content, date, layout),
    body: bodyOf(plan, open, layout),
  };
}

/** What is sent of an open content. */
function bodyOf(plan: ReplyPlan, open: OpenContent, layout: MultipartRanges | null): ServedFile | null {
  if (plan.status === 200) return open;
  if (layout !== null) return new MultipartFile(open, layout);
  if (plan.status === 206) {
    const [range] = plan.ranges as readonly [ByteRange];
    open.window(range.first, range.length);
    return open;
  }
  open.close();
  return null;
}

/** The fields of a reply. */
function fieldsOf(
  plan: ReplyPlan,
  content: Representation,
  date: string | null,
  layout: MultipartRanges | null,
): readonly Field[] {
  switch (plan.status) {
    case 412:
      return [];
    case 416:
      return [["Content-Range", unsatisfiedRange(content.size ?? 0)]];
    case 304:
      // It repeats what the 200 would say of validity and freshness, and nothing of the content (RFC 9110 §15.4.5).
      return validityFields(content, date);
    default:
      return [
        ...contentFields(plan, content, layout),
        ...validityFields(content, date),
        ...codingFields(content),
      ];
  }
}

function contentFields(plan: ReplyPlan, content: Representation, layout: MultipartRanges | null): Field[] {
  if (layout !== null) return typeAndLength(layout.contentType, layout.length);
  if (plan.status !== 206) return typeAndLength(content.type, content.size);
  const [range] = plan.ranges as readonly [ByteRange];
  return [
    ...typeAndLength(content.type, range.length),
    ["Content-Range", contentRange(range, content.size as number)],
  ];
}

function typeAndLength(type: string, length: number | null): Field[] {
  const field: Field = ["Content-type", type];
  return length === null ? [field] : [field, ["Content-Length", String(length)]];
}

function validityFields({ etag, cacheControl, vary }: Representation, date: string | null): Field[] {
  const fields: Field[] = [];
  if (date !== null) fields.push(["Last-Modified", date]);
  if (etag !== null) fields.push(["ETag", etag]);
  if (cacheControl !== null) fields.push(["Cache-Control", cacheControl]);
  if (vary !== null) fields.push(["Vary", vary]);
  return fields;
}

function codingFields({ coding, size, disposition }: Representation): Field[] {
  const fields: Field[] = [];
  if (coding !== null) fields.push(["Content-Encoding", coding]);
  if (disposition !== null) fields.push(["Content-Disposition", disposition]);
  // Bytes that are made anew each time have no places that one could ask for.
  if (size !== null) fields.push(["Accept-Ranges", "bytes"]);
  return fields;
}

function layOut(ranges: readonly ByteRange[], { type, size }: Representation): MultipartRanges {
  return multipartRanges(ranges, {
    size: size as number,
    contentType: type,
    boundary: randomBytes(18).toString("base64url"),
  });
}

/** True if the same is said of both, but for the date. */
export function isSameRepresentation(one: Representation, other: Representation): boolean {
  return (
    one.etag === other.etag &&
    one.type === other.type &&
    one.size === other.size &&
    one.coding === other.coding &&
    one.cacheControl === other.cacheControl &&
    one.vary === other.vary &&
    one.disposition === other.disposition
  );
}
