import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { multipartRanges } from "#src/files/multipart-ranges.js";
import {
  isSameRepresentation,
  type ReplyPlan,
  type Representation,
  replyFields,
} from "#src/files/representation.js";

const DATE = "Sun, 09 Sep 2001 01:46:40 GMT";

const PLAIN: Representation = {
  etag: '"x"',
  tag: '"x"',
  lastModified: 1_000_000_000,
  isDateReliable: true,
  size: 1000,
  type: "text/plain",
  coding: null,
  cacheControl: null,
  vary: null,
};

const WHOLE: ReplyPlan = { kind: "whole", status: 200 };
const NOT_MODIFIED: ReplyPlan = { kind: "not-modified", status: 304 };
const PART: ReplyPlan = { kind: "range", status: 206, range: { first: 5, length: 10 } };

const rows: readonly (readonly [
  what: string,
  plan: ReplyPlan,
  of: Partial<Representation>,
  fields: readonly string[],
])[] = [
  [
    "a whole file",
    WHOLE,
    {},
    [
      "Content-type: text/plain",
      "Content-Length: 1000",
      `Last-Modified: ${DATE}`,
      'ETag: "x"',
      "Accept-Ranges: bytes",
    ],
  ],
  [
    "an empty file without a tag",
    WHOLE,
    { etag: null, size: 0 },
    ["Content-type: text/plain", "Content-Length: 0", `Last-Modified: ${DATE}`, "Accept-Ranges: bytes"],
  ],
  [
    "all that can be said",
    WHOLE,
    { coding: "br", cacheControl: "no-store", vary: "Accept, Accept-Encoding" },
    [
      "Content-type: text/plain",
      "Content-Length: 1000",
      `Last-Modified: ${DATE}`,
      'ETag: "x"',
      "Cache-Control: no-store",
      "Vary: Accept, Accept-Encoding",
      "Content-Encoding: br",
      "Accept-Ranges: bytes",
    ],
  ],
  [
    "content of unknown length",
    WHOLE,
    { size: null, coding: "gzip", etag: 'W/"x-gzip"' },
    ["Content-type: text/plain", `Last-Modified: ${DATE}`, 'ETag: W/"x-gzip"', "Content-Encoding: gzip"],
  ],
  [
    "one range",
    PART,
    { vary: "Accept-Encoding" },
    [
      "Content-type: text/plain",
      "Content-Length: 10",
      "Content-Range: bytes 5-14/1000",
      `Last-Modified: ${DATE}`,
      'ETag: "x"',
      "Vary: Accept-Encoding",
      "Accept-Ranges: bytes",
    ],
  ],
  [
    "a 304: validity and freshness, and nothing of the content",
    NOT_MODIFIED,
    { coding: "br", cacheControl: "no-cache", vary: "Accept-Encoding" },
    [`Last-Modified: ${DATE}`, 'ETag: "x"', "Cache-Control: no-cache", "Vary: Accept-Encoding"],
  ],
];
for (const [what, plan, of, fields] of rows) {
  test(`\`replyFields\` are those of ${what}`, () => {
    const found = replyFields(plan, { ...PLAIN, ...of }, DATE).map((field) => field.join(": "));
    assert.deepEqual(found, fields);
  });
}

test("`replyFields` of several ranges have the type and the length of all of them", () => {
  const ranges = [
    { first: 0, length: 1 },
    { first: 999, length: 1 },
  ];
  const layout = multipartRanges(ranges, { size: 1000, contentType: "text/plain", boundary: "b" });
  const fields = replyFields({ kind: "ranges", status: 206, ranges }, PLAIN, DATE, layout);
  assert.deepEqual(fields, [
    ["Content-type", "multipart/byteranges; boundary=b"],
    ["Content-Length", String(layout.length)],
    ["Last-Modified", DATE],
    ["ETag", '"x"'],
    ["Accept-Ranges", "bytes"],
  ]);
});

const anyRepresentation: fc.Arbitrary<Representation> = fc.record(
  {
    etag: fc.constantFrom(null, '"x"', 'W/"x"'),
    tag: fc.constantFrom(null, '"x"'),
    lastModified: fc.constantFrom(null, 1, 2),
    isDateReliable: fc.boolean(),
    size: fc.constantFrom(null, 0, 10),
    type: fc.constantFrom("text/plain", "text/html"),
    coding: fc.constantFrom(null, "br", "gzip"),
    cacheControl: fc.constantFrom(null, "no-store"),
    vary: fc.constantFrom(null, "Accept"),
  },
  { noNullPrototype: true },
);

test("`isSameRepresentation` is true exactly where the same is said of both", () => {
  fc.assert(
    fc.property(anyRepresentation, anyRepresentation, (one, other) => {
      const said = (file: Representation) => [
        replyFields(WHOLE, file, DATE),
        replyFields(NOT_MODIFIED, file, DATE),
      ];
      const isSame = JSON.stringify(said(one)) === JSON.stringify(said(other));
      assert.equal(isSameRepresentation(one, other), isSame);
      assert.ok(isSameRepresentation(one, { ...one }));
    }),
    { numRuns: 1000 },
  );
});

test("`isSameRepresentation` is false for whatever differs by itself", () => {
  const changes: readonly Partial<Representation>[] = [
    { etag: null },
    { size: 1 },
    { type: "text/html" },
    { coding: "br" },
    { cacheControl: "no-store" },
    { vary: "Accept" },
  ];
  for (const change of changes) assert.ok(!isSameRepresentation(PLAIN, { ...PLAIN, ...change }));
});
