import assert from "node:assert/strict";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import type { OpenContent } from "#src/files/content.js";
import { Directory } from "#src/files/directory.js";
import { FileCache } from "#src/files/file-cache.js";
import type { Found, TreeFile } from "#src/files/file-tree.js";
import { temporaryDirectory } from "../support/file-server.js";
import { leavesNothingOpen, openDescriptors } from "../support/servers.js";

const memory = (maxCachedFile = 10_000) => new FileCache(maxCachedFile, 1_000_000);

/** A directory with one file. Every file counts as settled: three seconds have passed since it was written. */
function stored(t: TestContext, content: string | Buffer, maxCachedFile?: number) {
  const root = temporaryDirectory(t);
  const path = join(root, "file");
  fs.writeFileSync(path, content);
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() + 3000 });
  const directory = new Directory(root, {}, memory(maxCachedFile));
  const find = async () => (await directory.find(path)) as TreeFile;
  return { root, path, find };
}

type Find = () => Found | PromiseLike<Found>;

async function contentOf(found: Found): Promise<string> {
  assert.equal(found.kind, "file");
  const content = (found as TreeFile).content as OpenContent;
  const bytes = await content.read(100_000);
  content.close();
  return String(bytes);
}

test("`Directory` returns a small file from memory, with its digest and the earlier memos", async (t) => {
  const { find } = stored(t, "hello");
  const first = await find();
  const second = await find();
  assert.equal(first.digest, "qvTGHdzF6KLavt4PO0gs2a6pQ00"); // printf hello | openssl sha1 -binary | base64
  assert.equal(second.memos, first.memos);
  assert.deepEqual([await contentOf(first), await contentOf(second)], ["hello", "hello"]);
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
  test(`\`Directory\` gives the new content when a file ${what}`, async (t) => {
    const { path, find } = stored(t, "hello");
    const { memos } = await find();
    change(path);
    const found = await find();
    assert.notEqual(found.memos, memos);
    assert.equal(await contentOf(found), "HELLO");
  });
}

test("`Directory` reports that a file was removed, and that it exists again", async (t) => {
  const { path, find } = stored(t, "hello");
  await find();
  fs.rmSync(path);
  assert.equal((await find()).kind, "missing");
  fs.writeFileSync(path, "again");
  assert.equal(await contentOf(await find()), "again");
});

test("`Directory` does not cache a file that was changed a moment ago, but returns its final digest", async (t) => {
  const root = temporaryDirectory(t);
  const path = join(root, "file");
  t.mock.timers.enable({ apis: ["Date"], now: 0 }); // nothing is settled
  fs.writeFileSync(path, "hello");
  const directory = new Directory(root, {}, memory());
  const find = async () => (await directory.find(path)) as TreeFile;
  const [first, second] = [await find(), await find()];
  assert.notEqual(second.memos, first.memos);
  assert.equal(second.digest, first.digest);
});

test("`Directory` waits until a large file that was just changed has its final version", async (t) => {
  const root = temporaryDirectory(t);
  const path = join(root, "file");
  const directory = new Directory(root, {}, memory(0));
  for (let turn = 0; turn < 5; turn++) {
    fs.writeFileSync(path, `content ${turn}`);
    const versions = new Set<string | null>();
    for (let count = 0; count < 3; count++) {
      const found = (await directory.find(path)) as TreeFile;
      versions.add(found.facts.version);
      assert.equal(await contentOf(found), `content ${turn}`);
    }
    assert.equal(versions.size, 1);
    assert.ok(!versions.has(null));
  }
});

test("`Directory` leaves files above the limit on the disk, without a digest", async (t) => {
  const { find } = stored(t, "x".repeat(10_001));
  const found = await find();
  assert.equal(found.digest, null);
  assert.notEqual(found.facts.version, null);
  assert.equal((await contentOf(found)).length, 10_001);
});

test("`Directory` keeps files up to the limit", async (t) => {
  const { find } = stored(t, "x".repeat(10_000));
  assert.notEqual((await find()).digest, null);
  assert.equal((await find()).memos, (await find()).memos);
});

test("`Directory` checks a link that replaces a file during the read like any other link", async (t) => {
  const root = temporaryDirectory(t);
  const served = join(root, "served");
  const [file, sibling, outside] = [join(served, "file"), join(served, "sibling"), join(root, "outside")];
  fs.mkdirSync(served);
  for (const path of [file, sibling]) fs.writeFileSync(path, "content");
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() + 3000 });
  const clock = { now: 0 };
  const directory = new Directory(served, { symlinks: "none" }, memory(), () => clock.now);
  const { read } = fs;
  const reading = t.mock.method(fs, "read", (...args: never) => {
    fs.renameSync(file, outside);
    fs.symlinkSync(outside, file);
    reading.mock.restore();
    syncBuiltinESMExports();
    return Reflect.apply(read, fs, args);
  });
  syncBuiltinESMExports();
  await contentOf(await directory.find(file)); // it was opened before
  // Requests for its sibling keep the folder checked.
  for (const now of [0, 600, 1200, 1800]) {
    clock.now = now;
    await contentOf(await directory.find(sibling));
  }
  assert.equal((await directory.find(file)).kind, "missing");
});

