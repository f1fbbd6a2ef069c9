import assert from "node:assert/strict";
import test from "node:test";
import * as zlib from "node:zlib";
import type { ContentCoding } from "#src/files/accept.js";
import { codedContent, codings, compressor } from "#src/files/compressed-file.js";
import { MemoryFile, type ServedFile } from "#src/files/content.js";

const DECODERS: Readonly<Record<ContentCoding, (bytes: Buffer) => Buffer>> = {
  br: (bytes) => zlib.brotliDecompressSync(bytes),
  zstd: (bytes) => zlib.zstdDecompressSync(bytes),
  gzip: (bytes) => zlib.gunzipSync(bytes),
};

/** A file that records when it is closed, and may be shorter than announced. */
function source(content: Buffer) {
  const file = new MemoryFile(content);
  const noted = {
    isClosed: false,
    read: (length: number) => file.read(length),
    close: () => {
      noted.isClosed = true;
    },
  };
  return noted;
}

async function allOf(file: ServedFile, length: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let bytes = await file.read(length); bytes.length > 0; bytes = await file.read(length)) {
    assert.ok(bytes.length <= length);
    pieces.push(Buffer.from(bytes));
  }
  return Buffer.concat(pieces);
}

test("`codings` are brotli and gzip everywhere, and zstd if Node has it", () => {
  assert.deepEqual(codings(), "createZstdCompress" in zlib ? ["br", "zstd", "gzip"] : ["br", "gzip"]);
});

for (const coding of codings()) {
  for (const [what, content] of Object.entries({
    "an empty file": Buffer.alloc(0),
    "a small file": Buffer.from("small"),
    "a large file": Buffer.alloc(1_000_000, "0123456789\n"),
  })) {
    test(`\`codedContent\` codes ${what} with ${coding}, whatever is read at a time`, async () => {
      for (const length of [1000, 64 * 1024]) {
        const file = codedContent(source(content), content.length, compressor(coding), () => {});
        assert.deepEqual(DECODERS[coding](await allOf(file, length)), content);
        file.close();
      }
    });
  }
}

test("`codedContent` does not look complete if its file has become shorter", async () => {
  const file = codedContent(source(Buffer.alloc(100)), 101, compressor("gzip"), () => {});
  await assert.rejects(allOf(file, 1000), /ended 1 bytes too early/);
  file.close();
});

test("`codedContent` passes on errors from reading", async () => {
  const failing = { read: () => Promise.reject(new Error("disk")), close() {} };
  const file = codedContent(failing, 5, compressor("br"), () => {});
  await assert.rejects(allOf(file, 1000), /disk/);
  file.close();
});

test("`codedContent().close` closes its file and reports it once, even in the middle", async () => {
  const file = source(Buffer.alloc(1_000_000, "abc"));
  let closed = 0;
  const coded = codedContent(file, 1_000_000, compressor("gzip"), () => closed++);
  await coded.read(10);
  coded.close();
  coded.close();
  assert.deepEqual([file.isClosed, closed], [true, 1]);
});
