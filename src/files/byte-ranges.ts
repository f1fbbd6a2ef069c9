/**
 * Range requests, RFC 9110 §14: first the requested ranges are parsed, then they are compared with the content.
 *
 * @module
 */

import { trimWhitespace } from "../http1/grammar.js";
import { parseHttpDate } from "../http1/http-date.js";
import { isEntityTag, matchesStrongly } from "./entity-tag.js";
import type { Validators } from "./validators.js";

/** A requested range, before the length of the content is known. Larger numbers are reduced to 2^53 - 1. */
export type RangeSpec =
  /** A range of bytes, both ends included. `last` is `Infinity` for "to the end". */
  | { readonly first: number; readonly last: number }
  /** Number of bytes at the end of the content. */
  | { readonly suffix: number };

/** A part of the content. */
export interface ByteRange {
  /** Offset of its first byte, from 0. */
  readonly first: number;
  /** Number of bytes, at least 1. */
  readonly length: number;
}

/** Selected ranges: the whole content, as for a request without ranges; no part (416); or at least one part. */
export type SelectedRanges = "whole" | "unsatisfiable" | readonly ByteRange[];

/**
 * Maximum number of ranges; a request with more gets the whole content. Each range costs work, and about 100 bytes of
 * output for two bytes of input (RFC 9110 §17.15, CVE-2011-3192). Apache has 200 (`MaxRanges`), nginx no limit. PDF
 * viewers request some dozens.
 */
export const MAX_RANGES = 100;

// bytes-unit "=" with nothing between them (RFC 9110 §14.1); the unit's case does not matter.
const BYTES_UNIT = /^bytes=/i;

// int-range / suffix-range: at least one of the two numbers (§14.1.1, §14.1.2)
const RANGE_SPEC = /^(?:([0-9]+)-([0-9]*)|-([0-9]+))$/;

/**
 * Reads the value of `Range`.
 *
 * @returns `undefined` for ranges that a server ignores (§14.2): other units, invalid syntax, `last` before `first`,
 *   and too many ranges
 * @example
 * parseRange("bytes=0-9, -5"); // [{ first: 0, last: 9 }, { suffix: 5 }]
 * parseRange("bytes=9-0"); // undefined
 */
export function parseRange(value: string): readonly RangeSpec[] | undefined {
  if (!BYTES_UNIT.test(value)) return undefined;
  const specs: RangeSpec[] = [];
  for (const member of value.slice("bytes=".length).split(",")) {
    const text = trimWhitespace(member);
    if (text === "") continue; // an empty member (§5.6.1.2)
    const spec = parseSpec(text);
    if (spec === undefined || specs.length === MAX_RANGES) return undefined;
    specs.push(spec);
  }
  return specs.length === 0 ? undefined : specs;
}

function parseSpec(text: string): RangeSpec | undefined {
  const [matched, first = "", last = "", suffix = ""] = RANGE_SPEC.exec(text) ?? [];
  if (matched === undefined) return undefined;
  if (suffix !== "") return { suffix: numberOf(suffix) };
  if (last === "") return { first: numberOf(first), last: Number.POSITIVE_INFINITY };
  return isGreater(first, last) ? undefined : { first: numberOf(first), last: numberOf(last) };
}

/** Returns the value of digits, but at most 2^53 - 1, because no content has more bytes. */
function numberOf(digits: string): number {
  return Math.min(Number(digits), Number.MAX_SAFE_INTEGER);
}

/** Compares numbers of any length: doubles can't distinguish 2^53 + 1 from 2^53. */
function isGreater(one: string, other: string): boolean {
  const [left, right] = [withoutZeros(one), withoutZeros(other)];
  return left.length === right.length ? left > right : left.length > right.length;
}

function withoutZeros(digits: string): string {
  return digits.replace(/^0+/, "");
}

/**
 * Resolves ranges for content of a given size.
 *
 * Ranges that overlap or touch become one (§15.3.7.2), so the parts together are never more than the whole. They keep
 * the requested order. Ranges that begin after the end are left out.
 *
 * For an empty content, any range selects the whole (200): download tools that always request a range would treat a 416
 * as a failed transfer.
 *
 * @param size - in bytes
 * @example
 * resolveRanges([{ first: 0, last: 9 }, { suffix: 5 }], 100); // [{ first: 0, length: 10 }, { first: 95, length: 5 }]
 */
export function resolveRanges(specs: readonly RangeSpec[], size: number): SelectedRanges {
  if (size === 0) return "whole";
  const ranges: ByteRange[] = [];
  for (const spec of specs) {
    const range = "suffix" in spec ? resolveSuffix(spec.suffix, size) : resolve(spec.first, spec.last, size);
    if (range !== undefined) ranges.push(range);
  }
  if (ranges.length === 0) return "unsatisfiable";
  return ranges.length === 1 ? ranges : coalesce(ranges);
}

function resolve(first: number, last: number, size: number): ByteRange | undefined {
  return first < size ? { first, length: Math.min(last, size - 1) - first + 1 } : undefined;
}

/** A suffix that is longer than the content selects all of it (§14.1.2). An empty suffix can't be satisfied. */
function resolveSuffix(suffix: number, size: number): ByteRange | undefined {
  const length = Math.min(suffix, size);
  return length === 0 ? undefined : { first: size - length, length };
}

function coalesce(ranges: readonly ByteRange[]): readonly ByteRange[] {
  const places = ranges.map(({ first, length }, order) => ({ first, length, order }));
  places.sort((one, other) => one.first - other.first);
  const parts: { first: number; length: number; order: number }[] = [];
  for (const place of places) {
    const part = parts.at(-1);
    if (part === undefined || place.first > part.first + part.length) parts.push(place);
    else {
      part.length = Math.max(part.length, place.first + place.length - part.first);
      part.order = Math.min(part.order, place.order);
    }
  }
  parts.sort((one, other) => one.order - other.order);
  return parts.map(({ first, length }) => ({ first, length }));
}

/**
 * True if a `Range` applies: the client's part belongs to the current content (§13.1.5).
 *
 * A tag must be the same and strong. A date must be reliable, and exactly that of `Last-Modified`: otherwise the client
 * could join parts of two versions into a broken file. A list, or an invalid value, does not match.
 *
 * @param value - value of `If-Range`
 */
export function ifRangeHolds(value: string, current: Validators): boolean {
  if (isEntityTag(value)) return current.etag !== null && matchesStrongly(value, current.etag);
  return (
    current.isDateReliable && current.lastModified !== null && parseHttpDate(value) === current.lastModified
  );
}

/**
 * Returns the value of `Content-Range` for a part (§14.4).
 *
 * @param size - size of the whole content
 * @example
 * contentRange({ first: 0, length: 1 }, 10); // "bytes 0-0/10"
 */
export function contentRange({ first, length }: ByteRange, size: number): string {
  return `bytes ${first}-${first + length - 1}/${size}`;
}

/**
 * Returns the value of `Content-Range` for a 416 (§15.5.17).
 *
 * @example
 * unsatisfiedRange(10); // "bytes *\/10"
 */
export function unsatisfiedRange(size: number): string {
  return `bytes */${size}`;
}
