import assert from "node:assert/strict";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import test from "node:test";
import type { Containment } from "#src/files/containment.js";
import { Lane, laneOf } from "#src/files/lane.js";
import { type Listing, type ListingEntry, openListing } from "#src/files/listing.js";
import { isShownName } from "#src/files/resolve-url-path.js";
import { temporaryDirectory, withoutPrivileges } from "../support/file-server.js";

const isUnix = process.platform !== "win32";

const all = () => true;

async function opened(path: string, isListed: (name: string) => boolean = all, containment?: Containment) {
  const found = await openListing(path, isListed, containment);
  assert.ok(found.kind === "listing");
  return found.listing;
}

async function entriesIn(listing: Listing): Promise<ListingEntry[]> {
  const entries: ListingEntry[] = [];
  for await (const batch of listing.entries()) entries.push(...batch);
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Returns the entries of a directory by name. */
const entriesOf = async (...args: Parameters<typeof opened>) => entriesIn(await opened(...args));

const namesOf = async (...args: Parameters<typeof opened>) =>
  (await entriesOf(...args)).map(({ name }) => name);

test("`DirectoryListing` returns the size and time of each entry", async (t) => {
  const directory = temporaryDirectory(t);
  fs.writeFileSync(join(directory, "file"), "12345");
  fs.mkdirSync(join(directory, "folder"));
  for (const name of ["file", "folder"])
    fs.utimesSync(join(directory, name), 1_000_000_000, 1_000_000_000.75);
  const mtime = 1_000_000_000_750;
  assert.deepEqual(await entriesOf(directory), [
    { name: "file", kind: "file", isSymbolicLink: false, size: 5, mtime },
    { name: "folder", kind: "directory", isSymbolicLink: false, size: null, mtime },
  ]);
});

test("`DirectoryListing` follows links, and lists broken ones", {
  skip: !isUnix,
}, async (t) => {
  const directory = temporaryDirectory(t);
  fs.writeFileSync(join(directory, "file"), "123");
  fs.mkdirSync(join(directory, "folder"));
  const links = { toFile: "file", toFolder: "folder", broken: "nowhere", loop: "loop", below: "file/x" };
  for (const [name, target] of Object.entries(links)) fs.symlinkSync(target, join(directory, name));

  const found = (await entriesOf(directory)).map(
    ({ name, kind, isSymbolicLink, size, mtime }) =>
      `${name} ${kind} ${isSymbolicLink ? "@" : "-"} ${size} ${mtime === null ? "no time" : "time"}`,
  );
  assert.deepEqual(found, [
    "below link @ null time",
    "broken link @ null time",
    "file file - 3 time",
    "folder directory - null time",
    "loop link @ null time",
    "toFile file @ 3 time",
    "toFolder directory @ null time",
  ]);
});

test("`DirectoryListing` lists entries that are neither files nor directories", {
  skip: process.platform !== "linux",
}, async () => {
  const entry = (await entriesOf("/dev")).find(({ name }) => name === "null");
  assert.deepEqual(
    { ...entry, mtime: 0 },
    { name: "null", kind: "other", isSymbolicLink: false, size: null, mtime: 0 },
  );
});

test("`DirectoryListing` lists entries that can't be read", { skip: !isUnix }, async (t) => {
  const parent = temporaryDirectory(t);
  fs.chmodSync(parent, 0o755);
  const directory = join(parent, "to be read, not entered");
  fs.mkdirSync(directory);
  fs.writeFileSync(join(directory, "file"), "1");
  fs.chmodSync(directory, 0o444);
  await withoutPrivileges(async () => {
    const expected = { name: "file", kind: "other", isSymbolicLink: false, size: null, mtime: null };
    assert.deepEqual(await entriesOf(directory), [expected]);
  });
  fs.chmodSync(directory, 0o755);
});

test("`DirectoryListing` keeps names that are not UTF-8", {
  skip: process.platform !== "linux",
}, async (t) => {
  const directory = `${temporaryDirectory(t)}/\udcfe`;
  const bytes = (name: string) => Buffer.from(`${directory.slice(0, -1)}${name}`, "latin1");
  fs.mkdirSync(bytes("\xfe"));
  fs.mkdirSync(bytes("\xfe/\xff"));
  fs.symlinkSync(Buffer.from([0xff]), bytes("\xfe/link"));
  fs.writeFileSync(bytes("\xfe/\xef\xbf\xbd"), "U+FFFD itself");
  assert.deepEqual(
    (await entriesOf(directory)).map(({ name, kind, isSymbolicLink }) => ({ name, kind, isSymbolicLink })),
    [
      { name: "link", kind: "directory", isSymbolicLink: true },
      { name: "\udcff", kind: "directory", isSymbolicLink: false },
      { name: "\ufffd", kind: "file", isSymbolicLink: false },
    ],
  );
});

test("`DirectoryListing` lists more names than one batch has", async (t) => {
  const directory = temporaryDirectory(t);
  const names = Array.from({ length: 1000 }, (_, at) => `n${1000 + at}`);
  for (const name of names) fs.writeFileSync(join(directory, name), "");
  assert.deepEqual(await namesOf(directory), names);
});

test("`DirectoryListing` lists only the names for which `isListed` is true", async (t) => {
  const directory = temporaryDirectory(t);
  for (const name of [".a", "..a", "...", ".well-known", ".well-known2", "a."])
    fs.writeFileSync(join(directory, name), "");
  const shown = (place: "root" | "below") => (name: string) => isShownName(name, place, false);
  assert.deepEqual(await namesOf(directory, shown("below")), ["a."]);
  assert.deepEqual(await namesOf(directory, shown("root")), [".well-known", "a."]);
  assert.equal((await namesOf(directory)).length, 6);
});

const policies = {
  all: "broken file in out within",
  inside: "broken file in within",
  none: "file within",
} as const;
for (const [symlinks, names] of Object.entries(policies)) {
  test(`\`DirectoryListing\` lists what would be followed with the symlinks \`${symlinks}\``, {
    skip: !isUnix,
  }, async (t) => {
    const parent = temporaryDirectory(t);
    const root = join(parent, "root");
    fs.mkdirSync(join(root, "directory/within"), { recursive: true });
    fs.writeFileSync(join(parent, "outside"), "");
    fs.writeFileSync(join(root, "directory/file"), "");
    for (const [name, target] of Object.entries({ in: "file", out: "../../outside", broken: "nowhere" }))
      fs.symlinkSync(target, join(root, "directory", name));
    const containment = { root, symlinks: symlinks as keyof typeof policies };
    assert.equal((await namesOf(join(root, "directory"), all, containment)).join(" "), names);
    assert.deepEqual(await openListing(join(root, "missing"), all, containment), { kind: "missing" });
  });
}

test("`Listing.close` closes before the first entry, in the middle, and again", async (t) => {
  const directory = temporaryDirectory(t);
  for (let at = 0; at < 600; at++) fs.writeFileSync(join(directory, `n${at}`), "");
  const listing = await opened(directory);
  const looking = listing.entries()[Symbol.asyncIterator]().next();
  listing.close();
  await looking;
  listing.close();
  (await opened(directory)).close();
});

test("`DirectoryListing` shows the opened directory if another takes its place between two batches, and gives it back", {
  skip: process.platform !== "linux",
}, async (t) => {
  // The directories count as old. Their times differ, because it takes a while to create the files.
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() + 60_000 });
  const root = temporaryDirectory(t);
  const directory = join(root, "directory");
  for (const [name, content] of [
    ["directory", "opened"],
    ["other", "secret content"],
  ] as const) {
    fs.mkdirSync(join(root, name));
    for (let at = 0; at < 500; at++) fs.writeFileSync(join(root, name, `n${at}`), content);
  }
  const listing = await opened(directory, all, { root, symlinks: "inside" });
  await laneOf(fs.statSync(root).dev).later<fs.Stats>((done) => fs.stat(root, done)); // it is known to be fast
  const looked = t.mock.method(fs, "lstatSync");
  syncBuiltinESMExports();
  const sizes = new Set<number | null>();
  let batches = 0;
  for await (const batch of listing.entries()) {
    for (const { size } of batch) sizes.add(size);
    batches += 1;
    if (batches === 2) {
      fs.renameSync(directory, join(root, "moved"));
      fs.symlinkSync("other", directory);
    } else if (batches === 3) {
      fs.unlinkSync(directory);
      fs.renameSync(join(root, "moved"), directory);
    }
  }
  looked.mock.restore();
  syncBuiltinESMExports();
  assert.deepEqual([...sizes], ["opened".length]);
  const byPath = looked.mock.calls.filter(({ arguments: [path] }) =>
    String(path).startsWith(`${fs.realpathSync(directory)}/n`),
  );
  assert.ok(byPath.length >= 100, "the first batches were looked up by path");
  assert.ok(byPath.length < 250, "the others were looked up by descriptor");
});

