import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import type { ByteRange } from "#src/files/byte-ranges.js";
import { MemoryFile, type OpenContent } from "#src/files/content.js";
import {
  MultipartFile,
  type MultipartRanges,
  type MultipartSettings,
  multipartRanges,
} from "#src/files/multipart-ranges.js";

const DIGITS = Buffer.from("0123456789");
const SETTINGS: MultipartSettings = {
  size: 10,
  contentType: "text/plain",
  boundary: "THIS_STRING_SEPARATES",
};

/** The bytes as they are sent. */
function sent({ parts, end }: MultipartRanges, content: Buffer): Buffer {
  const pieces = parts.flatMap(({ head, range }) => [
    Buffer.from(head, "latin1"),
    content.subarray(range.first, range.first + range.length),
  ]);
  return Buffer.concat([...pieces, Buffer.from(end, "latin1")]);
}

test("`multipartRanges` frames each part with its type and place (RFC 9110 §14.6, RFC 2046 §5.1.1)", () => {
  const ranges = [
    { first: 8, length: 2 },
    { first: 0, length: 1 },
  ];
  const multipart = multipartRanges(ranges, SETTINGS);
  assert.equal(multipart.contentType, "multipart/byteranges; boundary=THIS_STRING_SEPARATES");
  const expected = [
    "",
    "--THIS_STRING_SEPARATES",
    "Content-Type: text/plain",
    "Content-Range: bytes 8-9/10",
    "",
    "89",
    "--THIS_STRING_SEPARATES",
    "Content-Type: text/plain",
    "Content-Range: bytes 0-0/10",
    "",
    "0",
    "--THIS_STRING_SEPARATES--",
    "",
  ].join("\r\n");
  assert.equal(sent(multipart, DIGITS).toString("latin1"), expected);
  assert.equal(multipart.length, expected.length);
});

const anyContent = fc.uint8Array({ minLength: 1, maxLength: 200 }).map((bytes) => Buffer.from(bytes));
const anyRanges = (size: number) =>
  fc.array(
    fc
      .tuple(fc.nat({ max: size - 1 }), fc.nat({ max: size - 1 }))
      .map(([first, more]): ByteRange => ({ first, length: Math.min(more + 1, size - first) })),
    { minLength: 1, maxLength: 20 },
  );
const anyType = fc.constantFrom("text/html; charset=utf-8", 'text/plain; name="é"');

test("`multipartRanges` counts exactly, and its parts can be taken apart again", () => {
  const contentAndRanges = anyContent.chain((content) =>
    fc.tuple(fc.constant(content), anyRanges(content.length)),
  );
  fc.assert(
    fc.property(contentAndRanges, anyType, ([content, ranges], contentType) => {
      // 24 characters that hardly ever occur in so little content. A real boundary is random.
      const boundary = "x7f3Kq9_boundary-of-test";
      fc.pre(!content.includes(boundary));
      const multipart = multipartRanges(ranges, { size: content.length, contentType, boundary });
      const bytes = sent(multipart, content);
      assert.equal(bytes.length, multipart.length);
      const [before, ...parts] = bytes.toString("latin1").split(`--${boundary}`);
      assert.equal(before, "\r\n");
      assert.equal(parts.pop(), "--\r\n");
      assert.deepEqual(
        parts.map((part) => part.slice(part.indexOf("\r\n\r\n") + 4, -2)),
        ranges.map(({ first, length }) => content.toString("latin1", first, first + length)),
      );
    }),
  );
});

const CONTENT = Buffer.from(Array.from({ length: 1000 }, (_, at) => 97 + (at % 26)));
const LETTERS = { size: CONTENT.length, contentType: "text/plain", boundary: "B" };
const RANGES = [
  { first: 900, length: 100 },
  { first: 0, length: 1 },
];

async function allOf(file: MultipartFile, length: number): Promise<string> {
  let text = "";
  for (let bytes = await file.read(length); bytes.length > 0; bytes = await file.read(length))
    text += bytes.toString("latin1");
  assert.equal((await file.read(length)).length, 0, "the end stays the end");
  return text;
}

test("`MultipartFile` has exactly the bytes of heads, parts and end", async () => {
  const layout = multipartRanges(RANGES, LETTERS);
  const text = await allOf(new MultipartFile(new MemoryFile(CONTENT), layout), 1000);
  const part = (range: string, bytes: Buffer) =>
    `--B\r\nContent-Type: text/plain\r\nContent-Range: bytes ${range}/1000\r\n\r\n${bytes}\r\n`;
  const [last, first] = [CONTENT.subarray(900), CONTENT.subarray(0, 1)];
  assert.equal(text, `\r\n${part("900-999", last)}${part("0-0", first)}--B--\r\n`);
  assert.equal(text.length, layout.length);
});

/** A file that returns its bytes later, and a few at a time. */
function slow(content: Buffer): OpenContent {
  const file = new MemoryFile(content);
  return {
    window: (first, length) => file.window(first, length),
    read: async (length: number) => file.read(Math.min(length, 7)),
    close: () => file.close(),
  } as OpenContent;
}

test("`MultipartFile` returns the same bytes for any read lengths, from memory and from a disk", async () => {
  const layout = multipartRanges(RANGES, LETTERS);
  const whole = await allOf(new MultipartFile(new MemoryFile(CONTENT), layout), 1000);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 200 }), fc.boolean(), async (length, isSlow) => {
      const file = isSlow ? slow(CONTENT) : new MemoryFile(CONTENT);
      assert.equal(await allOf(new MultipartFile(file, layout), length), whole);
    }),
  );
});

test("`MultipartFile` is too short if its file is, so that it does not look complete", async () => {
  const layout = multipartRanges(RANGES, LETTERS);
  const file = new MultipartFile(new MemoryFile(CONTENT.subarray(0, 950)), layout);
  let length = 0;
  for (let bytes = await file.read(1000); bytes.length > 0; bytes = await file.read(1000))
    length += bytes.length;
  assert.ok(length < layout.length);
});

test("`MultipartFile.close` closes its file", () => {
  let isClosed = false;
  const close = () => {
    isClosed = true;
  };
  const file = { ...slow(CONTENT), close } as OpenContent;
  new MultipartFile(file, multipartRanges(RANGES, LETTERS)).close();
  assert.equal(isClosed, true);
});
