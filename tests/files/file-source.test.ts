import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { FileSource } from "#src/files/file-source.js";
import { factsOf } from "#src/files/validators.js";
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
  test(`\`FileSource\` reads ${size} bytes in order`, async (t) => {
    const content = bytes(size);
    const file = openedFile(t, fileWith(t, content));
    assert.deepEqual(await rest(file), content);
    assert.equal((await file.read(1)).length, 0); // the end stays the end
  });
}

test("`FileSource` reads only the original length of a file that has grown", async (t) => {
  const path = fileWith(t, "old");
  const file = openedFile(t, path);
  fs.appendFileSync(path, "new");
  assert.equal(String(await file.read(100)), "old");
  assert.equal((await file.read(100)).length, 0);
});

test("`FileSource` ends early if a file has shrunk", async (t) => {
  const path = fileWith(t, bytes(LARGE));
  const file = openedFile(t, path);
  fs.truncateSync(path, 100_000);
  assert.equal((await rest(file)).length, 100_000);
});

test("`FileSource` continues with the opened file after another has taken its name", async (t) => {
  const path = fileWith(t, "old");
  const file = openedFile(t, path);
  fs.writeFileSync(`${path}.new`, "new");
  fs.renameSync(`${path}.new`, path);
  assert.equal(String(await file.read(3)), "old");
});

test("`FileSource` closes its descriptor once, and never another's", async (t) => {
  const path = fileWith(t, "x");
  const file = openedFile(t, path);
  file.close();
  const other = openedFile(t, path); // has the same number now
  file.close();
  assert.equal(String(await other.read(1)), "x");
});

test("`FileSource` closes after a running read", async (t) => {
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

test("`FileSource` refuses a length that is not a positive integer", async (t) => {
  const file = openedFile(t, fileWith(t, "x"));
  for (const length of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(
      () => file.read(length),
      new RangeError(`length must be a positive integer, not ${length}`),
    );
  }
});

test("`FileSource` fails if reading fails, and can be closed", async (t) => {
  const directory = temporaryDirectory(t);
  const file = new FileSource(fs.openSync(directory, "r"), { ...NOTHING_KNOWN, size: LARGE }); // reading a directory is EISDIR
  await assert.rejects(async () => file.read(10), /EISDIR/);
  file.close();
  assert.throws(() => file.read(1), /closed/);
});

test("`FileSource` reads to the real end on request", async (t) => {
  const path = fileWith(t, bytes(LARGE));
  const file = new FileSource(fs.openSync(path, "r"), NOTHING_KNOWN).toEnd();
  t.after(() => file.close());
  fs.appendFileSync(path, "more");
  assert.equal((await rest(file)).length, LARGE + 4);
});

for (const [size, said, limit, read] of [
  [0, 0, 10, 0],
  [10, 10, 10, 10],
  [10, 10, 9, undefined],
  [10, 0, 10, 10],
  [5000, 0, 5000, 5000],
  [5001, 0, 5000, undefined],
  [10, 4096, 4096, 10],
  [10, 5, 100, 10],
] as const)
  test(`\`FileSource\` reads ${read ?? "more than it should"} of a file of ${size} bytes that says ${said}, up to ${limit}`, async (t) => {
    const content = bytes(size);
    const fd = fs.openSync(fileWith(t, content), "r");
    const file = new FileSource(fd, { ...NOTHING_KNOWN, size: said });
    t.after(() => file.close());
    assert.deepEqual(await file.readWhole(limit), read === undefined ? undefined : content);
  });

for (const size of [1000, LARGE]) {
  test(`\`FileSource\` reads of ${size} bytes into a spare buffer, if that is long enough`, async (t) => {
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

test("`FileSource` reads several windows of one file, in any order", async (t) => {
  const content = bytes(LARGE);
  const file = openedFile(t, fileWith(t, content));
  for (const first of [150_000, 10, 11, 100_000]) {
    assert.deepEqual(await rest(file.window(first, 40_000)), content.subarray(first, first + 40_000));
  }
});

test("`FileSource` refuses a window that the file does not have", async (t) => {
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
    const message = `Cannot read ${length} bytes from position ${first}: the file has 5 bytes`;
    assert.throws(() => file.window(first, length), new RangeError(message));
  }
  assert.equal(String(await file.read(9)), "12345");
});

test("`FileSource` refuses a window while it reads, and after it was closed", async (t) => {
  const file = openedFile(t, fileWith(t, bytes(LARGE)));
  const reading = file.read(10);
  assert.throws(() => file.window(0, 1), /reading/);
  assert.deepEqual(await reading, bytes(10));
  file.close();
  assert.throws(() => file.window(0, 1), /closed/);
});

test("`FileSource` ends a window early if the file has shrunk, and in time if it has grown", async (t) => {
  const path = fileWith(t, bytes(1000));
  const file = openedFile(t, path).window(500, 400);
  fs.appendFileSync(path, "more");
  assert.equal((await file.read(100)).length, 100);
  fs.truncateSync(path, 650);
  assert.equal((await rest(file)).length, 50);
});

for (const position of [2 ** 31, 2 ** 32, 5 * 2 ** 30 + 1]) {
  test(`\`FileSource\` reads from position ${position} on, exactly`, async (t) => {
    const path = fileWith(t, ""); // sparse, so that it takes no space
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
