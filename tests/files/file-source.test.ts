import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";

import { factsOf } from "#src/files/file-facts.js";
import { FileSource } from "#src/files/file-source.js";
import { temporaryDirectory } from "../support/file-server.js";
import { openDescriptors } from "../support/servers.js";

const LARGE = 200_000;
const NOTHING_KNOWN = { size: 0, mtimeMs: 0, ctimeMs: 0, dev: 0, ino: 0 };

const bytes = (length: number) => Buffer.from(Array.from({ length }, (_, at) => (at * 7) % 251));

function fileWith(t: TestContext, content: string | Buffer): string {
  const path = join(temporaryDirectory(t), "file");
  fs.writeFileSync(path, content);
  return path;
}

function openedFile(t: TestContext, path: string): FileSource {
  const fd = fs.openSync(path, "r");
  const file = new FileSource(fd, factsOf(fs.fstatSync(fd)));
  t.after(() => file.close());
  return file;
}

async function rest(file: FileSource, length = 30_000): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (;;) {
    const piece = await file.read(length);
    if (piece.length === 0) return Buffer.concat(pieces);
    pieces.push(piece);
  }
}

for (const size of [0, 1, 65_536, 65_537, LARGE]) {
  const isSmall = size <= 65_536;
  test(`\`FileSource\` reads ${size} bytes in order, ${isSmall ? "at once" : "in the thread pool"}`, async (t) => {
    const content = bytes(size);
    const file = openedFile(t, fileWith(t, content));
    const pieces: Buffer[] = [];
    for (;;) {
      const read = file.read(30_000);
      if (size > 0 && pieces.length === 0) assert.equal(Buffer.isBuffer(read), isSmall);
      const piece = await read;
      if (piece.length === 0) break;
      pieces.push(piece);
    }
    assert.deepEqual(Buffer.concat(pieces), content);
    assert.equal((await file.read(1)).length, 0); // the end stays the end
  });

  test(`\`FileSource\` yields ${size} bytes and closes`, async (t) => {
    const content = bytes(size);
    const file = openedFile(t, fileWith(t, content));
    const pieces: Buffer[] = [];
    for await (const piece of file) pieces.push(piece);
    assert.deepEqual(Buffer.concat(pieces), content);
    assert.throws(() => file.read(1), /closed/);
  });
}

test("`FileSource` gives no more of a file that has grown than it had", async (t) => {
  const path = fileWith(t, "old");
  const file = openedFile(t, path);
  fs.appendFileSync(path, "new");
  assert.equal(String(await file.read(100)), "old");
  assert.equal((await file.read(100)).length, 0);
});

test("`FileSource` ends early where a file has shrunk", async (t) => {
  const path = fileWith(t, bytes(LARGE));
  const file = openedFile(t, path);
  fs.truncateSync(path, 100_000);
  let length = 0;
  for await (const piece of file) length += piece.length;
  assert.equal(length, 100_000);
});

test("`FileSource` goes on with the bytes of the file that was opened after another took its name", async (t) => {
  const path = fileWith(t, "old");
  const file = openedFile(t, path);
  fs.writeFileSync(`${path}.new`, "new");
  fs.renameSync(`${path}.new`, path);
  assert.equal(String(await file.read(3)), "old");
});

test("`FileSource` closes its descriptor once, and never another's", (t) => {
  const path = fileWith(t, "x");
  const file = openedFile(t, path);
  file.close();
  const other = openedFile(t, path); // has the same number now
  file.close();
  assert.equal(String(other.read(1)), "x");
});

test("`FileSource` closes after a read that is under way", async (t) => {
  const path = fileWith(t, bytes(LARGE));
  const before = openDescriptors();
  const file = openedFile(t, path);
  const reading = file.read(LARGE);
  file.close();
  file.close();
  assert.throws(() => file.read(1), /closing/);
  assert.ok((await reading).equals(bytes(LARGE).subarray(0, 128 * 1024)));
  assert.equal(openDescriptors(), before);
  assert.throws(() => file.read(1), /closed/);
});

test("`FileSource` refuses two reads at the same time", async (t) => {
  const file = openedFile(t, fileWith(t, bytes(LARGE)));
  const reading = file.read(10);
  assert.throws(() => file.read(10), /reading/);
  assert.deepEqual(await reading, bytes(10));
});

test("`FileSource` refuses a length that is not a positive integer", (t) => {
  const file = openedFile(t, fileWith(t, "x"));
  for (const length of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(
      () => file.read(length),
      new RangeError(`length must be a positive integer, not ${length}`),
    );
  }
});

test("`FileSource` closes when its iteration is left early, or ended before it began", async (t) => {
  const path = fileWith(t, bytes(LARGE));
  const left = openedFile(t, path);
  for await (const piece of left) {
    assert.equal(piece.length, 65_536);
    break;
  }
  assert.throws(() => left.read(1), /closed/);

  const unbegun = openedFile(t, path);
  await unbegun[Symbol.asyncIterator]().return?.();
  assert.throws(() => unbegun.read(1), /closed/);
});

