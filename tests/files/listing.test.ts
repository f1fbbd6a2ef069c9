import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import test from "node:test";

import { type ListingEntry, type ListingOptions, openListing } from "#src/files/listing.js";
import { temporaryDirectory, withoutPrivileges } from "../support/file-server.js";

const isUnix = process.platform !== "win32";

/** Returns the entries of a directory by name. */
function entriesOf(path: string, options: ListingOptions = {}): ListingEntry[] {
  const opened = openListing(path, options);
  assert.ok(opened.kind === "listing");
  const looking = opened.listing.entries();
  for (;;) {
    const { done, value } = looking.next();
    if (done) return [...value].sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

const namesOf = (path: string, options?: ListingOptions) => entriesOf(path, options).map(({ name }) => name);

test("`DirectoryListing` tells size and time of what is in a directory", (t) => {
  const directory = temporaryDirectory(t);
  fs.writeFileSync(join(directory, "file"), "12345");
  fs.mkdirSync(join(directory, "folder"));
  for (const name of ["file", "folder"])
    fs.utimesSync(join(directory, name), 1_000_000_000, 1_000_000_000.75);
  const mtime = 1_000_000_000_750;
  assert.deepEqual(entriesOf(directory), [
    { name: "file", kind: "file", isSymbolicLink: false, size: 5, mtime },
    { name: "folder", kind: "directory", isSymbolicLink: false, size: null, mtime },
  ]);
});

test("`DirectoryListing` looks where links lead, and lists those that lead nowhere", {
  skip: !isUnix,
}, (t) => {
  const directory = temporaryDirectory(t);
  fs.writeFileSync(join(directory, "file"), "123");
  fs.mkdirSync(join(directory, "folder"));
  const links = { toFile: "file", toFolder: "folder", broken: "nowhere", loop: "loop", below: "file/x" };
  for (const [name, target] of Object.entries(links)) fs.symlinkSync(target, join(directory, name));

  const found = entriesOf(directory).map(
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

test("`DirectoryListing` lists what is neither file nor directory", {
  skip: process.platform !== "linux",
}, () => {
  const entry = entriesOf("/dev").find(({ name }) => name === "null");
  assert.deepEqual(
    { ...entry, mtime: 0 },
    { name: "null", kind: "other", isSymbolicLink: false, size: null, mtime: 0 },
  );
});

test("`DirectoryListing` lists what can't be looked at", { skip: !isUnix }, async (t) => {
  const parent = temporaryDirectory(t);
  fs.chmodSync(parent, 0o755);
  const directory = join(parent, "to be read, not entered");
  fs.mkdirSync(directory);
  fs.writeFileSync(join(directory, "file"), "1");
  fs.chmodSync(directory, 0o444);
  await withoutPrivileges(async () => {
    const expected = { name: "file", kind: "other", isSymbolicLink: false, size: null, mtime: null };
    assert.deepEqual(entriesOf(directory), [expected]);
  });
  fs.chmodSync(directory, 0o755);
});

test("`DirectoryListing` keeps names that are not UTF-8", { skip: process.platform !== "linux" }, (t) => {
  const directory = `${temporaryDirectory(t)}/\udcfe`;
  const bytes = (name: string) => Buffer.from(`${directory.slice(0, -1)}${name}`, "latin1");
  fs.mkdirSync(bytes("\xfe"));
  fs.mkdirSync(bytes("\xfe/\xff"));
  fs.symlinkSync(Buffer.from([0xff]), bytes("\xfe/link"));
  fs.writeFileSync(bytes("\xfe/\xef\xbf\xbd"), "U+FFFD itself");
  assert.deepEqual(
    entriesOf(directory).map(({ name, kind, isSymbolicLink }) => ({ name, kind, isSymbolicLink })),
    [
      { name: "link", kind: "directory", isSymbolicLink: true },
      { name: "\udcff", kind: "directory", isSymbolicLink: false },
      { name: "\ufffd", kind: "file", isSymbolicLink: false },
    ],
  );
});

test("`DirectoryListing` lists more names than it asks for together, and pauses meanwhile", (t) => {
  const directory = temporaryDirectory(t);
  const names = Array.from({ length: 1000 }, (_, at) => `n${1000 + at}`);
  for (const name of names) fs.writeFileSync(join(directory, name), "");
  assert.deepEqual(namesOf(directory), names);
  const opened = openListing(directory);
  assert.ok(opened.kind === "listing");
  const pauses = [...opened.listing.entries()].length;
  assert.ok(pauses > 60, `${pauses} pauses`);
});

test("`DirectoryListing` lists dot files only where it is told to, and `.well-known` in the served directory", (t) => {
  const directory = temporaryDirectory(t);
  for (const name of [".a", "..a", "...", ".well-known", ".well-known2", "a."])
    fs.writeFileSync(join(directory, name), "");
  assert.deepEqual(namesOf(directory), ["a."]);
  assert.deepEqual(namesOf(directory, { dotfiles: false, place: "below" }), ["a."]);
  assert.deepEqual(namesOf(directory, { place: "root" }), [".well-known", "a."]);
  const all = ["...", "..a", ".a", ".well-known", ".well-known2", "a."];
  assert.deepEqual(namesOf(directory, { dotfiles: true }), all);
});

const policies = {
  all: "broken file in out within",
  inside: "broken file in within",
  none: "file within",
} as const;
for (const [symlinks, names] of Object.entries(policies)) {
  test(`\`DirectoryListing\` lists what would be followed with the symlinks \`${symlinks}\``, {
    skip: !isUnix,
  }, (t) => {
    const parent = temporaryDirectory(t);
    const root = join(parent, "root");
    fs.mkdirSync(join(root, "directory/within"), { recursive: true });
    fs.writeFileSync(join(parent, "outside"), "");
    fs.writeFileSync(join(root, "directory/file"), "");
    for (const [name, target] of Object.entries({ in: "file", out: "../../outside", broken: "nowhere" }))
      fs.symlinkSync(target, join(root, "directory", name));
    const containment = { root, symlinks: symlinks as keyof typeof policies };
    assert.equal(namesOf(join(root, "directory"), { containment }).join(" "), names);
    assert.deepEqual(openListing(join(root, "missing"), { containment }), { kind: "missing" });
  });
}

test("`DirectoryListing.close` closes, before anything was read, meanwhile, and again", (t) => {
  const directory = temporaryDirectory(t);
  for (let at = 0; at < 600; at++) fs.writeFileSync(join(directory, `n${at}`), "");
  const opened = openListing(directory);
  assert.ok(opened.kind === "listing");
  const looking = opened.listing.entries();
  looking.next();
  opened.listing.close();
  opened.listing.close();
  const again = openListing(directory);
  assert.ok(again.kind === "listing");
  again.listing.close();
});

test("`openListing` says why there is no listing", { skip: !isUnix }, (t) => {
  const directory = temporaryDirectory(t);
  fs.writeFileSync(join(directory, "file"), "");
  for (const name of ["none", "file", "nul\0"]) {
    assert.deepEqual(openListing(`${directory}/${name}`), { kind: "missing" });
  }
});

test("`openListing` is forbidden where a directory may not be read", { skip: !isUnix }, async (t) => {
  const parent = temporaryDirectory(t);
  fs.chmodSync(parent, 0o755);
  const directory = join(parent, "closed");
  fs.mkdirSync(directory, { mode: 0o300 });
  await withoutPrivileges(async () => {
    assert.deepEqual(openListing(directory), { kind: "forbidden" });
  });
});
