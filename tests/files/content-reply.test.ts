import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { MemoryFile, type ServedFile } from "#src/files/content.js";
import {
  isSameRepresentation,
  PLAIN_REQUEST,
  type ReplyRequest,
  type Representation,
  replyTo,
} from "#src/files/content-reply.js";
import { FILES, type FileRow, PRECONDITIONS, RANGES } from "../conformance/files.js";
import { anyText } from "../support/any-text.js";
import { assertReply, expectedFor, type FileMethod, filled } from "../support/file-rows.js";

const CURRENT = { tag: '"current"', date: "Sun, 09 Sep 2001 01:46:40 GMT" };
const DATE = CURRENT.date;

const PLAIN: Representation = {
  etag: '"current"',
  lastModified: Date.parse(DATE) / 1000,
  isDateReliable: true,
  size: 10,
  type: "text/plain; charset=utf-8",
  coding: null,
  cacheControl: null,
  vary: null,
  disposition: null,
};

const FIELDS: Readonly<Record<string, Exclude<keyof ReplyRequest, "method">>> = {
  "If-Match": "ifMatch",
  "If-None-Match": "ifNoneMatch",
  "If-Modified-Since": "ifModifiedSince",
  "If-Unmodified-Since": "ifUnmodifiedSince",
  Range: "range",
  "If-Range": "ifRange",
};

function requestOf(row: FileRow, method: string): ReplyRequest {
  const fields: Record<string, string | null> = {};
  for (const [name, value] of row.fields) {
    const key = FIELDS[name] ?? assert.fail(name);
    const line = filled(value, CURRENT);
    fields[key] = typeof fields[key] === "string" ? `${fields[key]}, ${line}` : line;
  }
  return { ...PLAIN_REQUEST, ...fields, method };
}

async function bytesOf(body: ServedFile): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let bytes = await body.read(1000); bytes.length > 0; bytes = await body.read(1000)) pieces.push(bytes);
  return Buffer.concat(pieces);
}

for (const row of [...PRECONDITIONS, ...RANGES])
  for (const method of ["GET", "HEAD"] satisfies FileMethod[]) {
    const expected = expectedFor(row, method);
    test(`\`replyTo\` answers ${method} with ${row.name} by ${expected.status} (RFC 9110 ${row.section})`, async () => {
      const content = Buffer.from(FILES[row.file], "latin1");
      const of = { ...PLAIN, size: content.length };
      const reply = replyTo(of, new MemoryFile(content), requestOf(row, method));
      const isRead = method !== "HEAD" && reply.body !== null;
      const body = isRead ? await bytesOf(reply.body) : Buffer.alloc(0);
      assertReply({ status: String(reply.status), fields: reply.fields(DATE), body }, expected, CURRENT);
    });
  }

const PART: ReplyRequest = { ...PLAIN_REQUEST, range: "bytes=5-14" };
const SAME: ReplyRequest = { ...PLAIN_REQUEST, ifNoneMatch: "*" };
const rows: readonly (readonly [
  what: string,
  request: ReplyRequest,
  of: Partial<Representation>,
  fields: readonly string[],
])[] = [
  [
    "a whole file",
    PLAIN_REQUEST,
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
    PLAIN_REQUEST,
    { etag: null, size: 0 },
    ["Content-type: text/plain", "Content-Length: 0", `Last-Modified: ${DATE}`, "Accept-Ranges: bytes"],
  ],
  [
    "all that can be said",
    PLAIN_REQUEST,
    {
      ...{ coding: "br", cacheControl: "no-store", vary: "Accept, Accept-Encoding" },
      disposition: "attachment",
    },
    [
      "Content-type: text/plain",
      "Content-Length: 1000",
      `Last-Modified: ${DATE}`,
      'ETag: "x"',
      "Cache-Control: no-store",
      "Vary: Accept, Accept-Encoding",
      "Content-Encoding: br",
      "Content-Disposition: attachment",
      "Accept-Ranges: bytes",
    ],
  ],
  [
    "content of unknown length, which has no ranges",
    PART,
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
    "a range that is not there",
    { ...PLAIN_REQUEST, range: "bytes=1000-" },
    {},
    ["Content-Range: bytes */1000"],
  ],
  [
    "a 304: validity and freshness, and nothing of the content",
    SAME,
    { coding: "br", cacheControl: "no-cache", vary: "Accept-Encoding" },
    [`Last-Modified: ${DATE}`, 'ETag: "x"', "Cache-Control: no-cache", "Vary: Accept-Encoding"],
  ],
];
for (const [what, request, of, fields] of rows)
  test(`The fields of a reply are those of ${what}`, () => {
    const content = { ...PLAIN, etag: '"x"' as const, size: 1000, type: "text/plain", ...of };
    const reply = replyTo(content, new MemoryFile(Buffer.alloc(1000)), request);
    assert.deepEqual(
      reply.fields(DATE).map((field) => field.join(": ")),
      fields,
    );
  });

