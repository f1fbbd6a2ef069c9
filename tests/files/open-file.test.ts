import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";

import { fsDecode } from "#src/files/fs-name.js";
import { FileSource, failureOf, isRegularFile, type OpenedFile, openFile } from "#src/files/open-file.js";

const isUnix = process.platform !== "win32";
const LARGE = 200_000;

function temporaryDirectory(t: TestContext): string {
  const directory = fs.mkdtempSync(join(tmpdir(), "pyserve-"));
  t.after(() => fs.rmSync(directory, { recursive: true }));
  return directory;
}

function fileWith(t: TestContext, content: string | Buffer): string {
  const path = join(temporaryDirectory(t), "file");
  fs.writeFileSync(path, content);
  return path;
}

function openedFile(t: TestContext, path: string): FileSource {
  const opened = openFile(path);
  assert.equal(opened.kind, "file");
  const { file } = opened as Extract<OpenedFile, { kind: "file" }>;
  t.after(() => file.close());
  return file;
}

/** How many descriptors of this process are open; `undefined` where the system does not say. */
function openDescriptors(): number | undefined {
  return fs.existsSync("/proc/self/fd") ? fs.readdirSync("/proc/self/fd").length : undefined;
}

/** Runs a function as a user for whom permissions count, which they don't for root. */
function withoutPrivileges(body: () => void): void {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65534);
  try {
    body();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

const bytes = (length: number) => Buffer.from(Array.from({ length }, (_, at) => (at * 7) % 251));

test("`openFile` opens a regular file and knows its size and time", (t) => {
  const path = fileWith(t, "hello");
  fs.utimesSync(path, 1_000_000_000.25, 1_000_000_000.25);
  const file = openedFile(t, path);
  assert.equal(file.size, 5);
  assert.equal(file.mtime, 1_000_000_000.25);
});

test("`openFile` opens a file whose name is not UTF-8", { skip: process.platform !== "linux" }, (t) => {
  const directory = temporaryDirectory(t);
  const name = Buffer.from([0x66, 0xff]);
  fs.writeFileSync(Buffer.concat([Buffer.from(`${directory}/`), name]), "x");
  assert.equal(openedFile(t, `${directory}/${fsDecode(name)}`).size, 1);
  assert.equal(openFile(`${directory}/f\ufffd`).kind, "missing");
});

test("`openFile` says what a name leads to", { skip: !isUnix }, (t) => {
  const directory = temporaryDirectory(t);
  fs.writeFileSync(join(directory, "file"), "");
  fs.symlinkSync("loop", join(directory, "loop"));
  fs.symlinkSync("nowhere", join(directory, "broken"));
  fs.symlinkSync(".", join(directory, "here"));
  const rows: [name: string, kind: OpenedFile["kind"]][] = [
    [".", "directory"],
    ["here", "directory"],
    ["none", "missing"],
    ["none/file", "missing"],
    ["file/", "missing"],
    ["file/below", "missing"],
    ["loop", "missing"],
    ["broken", "missing"],
    ["x".repeat(300), "missing"],
    ["x/".repeat(5000), "missing"],
    ["file\0", "missing"],
  ];
  for (const [name, kind] of rows)
    assert.deepEqual(openFile(`${directory}/${name}`), { kind }, name.slice(0, 20));
});

test("`openFile` does not wait for a FIFO's writer, and serves none", { skip: !isUnix }, (t) => {
  const directory = temporaryDirectory(t);
  execFileSync("mkfifo", [join(directory, "fifo")]);
  fs.symlinkSync("fifo", join(directory, "link"));
  for (const name of ["fifo", "link"])
    assert.deepEqual(openFile(join(directory, name)), { kind: "forbidden" });
});

test("`openFile` serves no socket", { skip: !isUnix }, async (t) => {
  const path = join(temporaryDirectory(t), "socket");
  const server = createServer().listen(path);
  t.after(() => server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  assert.deepEqual(openFile(path), { kind: "forbidden" });
});

test("`openFile` serves no device", { skip: !isUnix }, () => {
  assert.deepEqual(openFile("/dev/null"), { kind: "forbidden" });
});

test("`openFile` tells a file without permission from a directory that may only be entered", {
  skip: !isUnix,
}, (t) => {
  const directory = temporaryDirectory(t);
  fs.chmodSync(directory, 0o755);
  fs.writeFileSync(join(directory, "file"), "", { mode: 0o000 });
  fs.mkdirSync(join(directory, "open"));
  fs.writeFileSync(join(directory, "open", "file"), "");
  fs.mkdirSync(join(directory, "closed"));
  fs.writeFileSync(join(directory, "closed", "file"), "");
  fs.chmodSync(join(directory, "open"), 0o711);
  fs.chmodSync(join(directory, "closed"), 0o600);
  withoutPrivileges(() => {
    assert.equal(openFile(join(directory, "file")).kind, "forbidden");
    assert.equal(openFile(join(directory, "open")).kind, "directory");
    assert.equal(openFile(join(directory, "closed", "file")).kind, "forbidden");
  });
  fs.chmodSync(join(directory, "closed"), 0o700);
});

test("`openFile` leaves no descriptor open for what it does not serve", { skip: !openDescriptors() }, (t) => {
  const directory = temporaryDirectory(t);
  execFileSync("mkfifo", [join(directory, "fifo")]);
  const before = openDescriptors();
  for (let round = 0; round < 10; round++) {
    for (const name of [".", "fifo", "none"]) openFile(join(directory, name));
  }
  assert.equal(openDescriptors(), before);
});

test("`failureOf` calls the server's own trouble unavailable, and keeps the error", () => {
  for (const code of ["EMFILE", "ENFILE", "EIO", "ENOMEM", "ESTALE"]) {
    const error = Object.assign(new Error(code), { code });
    assert.deepEqual(failureOf(error), { kind: "unavailable", error });
  }
});

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
  assert.deepEqual(await reading, bytes(LARGE));
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
  const file = new FileSource(fs.openSync(directory, "r"), LARGE, 0); // reading a directory is EISDIR
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

test("`isRegularFile` also knows files that may not be read", { skip: !isUnix }, (t) => {
  const directory = temporaryDirectory(t);
  fs.chmodSync(directory, 0o755);
  fs.writeFileSync(join(directory, "file"), "", { mode: 0 });
  fs.symlinkSync("file", join(directory, "link"));
  fs.symlinkSync("nowhere", join(directory, "broken"));
  execFileSync("mkfifo", [join(directory, "fifo")]);
  withoutPrivileges(() => {
    const answers = ["file", "link", "broken", "fifo", "none", "file/in", "\0", ""].map((name) =>
      isRegularFile(join(directory, name)),
    );
    assert.deepEqual(answers, [true, true, false, false, false, false, false, false]);
  });
});