/** Two files. The memory has room for one of them, and for the facts of the other. */
async function crowded(t: TestContext) {
  const root = temporaryDirectory(t);
  for (const name of ["a", "b"]) fs.writeFileSync(join(root, name), name.repeat(8000));
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() + 3000 });
  // On a busy machine, a call may take so long that the disk counts as doubtful.
  t.mock.method(performance, "now", () => 0);
  const clock = { now: 0 };
  const store = new FileCache(10_000, 16_000);
  const directory = new Directory(root, {}, store, () => clock.now);
  const find = (name: string) => directory.find(join(root, name));
  /** Requests a file. Returns true if it was found on the event loop. */
  const isAtOnce = async (name: string, content = name.repeat(8000)) => {
    const given = find(name);
    assert.equal(await contentOf(await given), content);
    return "kind" in given;
  };
  for (const [name, isKept] of [
    ["a", false], // read for the first time
    ["b", false], // instead of a
    ["b", true],
    ["a", false], // read again, but not instead of b, which is in use
    ["b", true],
  ] as const)
    assert.equal(await isAtOnce(name), isKept, name);
  return { root, clock, store, find, isAtOnce };
}

test("`Directory` reads a file that was read twice, but does not fit into memory, on the event loop", async (t) => {
  const { root, store, isAtOnce } = await crowded(t);
  for (const name of ["a", "b", "a", "b", "a"]) assert.equal(await isAtOnce(name), true, name);
  assert.ok(store.weight <= store.limit);
  fs.writeFileSync(join(root, "a"), "A".repeat(8000));
  assert.equal(await isAtOnce("a", "A".repeat(8000)), false);
});

test("`Directory` reads a file that was not requested for a minute in the thread pool again", async (t) => {
  const { clock, isAtOnce } = await crowded(t);
  clock.now = 500;
  assert.equal(await isAtOnce("a"), true);
  for (clock.now = 1000; clock.now < 60_500; clock.now += 900) await isAtOnce("b"); // in use, in its place
  assert.equal(await isAtOnce("a"), false);
});

test("`Directory` gives a file the place of another one that was not requested for ten seconds", async (t) => {
  const { clock, find, isAtOnce } = await crowded(t);
  clock.now = 10_000;
  await isAtOnce("a");
  const { memos } = (await find("a")) as TreeFile;
  clock.now += 999;
  assert.equal(((await find("a")) as TreeFile).memos, memos);
  assert.equal(await isAtOnce("b"), false);
});

test("`Directory` checks each root and its links separately", async (t) => {
  const { root, find } = stored(t, "hello");
  const inside = join(root, "inside");
  fs.mkdirSync(inside);
  fs.symlinkSync("../file", join(inside, "link"));
  const link = join(inside, "link");
  const shared = memory();
  const byLink = async (from: string, symlinks: "all" | "inside" | "none") =>
    (await new Directory(from, { symlinks }, shared).find(link)).kind;
  assert.equal(await byLink(root, "inside"), "file");
  assert.equal(await byLink(root, "none"), "missing");
  assert.equal(await byLink(inside, "inside"), "missing");
  assert.equal(await byLink(inside, "all"), "file");
  assert.equal(await contentOf(await find()), "hello");
});

test("`Directory` reads a file once for many requests at the same time", async (t) => {
  const { find } = stored(t, "hello");
  const open = t.mock.method(fs, "open");
  syncBuiltinESMExports();
  t.after(() => {
    open.mock.restore();
    syncBuiltinESMExports();
  });
  const found = await Promise.all(Array.from({ length: 20 }, find));
  assert.equal(open.mock.callCount(), 1);
  for (const each of found) assert.equal(await contentOf(each), "hello");
});