test("`DirectoryListing` looks up a name whose whole path is too long for the system", {
  skip: process.platform !== "linux",
}, async (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() + 60_000 });
  const root = temporaryDirectory(t);
  let deep = fs.realpathSync(root);
  while (deep.length < 3850) deep = join(deep, "d".repeat(100));
  fs.mkdirSync(deep, { recursive: true });
  const short = join(root, "short");
  fs.symlinkSync(deep, short);
  const name = "n".repeat(250);
  fs.writeFileSync(join(short, name), "hello");
  await laneOf(fs.statSync(root).dev).later<fs.Stats>((done) => fs.stat(root, done)); // it is known to be fast
  assert.ok(join(deep, name).length > 4096);
  const entries = await entriesOf(short, all, { root: short, symlinks: "all" });
  fs.rmSync(join(short, name)); // Node 20 can't remove a tree with such a path
  assert.deepEqual(
    entries.map(({ size }) => size),
    [5],
  );
});

test("`Listing.isLong` is true for more than a thousand names", async (t) => {
  const directory = temporaryDirectory(t);
  for (let at = 0; at <= 1000; at++) fs.writeFileSync(join(directory, `${at}`), "");
  for (const [isListed, isLong] of [
    [all, true],
    [(name: string) => name !== "7", false],
  ] as const) {
    const listing = await opened(directory, isListed);
    assert.equal(listing.isLong, isLong);
    listing.close();
  }
});

test("`Listing.entries` makes no call on the calling thread if a device is slow", async (t) => {
  const directory = temporaryDirectory(t);
  for (let at = 0; at < 100; at++) fs.writeFileSync(join(directory, `n${at}`), "");
  t.mock.getter(Lane.prototype, "isFast", () => false);
  const now = t.mock.method(Lane.prototype, "now");
  assert.equal((await entriesOf(directory)).length, 100);
  assert.equal(now.mock.callCount(), 0);
});

test("`openListing` returns the reason for no listing", { skip: !isUnix }, async (t) => {
  const directory = temporaryDirectory(t);
  fs.writeFileSync(join(directory, "file"), "");
  for (const name of ["none", "file", "nul\0"]) {
    assert.deepEqual(await openListing(`${directory}/${name}`, all), { kind: "missing" });
  }
});

test("`openListing` is forbidden if a directory may not be read", { skip: !isUnix }, async (t) => {
  const parent = temporaryDirectory(t);
  fs.chmodSync(parent, 0o755);
  const directory = join(parent, "closed");
  fs.mkdirSync(directory, { mode: 0o300 });
  await withoutPrivileges(async () => {
    assert.deepEqual(await openListing(directory, all), { kind: "forbidden" });
  });
});
