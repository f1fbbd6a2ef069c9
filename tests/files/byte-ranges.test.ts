import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import {
  type ByteRange,
  contentRange,
  ifRangeHolds,
  MAX_RANGES,
  parseRange,
  type RangeSpec,
  resolveRanges,
  type SelectedRanges,
  unsatisfiedRange,
} from "#src/files/byte-ranges.js";
import type { Validators } from "#src/files/validators.js";
import { anyText } from "../support/any-text.js";

const END = Number.POSITIVE_INFINITY;
const MAX = Number.MAX_SAFE_INTEGER;

const values: [value: string, expected: readonly RangeSpec[] | undefined][] = [
  ["bytes=0-499", [{ first: 0, last: 499 }]],
  ["bytes=500-", [{ first: 500, last: END }]],
  [
    "bytes=0-0 \t,\t 2-",
    [
      { first: 0, last: 0 },
      { first: 2, last: END },
    ],
  ],
  ["bytes= 0-0", [{ first: 0, last: 0 }]], // OWS around members of a list (§5.6.1.2)
  ["bytes=,,0-0, ,", [{ first: 0, last: 0 }]],
  ["bytes=00000000000000000001-0002", [{ first: 1, last: 2 }]],
  ["bytes=9007199254740991-9007199254740992", [{ first: MAX, last: MAX }]],
  ["bytes=9007199254740992-9007199254740993", [{ first: MAX, last: MAX }]],
  ["bytes=9007199254740993-9007199254740992", undefined], // as doubles they are equal
  ["bytes=0009-10", [{ first: 9, last: 10 }]],
  [`bytes=0-${"9".repeat(1000)}`, [{ first: 0, last: MAX }]],
  [`bytes=-${"9".repeat(1000)}`, [{ suffix: MAX }]],
  [`bytes=1${"0".repeat(400)}-${"9".repeat(400)}`, undefined],
  ["bytes", undefined],
  ["bytes=,", undefined],
  ["bytes=--1", undefined],
  ["bytes=1--", undefined],
  ["bytes=0-0,1-0", undefined], // one that is invalid makes the set invalid (§14.1.1)
  ["bytes =0-0", undefined],
  [" bytes=0-0", undefined],
  ["bytes:0-0", undefined],
  ["bytes=0 -0", undefined],
  ["bytes=0- 0", undefined],
  ["bytes=- 5", undefined],
  ["bytes=+1-2", undefined],
  ["bytes=0x1-2", undefined],
  ["bytes=1e1-20", undefined],
  ["bytes=1.5-2", undefined],
  ["bytes=٠-٩", undefined],
  ["bytes=0-0\n", undefined],
  ["bytes=0-0\u00a0", undefined],
  ["bytes=0-0;1-1", undefined],
  ["bytes=0-0, bytes=1-1", undefined], // two field lines, joined
  ["bytesx=0-0", undefined],
  ["none", undefined],
];
for (const [value, expected] of values) {
  test(`\`parseRange\` makes ${expected ? JSON.stringify(expected) : "nothing"} of ${JSON.stringify(value).slice(0, 60)}`, () =>
    assert.deepEqual(parseRange(value), expected));
}

test(`\`parseRange\` takes ${MAX_RANGES} ranges and not one more`, () => {
  const value = `bytes=${"1-1,".repeat(MAX_RANGES)}`;
  assert.equal(parseRange(value)?.length, MAX_RANGES);
  assert.equal(parseRange(`${value}1-1`), undefined);
});

test("`parseRange` reads a megabyte of an almost valid range in linear time", () => {
  const size = 1_000_000;
  for (const value of [
    `0${" ".repeat(size)}-`,
    "9".repeat(size),
    `${"0".repeat(size)}-${"0".repeat(size)}`,
    ",".repeat(size),
  ])
    parseRange(`bytes=${value}`); // in quadratic time, this would not come to an end
});

const selections: [rfc: string, name: string, value: string, size: number, expected: SelectedRanges][] = [
  ["§14.1.2", "a suffix of all", "bytes=-10", 10, [{ first: 0, length: 10 }]],
  ["§14.1.2", "a file of 2^53 - 1 bytes", "bytes=9007199254740990-", MAX, [{ first: MAX - 1, length: 1 }]],
  ["§14.1.2", "a byte behind 2^53 - 1 of them", "bytes=9007199254740991-", MAX, "unsatisfiable"],
  [
    "§15.3.7.2",
    "two with a byte between",
    "bytes=0-1,3-4",
    10,
    [
      { first: 0, length: 2 },
      { first: 3, length: 2 },
    ],
  ],
  ["§15.3.7.2", "two that touch, in another order", "bytes=2-4,0-1", 10, [{ first: 0, length: 5 }]],
  ["§15.3.7.2", "one within another", "bytes=0-8,3-4", 10, [{ first: 0, length: 9 }]],
  ["§15.3.7.2", "the same twice", "bytes=3-4,3-4", 10, [{ first: 3, length: 2 }]],
  ["§15.3.7.2", "a third that joins two", "bytes=6-7,0-1,2-5", 10, [{ first: 0, length: 8 }]],
  [
    "§15.3.7.2",
    "two that become one, behind a third",
    "bytes=9-9,0-1,1-2",
    10,
    [
      { first: 9, length: 1 },
      { first: 0, length: 3 },
    ],
  ],
  [
    "§15.3.7.2",
    "two that become one, around a third",
    "bytes=0-1,9-9,1-2",
    10,
    [
      { first: 0, length: 3 },
      { first: 9, length: 1 },
    ],
  ],
];
for (const [rfc, name, value, size, expected] of selections) {
  test(`\`resolveRanges\` with ${name} gives ${JSON.stringify(expected)} (${rfc})`, () =>
    assert.deepEqual(resolveRanges(parseRange(value) ?? assert.fail(value), size), expected));
}