/** Files whose `stat` does not describe their content, and the expected results. */
const PSEUDO_FILES: Readonly<Record<string, string>> = {
  "/proc/self/mounts": "says that it is empty",
  "/sys/kernel/mm/transparent_hugepage/enabled": "says that it is larger",
};
for (const [path, what] of Object.entries(PSEUDO_FILES))
  if (fs.existsSync(path))
    test(`\`Directory\` gives ${path}, which ${what}, the size of what was read`, async () => {
      const found = (await new Directory("/").find(path)) as TreeFile;
      const content = fs.readFileSync(path, "utf8");
      assert.deepEqual([found.facts.size, found.facts.modified], [content.length, null]);
      assert.equal(await contentOf(found), content);
    });

if (fs.existsSync("/proc/kallsyms"))
  test("`Directory` returns no size for a file that reports none and is too long for the cache", async () => {
    const { facts, content } = (await new Directory("/").find("/proc/kallsyms")) as TreeFile;
    assert.deepEqual(facts, { size: null, modified: null, version: null });
    let length = 0;
    for (;;) {
      const bytes = await (content as OpenContent).read(100_000);
      if (bytes.length === 0) break;
      length += bytes.length;
    }
    (content as OpenContent).close();
    assert.ok(length > 256 * 1024);
  });

test("`Directory` keeps no descriptor for cached files", {
  skip: openDescriptors() === null,
}, async (t) => {
  const { find } = stored(t, "hello");
  await leavesNothingOpen(async () => {
    for (let count = 0; count < 20; count++) await find();
  });
});

/** A tree with one small file in a directory, a store with its own clock, and a folder beside the tree. */
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
  const directories = new Map<string, Directory>();
  const find = async (name: string, symlinks: "all" | "inside" | "none" = "inside") => {
    const directory =
      directories.get(symlinks) ?? new Directory(root, { symlinks }, memory(), () => clock.now);
    directories.set(symlinks, directory);
    return directory.find(join(root, name));
  };
  /** A file that stays in memory is not opened again, and keeps its memos. */
  const isKept = async (name: string) => {
    const [one, other] = [await find(name), await find(name)];
    return one.kind === "file" && other.kind === "file" && one.memos === other.memos;
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
  test(`\`Directory\` misses a file, asked for ${how}, a second after a link has taken the place of its directory`, {
    skip: process.platform === "win32",
  }, async (t) => {
    const { clock, find, isKept, moveOut } = nested(t);
    assert.ok(await isKept(name));
    moveOut();
    clock.now = 999;
    assert.equal(await contentOf(await find(name)), "hello");
    clock.now = 1000;
    assert.equal((await find(name)).kind, "missing");
    assert.equal((await find(name)).kind, "missing");
  });
}

test("`Directory` continues to send a cached file if its directory was not moved", async (t) => {
  const { clock, find, isKept } = nested(t);
  const names = kept.map(([, name]) => name);
  const digests = async () => {
    const found = await Promise.all(names.map((name) => find(name)));
    return found.map((each) => (each as TreeFile).digest);
  };
  const before = await digests();
  for (clock.now = 0; clock.now < 10_000; clock.now += 700)
    for (const name of names) assert.ok(await isKept(name));
  assert.deepEqual(await digests(), before);
});

test("`Directory` finds a file again if its directory is back", {
  skip: process.platform === "win32",
}, async (t) => {
  const { inside, outside, clock, find, isKept, moveOut } = nested(t);
  assert.ok(await isKept("a/b/file"));
  moveOut();
  clock.now = 1000;
  assert.equal((await find("a/b/file")).kind, "missing");
  fs.rmSync(inside);
  fs.renameSync(outside, inside);
  assert.equal(await contentOf(await find("a/b/file")), "hello");
  assert.ok(await isKept("a/b/file"));
});

test("`Directory` follows a link to a moved directory if all links are followed", {
  skip: process.platform === "win32",
}, async (t) => {
  const { clock, find, moveOut } = nested(t);
  assert.equal(await contentOf(await find("a/b/file", "all")), "hello");
  moveOut();
  clock.now = 1000;
  assert.equal(await contentOf(await find("a/b/file", "all")), "hello");
});

