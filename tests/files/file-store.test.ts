import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { FileStore, type FoundFile, type StoreLimits } from "#src/files/file-store.js";
import { temporaryDirectory } from "../support/file-server.js";
import { leavesNothingOpen, openDescriptors } from "../support/servers.js";

const LIMITS: StoreLimits = { all: 1_000_000, each: 10_000 };

/** A directory with one file. Its store takes every file for settled: three seconds have passed since it was written. */
function stored(t: TestContext, content: string) {
  const root = temporaryDirectory(t);
  const path = join(root, "file");
  fs.writeFileSync(path, content);
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() + 3000 });
  const store = new FileStore();
  const find = (limits = LIMITS, containment = { root, symlinks: "inside" as const }) =>
    store.find(path, containment, limits);
  return { root, path, store, find };
}

function contentOf(found: ReturnType<FileStore["find"]>): string {
  assert.equal(found.kind, "file");
  const { content } = found as FoundFile;
  const bytes = content.read(100_000);
  content.close();
  return String(bytes);
}

test("`FileStore` gives a small file from memory, with its digest and the notes of before", (t) => {
  const { find } = stored(t, "hello");
  const first = find() as FoundFile;
  const second = find() as FoundFile;
  assert.equal(first.digest, "qvTGHdzF6KLavt4PO0gs2a6pQ00"); // printf hello | openssl sha1 -binary | base64
  assert.equal(second.notes, first.notes);
  assert.deepEqual([contentOf(first), contentOf(second)], ["hello", "hello"]);
});

const changes: Readonly<Record<string, (path: string) => void>> = {
  "is written, with its size": (path) => fs.writeFileSync(path, "HELLO"),
  "is written, and its date set back": (path) => {
    const { atime, mtime } = fs.statSync(path);
    fs.writeFileSync(path, "HELLO");
    fs.utimesSync(path, atime, mtime);
  },
  "is replaced": (path) => {
    fs.writeFileSync(`${path}.new`, "HELLO");
    fs.renameSync(`${path}.new`, path);
  },
};
for (const [what, change] of Object.entries(changes)) {
  test(`\`FileStore\` gives the new content when a file ${what}`, (t) => {
    const { path, find } = stored(t, "hello");
    const { notes } = find() as FoundFile;
    change(path);
    const found = find() as FoundFile;
    assert.notEqual(found.notes, notes);
    assert.equal(contentOf(found), "HELLO");
  });
}

test("`FileStore` says that a file is gone, and that it is there again", (t) => {
  const { path, find } = stored(t, "hello");
  find();
  fs.rmSync(path);
  assert.equal(find().kind, "missing");
  fs.writeFileSync(path, "again");
  assert.equal(contentOf(find()), "again");
});

test("`FileStore` keeps no file that was changed less than two seconds ago", (t) => {
  const root = temporaryDirectory(t);
  const path = join(root, "file");
  fs.writeFileSync(path, "hello");
  const store = new FileStore();
  const find = () => store.find(path, { root, symlinks: "inside" }, LIMITS) as FoundFile;
  const [first, second] = [find(), find()];
  assert.notEqual(second.notes, first.notes);
  assert.equal(second.digest, first.digest);
});

test("`FileStore` leaves files above the limit on the disk, without a digest", (t) => {
  const { find } = stored(t, "x".repeat(10_001));
  const found = find() as FoundFile;
  assert.equal(found.digest, null);
  assert.equal(contentOf(found).length, 10_001);
  const kept = find({ ...LIMITS, each: 10_001 }) as FoundFile;
  assert.notEqual(kept.digest, null);
  contentOf(kept);
});

test("`FileStore` asks anew where a file may be, for another root and other links", (t) => {
  const { root, path, store, find } = stored(t, "hello");
  const inside = join(root, "inside");
  fs.mkdirSync(inside);
  fs.symlinkSync("../file", join(inside, "link"));
  const link = join(inside, "link");
  const byLink = (from: string, symlinks: "all" | "inside" | "none") =>
    store.find(link, { root: from, symlinks }, LIMITS).kind;
  assert.equal(byLink(root, "inside"), "file");
  assert.equal(byLink(root, "none"), "missing");
  assert.equal(byLink(inside, "inside"), "missing");
  assert.equal(byLink(inside, "all"), "file");
  assert.equal(contentOf(find()), "hello");
  assert.ok(fs.existsSync(path));
});