const number = fc.oneof(fc.nat({ max: 30 }), fc.maxSafeNat());
const anySpec: fc.Arbitrary<RangeSpec> = fc.oneof(
  fc
    .tuple(number, number)
    .map(([one, other]) => ({ first: Math.min(one, other), last: Math.max(one, other) })),
  number.map((first) => ({ first, last: END })),
  number.map((suffix) => ({ suffix })),
);
const anySpecs = fc.array(anySpec, { minLength: 1, maxLength: MAX_RANGES });

function written(specs: readonly RangeSpec[]): string {
  const members = specs.map((spec) =>
    "suffix" in spec ? `-${spec.suffix}` : `${spec.first}-${spec.last === END ? "" : spec.last}`,
  );
  return `bytes=${members.join(",")}`;
}

test("`parseRange` returns all ranges that were written", () => {
  fc.assert(fc.property(anySpecs, (specs) => assert.deepEqual(parseRange(written(specs)), specs)));
});

test("`parseRange` returns ranges or nothing for any text", () => {
  const pieces = fc.array(
    fc.constantFrom("bytes", "=", "-", ",", " ", "0", "9", "99999999999999999999", "x"),
  );
  const text = fc.oneof(
    anyText(),
    pieces.map((some) => `bytes=${some.join("")}`),
  );
  fc.assert(
    fc.property(text, (value) => {
      const specs = parseRange(value);
      assert.ok(specs === undefined || specs.length > 0);
      for (const spec of specs ?? [])
        assert.ok("suffix" in spec ? spec.suffix >= 0 : spec.first <= spec.last);
    }),
  );
});

/** Returns the positions of the bytes in ranges of small content. */
function bytesOf(ranges: readonly ByteRange[]): number[] {
  return ranges.flatMap(({ first, length }) => Array.from({ length }, (_, at) => first + at));
}

test("`resolveRanges` selects each requested byte once, and no other", () => {
  fc.assert(
    fc.property(anySpecs, fc.integer({ min: 1, max: 30 }), (specs, size) => {
      const wanted = Array.from({ length: size }, (_, at) => at).filter((at) =>
        specs.some((spec) =>
          "suffix" in spec ? at >= size - spec.suffix : at >= spec.first && at <= spec.last,
        ),
      );
      const selected = resolveRanges(specs, size);
      assert.ok(selected !== "whole");
      if (selected === "unsatisfiable") return assert.deepEqual(wanted, []);
      assert.deepEqual(
        bytesOf(selected).sort((one, other) => one - other),
        wanted,
      );
    }),
  );
});

test("`resolveRanges` returns separate parts inside the content, which together are never more than it", () => {
  fc.assert(
    fc.property(anySpecs, fc.maxSafeNat(), (specs, size) => {
      const selected = resolveRanges(specs, size);
      if (typeof selected === "string") return;
      const sorted = selected.toSorted((one, other) => one.first - other.first);
      let end = -1;
      for (const { first, length } of sorted) {
        assert.ok(length >= 1 && first > end && first + length <= size);
        end = first + length;
      }
    }),
  );
});

test("`resolveRanges` keeps the requested order of separate ranges", () => {
  const places = fc.uniqueArray(fc.nat({ max: 50 }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(places, (firsts) => {
      const specs = firsts.map((first) => ({ first: 2 * first, last: 2 * first }));
      assert.deepEqual(
        resolveRanges(specs, 1000),
        firsts.map((first) => ({ first: 2 * first, length: 1 })),
      );
    }),
  );
});

const AT = "Sun, 06 Nov 1994 08:49:37 GMT";
const CURRENT: Validators = { etag: '"x"', lastModified: 784_111_777, isDateReliable: true };

const ifRanges: [name: string, value: string, expected: boolean, Partial<Validators>?][] = [
  ["the tag", '"x"', true],
  ["another tag", '"y"', false],
  ["the tag as a weak one", 'W/"x"', false],
  ["the tag, which is weak", 'W/"x"', false, { etag: 'W/"x"' }],
  ["a strong tag where the tag is weak", '"x"', false, { etag: 'W/"x"' }],
  ["a tag where there is none", '"x"', false, { etag: null }],
  ["a list of tags", '"x", "y"', false],
  ["any tag", "*", false],
  ["a tag without quotes", "x", false],
  ["the date", AT, true],
  ["the date in another form", "Sunday, 06-Nov-94 08:49:37 GMT", true],
  ["an earlier date", "Sun, 06 Nov 1994 08:49:36 GMT", false],
  ["a later date", "Sun, 06 Nov 1994 08:49:38 GMT", false],
  ["the date, which says little", AT, false, { isDateReliable: false }],
  ["a date where there is none", AT, false, { lastModified: null }],
  ["what is no date, where there is none", "x", false, { lastModified: null }],
  ["nothing", "", false],
];
for (const [name, value, expected, validators] of ifRanges) {
  test(`\`ifRangeHolds\` says ${expected} for ${name} (RFC 9110 §13.1.5)`, () =>
    assert.equal(ifRangeHolds(value, { ...CURRENT, ...validators }), expected));
}

test("`contentRange` and `unsatisfiedRange` write the value of Content-Range (RFC 9110 §14.4)", () => {
  assert.equal(contentRange({ first: 42, length: 1192 }, 1234), "bytes 42-1233/1234");
  assert.equal(contentRange({ first: 0, length: 1 }, 1), "bytes 0-0/1");
  assert.equal(unsatisfiedRange(1234), "bytes */1234");
});