test("`Directory` opens one file of a directory again once a second, for any number of cached files", async (t) => {
  const { root, clock, find } = nested(t);
  const names = Array.from({ length: 20 }, (_, at) => `a/b/file${at}`);
  for (const name of names) fs.writeFileSync(join(root, name), "hello");
  const findAll = async () => {
    const memos: unknown[] = [];
    for (const name of names) memos.push(((await find(name)) as TreeFile).memos);
    return memos;
  };
  t.mock.timers.setTime(Date.now() + 3000);
  const first = await findAll();
  for (const [now, opened] of [
    [999, 0],
    [1000, 1],
    [1001, 1],
  ] as const) {
    clock.now = now;
    const memos = await findAll();
    assert.equal(memos.filter((each, at) => each !== first[at]).length, opened);
  }
});

test("`Directory` sends files from memory while it checks their directory, for at most a second more", async (t) => {
  const { root, clock } = nested(t);
  const names = ["a/b/one", "a/b/two"] as const;
  for (const name of names) fs.writeFileSync(join(root, name), name);
  t.mock.timers.setTime(Date.now() + 3000);
  const directory = new Directory(root, {}, memory(), () => clock.now);
  const [one, two] = names.map((name) => () => directory.find(join(root, name))) as [Find, Find];
  await Promise.all([one(), two()]);
  clock.now = 1000;
  const check = one();
  assert.ok("then" in check);
  // The other file, and a second request for the same one, do not wait for the disk.
  assert.ok(!("then" in two()) && !("then" in one()));
  clock.now = 2000;
  const second = two();
  assert.ok("then" in second);
  assert.equal(await contentOf(await check), names[0]);
  assert.equal(await contentOf(await second), names[1]);
  assert.ok(!("then" in one()));
});

test("`Directory` counts the changes of names in a folder, at most once a second", async (t) => {
  const { root, clock, find } = nested(t);
  const seen: number[] = [];
  const look = async (now: number) => {
    clock.now = now;
    seen.push(((await find("a/b/file")) as TreeFile).memos?.folder.changes ?? Number.NaN);
  };
  const settle = () => t.mock.timers.setTime(Date.now() + 3000);
  await look(0);
  await look(1000);
  fs.writeFileSync(join(root, "a/b/file.br"), "");
  settle();
  await look(1999);
  await look(2000);
  await look(3000);
  fs.rmSync(join(root, "a/b/file.br"));
  settle();
  await look(4000);
  assert.deepEqual(seen, [1, 1, 1, 2, 2, 3]);
});

test("`Directory` does not trust names that were changed a moment ago", async (t) => {
  const { root, clock, find } = nested(t);
  fs.writeFileSync(join(root, "a/b/file.br"), "");
  t.mock.timers.setTime(fs.statSync(join(root, "a/b")).ctimeMs);
  const changes = new Set<unknown>();
  for (clock.now = 0; clock.now < 3000; clock.now += 1000)
    changes.add(((await find("a/b/file")) as TreeFile).memos?.folder.changes);
  assert.equal(changes.size, 3);
});

/**
 * Seconds after the last check, and whether the second of two files is still sent, although its directory was moved
 * out.
 */
const movedFor: readonly (readonly [now: number, kind: Found["kind"]])[] = [
  [1000, "file"],
  [1999, "file"],
  [2000, "missing"],
  [3_600_000, "missing"],
];
for (const [now, kind] of movedFor) {
  test(`\`Directory\` says that a file is ${kind} while it checks its moved directory after ${now} ms`, {
    skip: process.platform === "win32",
  }, async (t) => {
    const { root, clock, find, moveOut } = nested(t);
    const names = ["a/b/one", "a/b/two", "a/b/three"] as const;
    for (const name of names) fs.writeFileSync(join(root, name), name);
    t.mock.timers.setTime(Date.now() + 3000);
    for (const name of names) await find(name);
    moveOut();
    clock.now = now;
    const found = await Promise.all(names.map((name) => find(name)));
    assert.deepEqual(
      found.map((each) => each.kind),
      ["missing", kind, kind],
    );
    // The check has failed.
    assert.equal((await find(names[0])).kind, "missing");
  });
}

test("`Directory` counts changes of names while other files are opened all the time", async (t) => {
  const { root, clock, find } = nested(t);
  const seen = new Set<unknown>();
  for (clock.now = 0; clock.now < 3000; clock.now += 600) {
    const name = `a/b/${clock.now}`;
    fs.writeFileSync(join(root, name), "");
    t.mock.timers.setTime(Date.now() + 3000);
    seen.add(((await find(name)) as TreeFile).memos?.folder.changes);
  }
  assert.deepEqual([...seen], [1, 2, 3]);
});