test("`FileSource` closes and fails when reading fails", async (t) => {
  const directory = temporaryDirectory(t);
  const file = new FileSource(fs.openSync(directory, "r"), { ...NOTHING_KNOWN, size: LARGE }); // reading a directory is EISDIR
  await assert.rejects(async () => {
    for await (const _ of file);
  }, /EISDIR/);
  assert.throws(() => file.read(1), /closed/);
});

for (const [size, how] of [
  [1000, "at once"],
  [LARGE, "in the thread pool"],
] as const) {
  test(`\`FileSource\` reads ${how} into a spare buffer, if that is long enough`, async (t) => {
    const content = bytes(size);
    const file = openedFile(t, fileWith(t, content));
    const spare = Buffer.alloc(100);
    const first = await file.read(100, spare);
    assert.equal(first.buffer, spare.buffer);
    assert.deepEqual(first, content.subarray(0, 100));
    const second = await file.read(101, spare);
    assert.notEqual(second.buffer, spare.buffer);
    assert.deepEqual([first, second], [content.subarray(0, 100), content.subarray(100, 201)]);
    assert.deepEqual(await file.read(50, spare), content.subarray(201, 251));
  });
}

const windows: [first: number, length: number][] = [
  [0, 0],
  [0, 1],
  [1, 1],
  [0, LARGE],
  [LARGE, 0],
  [LARGE - 1, 1],
  [70_000, 65_536],
  [70_000, 65_537],
];
for (const [first, length] of windows) {
  test(`\`FileSource\` reads a window of ${length} bytes from ${first} on`, async (t) => {
    const content = bytes(LARGE);
    const file = openedFile(t, fileWith(t, content)).window(first, length);
    assert.deepEqual(await rest(file), content.subarray(first, first + length));
    assert.equal((await file.read(1)).length, 0);
    assert.equal(file.facts.size, LARGE);
  });
}

test("`FileSource` reads a small window of a large file at once", (t) => {
  const file = openedFile(t, fileWith(t, bytes(LARGE)));
  assert.ok(Buffer.isBuffer(file.window(100_000, 65_536).read(1)));
  assert.ok(!Buffer.isBuffer(file.window(100_000, 65_537).read(1)));
});

test("`FileSource` reads several windows of one file, in any order", async (t) => {
  const content = bytes(LARGE);
  const file = openedFile(t, fileWith(t, content));
  for (const first of [150_000, 10, 11, 100_000]) {
    assert.deepEqual(await rest(file.window(first, 40_000)), content.subarray(first, first + 40_000));
  }
});

test("`FileSource` iterates over its window", async (t) => {
  const content = bytes(LARGE);
  const pieces: Buffer[] = [];
  for await (const piece of openedFile(t, fileWith(t, content)).window(10, 150_000)) pieces.push(piece);
  assert.deepEqual(Buffer.concat(pieces), content.subarray(10, 150_010));
});

test("`FileSource` refuses a window that the file does not have", (t) => {
  const file = openedFile(t, fileWith(t, "12345"));
  const none: [first: number, length: number][] = [
    [0, 6],
    [5, 1],
    [6, 0],
    [-1, 2],
    [0, -1],
    [0.5, 1],
    [0, 0.5],
    [Number.NaN, 1],
    [0, Number.POSITIVE_INFINITY],
    [2 ** 53, 1],
  ];
  for (const [first, length] of none) {
    const message = `A file of 5 bytes has no ${length} bytes from position ${first} on`;
    assert.throws(() => file.window(first, length), new RangeError(message));
  }
  assert.equal(String(file.read(9)), "12345");
});

test("`FileSource` has no window while it reads, and when it is closed", async (t) => {
  const file = openedFile(t, fileWith(t, bytes(LARGE)));
  const reading = file.read(10);
  assert.throws(() => file.window(0, 1), /reading/);
  assert.deepEqual(await reading, bytes(10));
  file.close();
  assert.throws(() => file.window(0, 1), /closed/);
});

test("`FileSource` ends a window early where the file has shrunk, and ends it in time where it has grown", async (t) => {
  const path = fileWith(t, bytes(1000));
  const file = openedFile(t, path).window(500, 400);
  fs.appendFileSync(path, "more");
  assert.equal((await file.read(100)).length, 100);
  fs.truncateSync(path, 650);
  assert.equal((await rest(file)).length, 50);
});

for (const position of [2 ** 31, 2 ** 32, 5 * 2 ** 30 + 1]) {
  test(`\`FileSource\` reads from position ${position} on, exactly`, async (t) => {
    const path = fileWith(t, ""); // with a hole, so that it takes no space
    const fd = fs.openSync(path, "r+");
    fs.writeSync(fd, "before", position - 6);
    fs.writeSync(fd, "here", position);
    fs.closeSync(fd);
    const file = openedFile(t, path);
    assert.equal(file.facts.size, position + 4);
    assert.equal(String(await file.window(position, 4).read(100)), "here");
    assert.equal(String(await file.window(position - 6, 8).read(8)), "beforehe");
    assert.equal((await file.window(position - 70_000, 70_004).read(69_994)).length, 69_994); // in the thread pool
    assert.equal(String(await file.read(100)), "beforehere");
  });
}
