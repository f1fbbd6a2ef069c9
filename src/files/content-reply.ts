/**
 * Computes the response to a request for a content, as a value: conditions, ranges and fields. Like Go's
 * `http.ServeContent`.
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
import { MultipartFile, type MultipartRanges, multipartRanges } from "./multipart-ranges.js";
import { type Conditions, evaluatePreconditions } from "./preconditions.js";
import type { Validators } from "./validators.js";

/** A header field of a response. */
export type Field = readonly [name: string, value: string];

/** Facts about a content, for the head of its response. */
export interface Representation extends Validators {
  /** Size in bytes; `null` if it is unknown before the end. Then there are no ranges. */
  readonly size: number | null;
  /** The value of `Content-Type`. */
  readonly type: string;
  /** Content coding; `null` for none. */
  readonly coding: ContentCoding | null;
  /** The value of `Cache-Control`; `null` for none. */
  readonly cacheControl: string | null;
  /** The value of `Vary`: the fields that the choice of the representation depends on; `null` for none. */
  readonly vary: string | null;
  /** The value of `Content-Disposition`; `null` for none. */
  readonly disposition: string | null;
}

/**
 * Fields of a request that decide about the response; `null` if a field is missing. Several lines of a name are joined
 * by `, `.
 */
export interface ReplyRequest extends Conditions {
  /** `GET` or `HEAD`: ranges are only for GET (RFC 9110 §14.2). */
  readonly method: string;
  readonly range: string | null;
  readonly ifRange: string | null;
}

/** Response to a request. */
export interface Reply {
  readonly status: 200 | 206 | 304 | 412 | 416;
  /**
   * The fields of the head, in Python's order if Python has them. For a 412 and a 416, the additional fields of the
   * error page.
   *
   * @param date - the value of `Last-Modified`; `null` for none
   */
  fields(date: string | null): readonly Field[];
  /** The source to send and to close; `null` if the content was already closed. */
  readonly body: ServedFile | null;
}

/** A request without conditions and preferences. */
export const PLAIN_REQUEST: ReplyRequest = {
  method: "GET",
  ifMatch: null,
  ifNoneMatch: null,
  ifModifiedSince: null,
  ifUnmodifiedSince: null,
  range: null,
  ifRange: null,
};

/** The part of a content to send: the outcome of conditions and ranges, in this order (RFC 9110 §13.2.2). */
type ReplyPlan =
  /** All of it. */
  | { readonly status: 200 }
  /** One part, or several as `multipart/byteranges`. */
  | { readonly status: 206; readonly ranges: readonly ByteRange[] }
  /** 304: the client's copy is current. 412: a condition failed. 416: no requested byte exists. */
  | { readonly status: 304 | 412 | 416 };

const WHOLE: ReplyPlan = { status: 200 };
const NOT_MODIFIED: ReplyPlan = { status: 304 };
const PRECONDITION_FAILED: ReplyPlan = { status: 412 };
const UNSATISFIABLE: ReplyPlan = { status: 416 };

/** Decides which part of a content is sent. */
function planReply(content: Validators & Pick<Representation, "size">, request: ReplyRequest): ReplyPlan {
  if (request === PLAIN_REQUEST) return WHOLE;
  const verdict = evaluatePreconditions(request, content);
  if (verdict === 304) return NOT_MODIFIED;
  if (verdict === 412) return PRECONDITION_FAILED;
  const { size } = content;
  // Content that is generated for each request has no ranges: two of them may differ.
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
 * @param content - facts about it
 * @param open - the open content. The response owns it: it is closed with the body, or at once if there is none
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

/** Returns the body to send from an open content. */
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

/** Returns the fields of a response. */
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
      // A 304 repeats the validators and the freshness of the 200, and no field about the content (RFC 9110 §15.4.5).
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
  // Bytes that are generated for each request have no stable offsets.
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

/** True if the facts of both are equal, except the date. */
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
