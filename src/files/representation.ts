/**
 * What is said of a file in the head of its reply.
 *
 * @module
 */

import type { ContentCoding } from "./accept.js";
import { contentRange } from "./byte-ranges.js";
import type { EntityTag } from "./entity-tag.js";
import type { FilePlan } from "./file-plan.js";
import type { MultipartRanges } from "./multipart-ranges.js";
import type { Validators } from "./validators.js";

/** A header field for a reply. */
export type Field = readonly [name: string, value: string];

/** A file as it can be sent: itself, another that holds its coded content, or coded while it is sent. */
export interface Representation extends Validators {
  /** The value of `ETag`; `null` for none. */
  readonly etag: EntityTag | null;
  /** In bytes; `null` where nobody knows before all is sent. */
  readonly size: number | null;
  /** The value of `Content-Type`. */
  readonly type: string;
  /** How the content is coded; `null` for not at all. */
  readonly coding: ContentCoding | null;
  /** The value of `Cache-Control`; `null` for none. */
  readonly cacheControl: string | null;
  /** What the choice of the representation depends on, the value of `Vary`; `null` for nothing. */
  readonly vary: string | null;
}

/** A plan that is a success; the others are errors, with a page. */
export type ReplyPlan = Extract<FilePlan, { readonly status: 200 | 206 | 304 }>;

/**
 * The fields of a reply, in Python's order as far as Python has them, and with its spelling of `Content-type`.
 *
 * A 304 repeats what the 200 would say of validity and freshness, and nothing of the content (RFC 9110 §15.4.5).
 *
 * @param date - the value of `Last-Modified`
 * @param multipart - the layout of several ranges
 */
export function replyFields(
  plan: ReplyPlan,
  file: Representation,
  date: string,
  multipart: MultipartRanges | null = null,
): Field[] {
  const validity = validityFields(file, date);
  return plan.kind === "not-modified"
    ? validity
    : [...contentFields(plan, file, multipart), ...validity, ...codingFields(file)];
}

function contentFields(plan: ReplyPlan, file: Representation, multipart: MultipartRanges | null): Field[] {
  if (multipart !== null) return typeAndLength(multipart.contentType, multipart.length);
  if (plan.kind !== "range" || file.size === null) return typeAndLength(file.type, file.size);
  const { range } = plan;
  return [...typeAndLength(file.type, range.length), ["Content-Range", contentRange(range, file.size)]];
}

function typeAndLength(type: string, length: number | null): Field[] {
  const field: Field = ["Content-type", type];
  return length === null ? [field] : [field, ["Content-Length", String(length)]];
}

function validityFields({ etag, cacheControl, vary }: Representation, date: string): Field[] {
  const fields: Field[] = [["Last-Modified", date]];
  if (etag !== null) fields.push(["ETag", etag]);
  if (cacheControl !== null) fields.push(["Cache-Control", cacheControl]);
  if (vary !== null) fields.push(["Vary", vary]);
  return fields;
}

function codingFields({ coding, size }: Representation): Field[] {
  const fields: Field[] = [];
  if (coding !== null) fields.push(["Content-Encoding", coding]);
  // Bytes that are made anew each time have no places that one could ask for.
  if (size !== null) fields.push(["Accept-Ranges", "bytes"]);
  return fields;
}

/** Whether the same is said of both. */
export function isSameRepresentation(one: Representation, other: Representation): boolean {
  return (
    one.etag === other.etag &&
    one.type === other.type &&
    one.size === other.size &&
    one.coding === other.coding &&
    one.cacheControl === other.cacheControl &&
    one.vary === other.vary
  );
}
