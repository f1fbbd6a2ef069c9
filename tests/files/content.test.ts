import assert from "node:assert/strict";
import { createReadStream, type ReadStream, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { type TestContext, test } from "node:test";
import { type Content, type ContentPart, type OpenContent, openContent, sizeOf } from "#src/files/content.js";
import { temporaryDirectory } from "../support/file-server.js";
import { until } from "../support/servers.js";

const TEXT = "0123456789 é";
const BYTES = Buffer.from(TEXT);

/** Yields bytes one by one, after an empty piece, and more than requested. Records when it is ended. */
function* pieces(first: number, ended: () => void = () => {}): Generator<Uint8Array> {
  try {
    yield new Uint8Array(0);
    for (const byte of BYTES.subarray(first)) yield Uint8Array.of(byte);
  } finally {
    ended();
  }
}

type Make = (t: TestContext) => Content | Promise<Content>;
const KINDS: Readonly<Record<string, readonly [make: Make, size: number | null]>> = {
  "a string": [() => TEXT, BYTES.length],
  "a part of other bytes": [() => new Uint8Array([33, ...BYTES, 33]).subarray(1, -1), BYTES.length],
  "a Blob": [() => new Blob([TEXT]), BYTES.length],
  "a file": [openFile, BYTES.length],
  "a function that returns five bytes at most": [
    () => (first, length) => BYTES.subarray(first, first + Math.min(length, 5)),
    null,
  ],
  "a function that returns text": [
    () => (first, length) => BYTES.subarray(first, first + length).toString(),
    null,
  ],
  "a function that returns a stream": [() => (first) => pieces(first), null],
};

async function openFile(t: TestContext) {
  const path = join(temporaryDirectory(t), "file");
  writeFileSync(path, TEXT);
  const handle = await open(path);
  t.after(() => handle.close());
  return handle;
}

/** Reads up to four bytes at a time, to the end. */
async function textOf(content: OpenContent): Promise<string> {
  const read: Buffer[] = [];
  for (let bytes = await content.read(4); bytes.length > 0; bytes = await content.read(4)) {
    assert.ok(bytes.length <= 4);
    read.push(bytes);
  }
  return Buffer.concat(read).toString();
}

for (const [what, [make, size]] of Object.entries(KINDS)) {
  test(`the content of ${what} has ${size ?? "an unknown number of"} bytes, and is read whole and in parts`, async (t) => {
    const content = await make(t);
    assert.equal(await sizeOf(content), size);
    const opened = openContent(content, size);
    assert.equal(await textOf(opened), TEXT);
    for (const [first, length] of [
      [3, 6],
      [0, 1],
      [9, 4],
    ] as const) {
      opened.window(0, 9);
      assert.ok((await opened.read(1)).equals(BYTES.subarray(0, 1))); // the rest is not read
      opened.window(first, length);
      assert.equal(await textOf(opened), BYTES.subarray(first, first + length).toString());
    }
    opened.close();
    assert.equal(await textOf(opened), "");
  });
}

for (const [what, end] of Object.entries({
  "its part has been read": (content: OpenContent) => content.read(1),
  "another part is chosen": (content: OpenContent) => content.window(5, 1),
  "the content is closed": (content: OpenContent) => content.close(),
})) {
  test(`the stream of a content is ended when ${what}`, async () => {
    let ends = 0;
    const content = openContent((first) => pieces(first, () => ends++), null);
    content.window(0, 2);
    await content.read(1);
    assert.equal(ends, 0);
    await end(content);
    assert.equal(ends, 1);
  });
}

/** Sources without bytes. Each records when it is ended. */
const SILENT: Readonly<Record<string, (ended: () => void) => ContentPart>> = {
  "a stream of Node": (ended) =>
    new Readable({
      read() {},
      destroy(error, callback) {
        ended();
        callback(error);
      },
    }),
  "a stream of the web": (ended) => new ReadableStream({ cancel: ended }) as never,
};
for (const [what, make] of Object.entries(SILENT)) {
  test(`${what} that gives nothing is ended when its content is closed while it is read`, async () => {
    let ends = 0;
    const content = openContent(() => make(() => ends++), null);
    const read = content.read(4);
    await new Promise(setImmediate);
    content.close();
    assert.equal((await read).length, 0);
    assert.equal(ends, 1);
  });

  test(`${what} that comes after its content was closed is ended`, async () => {
    let ends = 0;
    const content = openContent(async () => {
      await new Promise(setImmediate);
      return make(() => ends++);
    }, null);
    const read = content.read(4);
    content.close();
    assert.equal((await read).length, 0);
    await until(() => ends === 1);
  });
}

test("a source with a `destroy` of its own, which is not a stream of Node, is read", async () => {
  const rows = Object.assign(
    pieces(0, () => {}),
    { destroy() {} },
  );
  assert.equal(await textOf(openContent(() => rows, null)), TEXT);
});

test("a function without bytes does not block a read after its content was closed", async () => {
  const content = openContent(() => new Promise<never>(() => {}), null);
  const read = content.read(4);
  content.close();
  assert.equal((await read).length, 0);
});

test("a file that can't be opened, and arrives after its content was closed, ends nothing else", async () => {
  let stream: ReadStream | undefined;
  const content = openContent(async () => {
    await new Promise(setImmediate);
    stream = createReadStream("/nonexistent/file");
    return stream;
  }, null);
  const read = content.read(4);
  content.close();
  assert.equal((await read).length, 0);
  await until(() => stream?.closed === true);
});

for (const [what, value, message] of [
  ["a stream without a function", Readable.from(["a"]), /not Readable\. For a stream, give a function/],
  ["a stream of the web without a function", new Blob(["a"]).stream(), /not ReadableStream\. For a stream/],
  ["nothing", undefined, /must be text, bytes, a Blob, a FileHandle or a function, not undefined/],
  ["a number", 5, /not 5\./],
  ["a buffer that is not bytes", new ArrayBuffer(1), /not ArrayBuffer\./],
] as const)
  test(`${what} is no content, and the error says what is`, () => {
    assert.throws(() => sizeOf(value as unknown as Content), { name: "TypeError", message });
    // Also if the size is known: a stream has `read`, as a `FileHandle` has.
    assert.throws(() => openContent(value as unknown as Content, 1), { name: "TypeError", message });
  });

for (const [what, part, message] of [
  ["nothing", undefined, /must return text, bytes, or a stream of them, not undefined/],
  ["an object", { rows: [] }, /must return text, bytes, or a stream of them, not Object/],
  ["a list of numbers", [1], /must give text or bytes, not 1/],
] as const)
  test(`a function that returns ${what} is an error that says so`, async () => {
    const content = openContent(() => part as never, null);
    await assert.rejects(content.read(4) as Promise<Buffer>, { name: "TypeError", message });
  });

test("a handle without a size is not content", async (t) => {
  const handle = await open(temporaryDirectory(t));
  t.after(() => handle.close());
  await assert.rejects(sizeOf(handle) as Promise<number>, {
    name: "TypeError",
    message: /not a regular file/,
  });
});