test("`FileStore` holds no descriptor for what is in memory", {
  skip: openDescriptors() === null,
}, async (t) => {
  const { find } = stored(t, "hello");
  await leavesNothingOpen(async () => {
    for (let count = 0; count < 20; count++) find();
  });
});

/** A tree with one small file in a directory, a store with a clock of its own, and what is beside the tree. */
function nested(t: TestContext) {
  const parent = temporaryDirectory(t);
  const root = join(parent, "root");
  const [inside, outside] = [join(root, "a"), join(parent, "outside")];
  fs.mkdirSync(join(inside, "b"), { recursive: true });
  fs.writeFileSync(join(inside, "b/file"), "hello");
  fs.symlinkSync("a/b/file", join(root, "link"));
  fs.symlinkSync("a", join(root, "linked"));
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() + 3000 });
  const clock = { now: 0 };
  const store = new FileStore(() => clock.now);
  const find = (name: string, symlinks: "all" | "inside" | "none" = "inside") =>
    store.find(join(root, name), { root, symlinks }, LIMITS);
  /** What is in memory, and not opened again, keeps its notes. */
  const isKept = (name: string) => {
    const [one, other] = [find(name), find(name)];
    return one.kind === "file" && other.kind === "file" && one.notes === other.notes;
  };
  const moveOut = () => {
    fs.renameSync(inside, outside);
    fs.symlinkSync(outside, inside);
  };
  return { root, inside, outside, clock, find, isKept, moveOut };
}

const kept: readonly (readonly [how: string, name: string])[] = [
  ["by its own name", "a/b/file"],
  ["by a link to it", "link"],
  ["by a link to a directory on the way", "linked/b/file"],
];
for (const [how, name] of kept) {
  test(`\`FileStore\` misses a file, asked for ${how}, a second after a link has taken the place of its directory`, {
    skip: process.platform === "win32",
  }, (t) => {
    const { clock, find, isKept, moveOut } = nested(t);
    assert.ok(isKept(name));
    moveOut();
    clock.now = 999;
    assert.equal(contentOf(find(name)), "hello");
    clock.now = 1000;
    assert.equal(find(name).kind, "missing");
    assert.equal(find(name).kind, "missing");
  });
}

test("`FileStore` goes on with a file from memory whose directory is where it was", (t) => {
  const { clock, find, isKept } = nested(t);
  const names = kept.map(([, name]) => name);
  const before = names.map((name) => (find(name) as FoundFile).notes);
  for (clock.now = 0; clock.now < 10_000; clock.now += 700) assert.ok(names.every(isKept));
  assert.deepEqual(
    names.map((name) => (find(name) as FoundFile).notes),
    before,
  );
});

test("`FileStore` finds a file again whose directory has come back", {
  skip: process.platform === "win32",
}, (t) => {
  const { inside, outside, clock, find, isKept, moveOut } = nested(t);
  assert.ok(isKept("a/b/file"));
  moveOut();
  clock.now = 1000;
  assert.equal(find("a/b/file").kind, "missing");
  fs.rmSync(inside);
  fs.renameSync(outside, inside);
  assert.equal(contentOf(find("a/b/file")), "hello");
  assert.ok(isKept("a/b/file"));
});

test("`FileStore` follows a link to a moved directory where all links are followed", {
  skip: process.platform === "win32",
}, (t) => {
  const { clock, find, moveOut } = nested(t);
  assert.equal(contentOf(find("a/b/file", "all")), "hello");
  moveOut();
  clock.now = 1000;
  assert.equal(contentOf(find("a/b/file", "all")), "hello");
});

test("`FileStore` asks about a directory once a second, however many of its files are in memory", (t) => {
  const { root, clock, find } = nested(t);
  const names = Array.from({ length: 20 }, (_, at) => `a/b/file${at}`);
  for (const name of names) fs.writeFileSync(join(root, name), "hello");
  const findAll = () => names.forEach((name) => void contentOf(find(name)));
  t.mock.timers.setTime(Date.now() + 3000);
  findAll();
  const resolve = t.mock.method(fs.realpathSync, "native");
  findAll();
  assert.equal(resolve.mock.callCount(), 0);
  clock.now = 1000;
  findAll();
  assert.equal(resolve.mock.callCount(), 2); // of the root, and of the directory
});
