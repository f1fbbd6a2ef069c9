import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { MemoryFile, type OpenContent } from "#src/files/content.js";
import { MultipartFile } from "#src/files/multipart-file.js";
import { multipartRanges } from "#src/files/multipart-ranges.js";

const CONTENT = Buffer.from(Array.from({ length: 1000 }, (_, at) => 97 + (at % 26)));
const SETTINGS = { size: CONTENT.length, contentType: "text/plain", boundary: "B" };
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

test("`MultipartFile` is heads, parts and an end, byte by byte", async () => {
  const layout = multipartRanges(RANGES, SETTINGS);
  const text = await allOf(new MultipartFile(new MemoryFile(CONTENT), layout), 1000);
  const part = (range: string, bytes: Buffer) =>
    `--B\r\nContent-Type: text/plain\r\nContent-Range: bytes ${range}/1000\r\n\r\n${bytes}\r\n`;
  const [last, first] = [CONTENT.subarray(900), CONTENT.subarray(0, 1)];
  assert.equal(text, `\r\n${part("900-999", last)}${part("0-0", first)}--B--\r\n`);
  assert.equal(text.length, layout.length);
});

/** A file that gives its bytes later, and a few at a time. */
function slow(content: Buffer): OpenContent {
  const file = new MemoryFile(content);
  return {
    window: (first, length) => file.window(first, length),
    read: async (length: number) => file.read(Math.min(length, 7)),
    close: () => file.close(),
  } as OpenContent;
}

test("`MultipartFile` gives the same whatever is read at a time, from memory and from a disk", async () => {
  const layout = multipartRanges(RANGES, SETTINGS);
  const whole = await allOf(new MultipartFile(new MemoryFile(CONTENT), layout), 1000);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 200 }), fc.boolean(), async (length, isSlow) => {
      const file = isSlow ? slow(CONTENT) : new MemoryFile(CONTENT);
      assert.equal(await allOf(new MultipartFile(file, layout), length), whole);
    }),
  );
});

test("`MultipartFile` is too short where its file is, so that it does not look whole", async () => {
  const layout = multipartRanges(RANGES, SETTINGS);
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
  new MultipartFile(file, multipartRanges(RANGES, SETTINGS)).close();
  assert.equal(isClosed, true);
});
