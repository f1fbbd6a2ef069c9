/**
 * Computes the response to a request for content, as a value: conditions, ranges and fields. Like Go's
 * `http.ServeContent`.
 *
 * @module
 */

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
import { MultipartFile, multipartRanges } from "./multipart-ranges.js";
import { type Conditions, evaluatePreconditions } from "./preconditions.js";
import type { Validators } from "./validators.js";

/** A header field of a response. */
export type Field = readonly [name: string, value: string];

/** Facts about content, for the head of its response. */
export interface Representation extends Validators {
  /** Size in bytes; `null` if it is unknown before the end. Without a size, ranges are not supported. */
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

/** The response to a request. */
export interface Reply {
  readonly status: 200 | 206 | 304 | 412 | 416;
  /**
   * Returns the fields of the head; those that Python also sends are in Python's order. For a 412 and a 416, returns
   * the additional fields of the error page.
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

/**
 * Answers a request for content: conditions first, then ranges (RFC 9110 §13.2.2).
 *
 * @param content - facts about it
 * @param open - the open content. It is closed together with the body, or at once if the response has no body
 */
export function replyTo(content: Representation, open: OpenContent, request: ReplyRequest): Reply {
  if (request !== PLAIN_REQUEST) {
    const verdict = evaluatePreconditions(request, content);
    // A 304 repeats the validators and the freshness of the 200, but no field about the content (RFC 9110 §15.4.5).
    if (verdict === 304) return withoutBody(304, open, (date) => validityFields(content, date));
    if (verdict === 412) return withoutBody(412, open, () => []);
    const ranges = selectRanges(content, request);
    if (ranges === "unsatisfiable")
      return withoutBody(416, open, () => [["Content-Range", unsatisfiedRange(content.size ?? 0)]]);
    if (ranges !== "whole") return partial(content, open, ranges);
  }
  const fields = (date: string | null) => allFields(content, date, typeAndLength(content.type, content.size));
  return { status: 200, fields, body: open };
}

function selectRanges(current: Representation, { method, range, ifRange }: ReplyRequest): SelectedRanges {
  const { size } = current;
  // Content that is generated for each request has no ranges, because two requests may get different content.
  if (range === null || size === null || method !== "GET") return "whole";
  if (ifRange !== null && !ifRangeHolds(ifRange, current)) return "whole";
  const specs = parseRange(range);
  return specs === undefined ? "whole" : resolveRanges(specs, size);
}

function withoutBody(status: 304 | 412 | 416, open: OpenContent, fields: Reply["fields"]): Reply {
  open.close();
  return { status, fields, body: null };
}

/** Returns a response with one part, or with several as `multipart/byteranges`. */
function partial(content: Representation, open: OpenContent, ranges: readonly ByteRange[]): Reply {
  const { type } = content;
  const size = content.size as number;
  if (ranges.length > 1) {
    const boundary = process.getBuiltinModule("node:crypto").randomBytes(18).toString("base64url");
    const layout = multipartRanges(ranges, { size, contentType: type, boundary });
    const own = typeAndLength(layout.contentType, layout.length);
    return {
      status: 206,
      fields: (date) => allFields(content, date, own),
      body: new MultipartFile(open, layout),
    };
  }
  const [range] = ranges as readonly [ByteRange];
  open.window(range.first, range.length);
  const own: Field[] = [...typeAndLength(type, range.length), ["Content-Range", contentRange(range, size)]];
  return { status: 206, fields: (date) => allFields(content, date, own), body: open };
}

function allFields(content: Representation, date: string | null, own: readonly Field[]): Field[] {
  return [...own, ...validityFields(content, date), ...codingFields(content)];
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

/** True if two representations are equal, except for the date. */
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