test("`replyTo` closes the content if nothing of it is sent", () => {
  for (const request of [
    SAME,
    { ...PLAIN_REQUEST, ifMatch: '"other"' },
    { ...PLAIN_REQUEST, range: "bytes=99-" },
  ]) {
    const content = new MemoryFile(Buffer.from("0123456789"));
    assert.equal(replyTo(PLAIN, content, request).body, null);
    assert.equal(content.read(10).length, 0);
  }
});

test("`replyTo` has ranges only for GET, in capitals", () => {
  for (const method of ["HEAD", "get", "POST", "QUERY"]) {
    const request = { ...PLAIN_REQUEST, method, range: "bytes=0-0" };
    assert.equal(replyTo(PLAIN, new MemoryFile(Buffer.alloc(10)), request).status, 200);
  }
});

test("`replyTo` answers any fields, and never with more bytes than the content has", async () => {
  const known = ["*", '"current"', 'W/"x"', DATE, "bytes=0-0", "bytes=0-,0-,-5,3-4", "bytes=5-2"];
  const field = fc.option(fc.oneof(anyText(), fc.constantFrom(...known)));
  const fields = fc.record({
    ...{ ifMatch: field, ifNoneMatch: field, ifModifiedSince: field, ifUnmodifiedSince: field },
    ...{ range: field, ifRange: field },
  });
  await fc.assert(
    fc.asyncProperty(
      fields,
      fc.nat({ max: 20 }),
      fc.constantFrom("GET", "HEAD"),
      async (some, size, method) => {
        const content = new MemoryFile(Buffer.alloc(size, "x"));
        const { status, body } = replyTo({ ...PLAIN, size }, content, { ...some, method });
        const bytes = body === null ? [] : [...(await bytesOf(body))];
        const count = bytes.filter((byte) => byte === 0x78).length; // boundaries may have some
        assert.ok(status !== 206 || method === "GET");
        assert.ok(count <= size + 60);
      },
    ),
  );
});

const anyRepresentation: fc.Arbitrary<Representation> = fc.record(
  {
    etag: fc.constantFrom(null, '"x"', 'W/"x"'),
    lastModified: fc.constantFrom(null, 1, 2),
    isDateReliable: fc.boolean(),
    size: fc.constantFrom(null, 0, 10),
    type: fc.constantFrom("text/plain", "text/html"),
    coding: fc.constantFrom(null, "br", "gzip"),
    cacheControl: fc.constantFrom(null, "no-store"),
    vary: fc.constantFrom(null, "Accept"),
    disposition: fc.constantFrom(null, "inline"),
  },
  { noNullPrototype: true },
);

test("`isSameRepresentation` is true exactly if both have the same facts", () => {
  fc.assert(
    fc.property(anyRepresentation, anyRepresentation, (one, other) => {
      const said = (of: Representation) =>
        [PLAIN_REQUEST, SAME].map((request) =>
          replyTo(of, new MemoryFile(Buffer.alloc(0)), request).fields(DATE),
        );
      const isSame = JSON.stringify(said(one)) === JSON.stringify(said(other));
      assert.equal(isSameRepresentation(one, other), isSame);
      assert.ok(isSameRepresentation(one, { ...one }));
    }),
    { numRuns: 1000 },
  );
});
