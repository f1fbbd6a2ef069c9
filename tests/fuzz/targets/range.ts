import assert from "node:assert/strict";
import { type ByteRange, parseRange, type RangeSpec, resolveRanges } from "#src/files/byte-ranges.js";

const SIZES = [0, 1, 10, 1000, 2 ** 40];

/** Ranges are inside the content and apart, and together not larger than it. Written again, they are the same. */
export function holds(bytes: Buffer): void {
  const specs = parseRange(bytes.toString("latin1"));
  if (specs === undefined) return;
  assert.deepEqual(parseRange(`bytes=${specs.map(written).join(",")}`), specs);
  for (const size of SIZES) {
    const ranges = resolveRanges(specs, size);
    if (typeof ranges !== "string") assertApart(ranges, size);
  }
}

function written(spec: RangeSpec): string {
  if ("suffix" in spec) return `-${spec.suffix}`;
  return `${spec.first}-${spec.last === Number.POSITIVE_INFINITY ? "" : spec.last}`;
}

function assertApart(ranges: readonly ByteRange[], size: number): void {
  assert.ok(ranges.length > 0);
  let end = -1;
  for (const { first, length } of ranges.toSorted((one, other) => one.first - other.first)) {
    assert.ok(
      first > end && length > 0 && first + length <= size,
      JSON.stringify({ first, length, end, size }),
    );
    end = first + length;
  }
}
