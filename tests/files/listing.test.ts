import assert from "node:assert/strict";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";

import { type ListingEntry, readListing } from "#src/files/listing.js";

const isUnix = process.platform !== "win32";

function temporaryDirectory(t: TestContext): string {
  const directory = fs.mkdtempSync(join(tmpdir(), "pyserve-"));
  t.after(() => fs.rmSync(directory, { recursive: true }));
  return directory;
}

async function entriesOf(path: string): Promise<ListingEntry[]> {
  const listing = await readListing(path);
  assert.equal(listing.kind, "listing");
  return listing.kind === "listing" ? listing.entries : [];
}

test("`readListing` gives names in the order of their lower-case forms", async (t) => {
  const directory = temporaryDirectory(t);
  for (const name of ["b", "C", "a", ".dot", "_", "é", "10", "9"])
    fs.writeFileSync(join(directory, name), "");
  const names = (await entriesOf(directory)).map((entry) => entry.name);
  assert.deepEqual(names, [".dot", "10", "9", "_", "a", "b", "C", "é"]);
});

test("`readListing` has one order for names that differ in case only", {
  skip: process.platform !== "linux",
}, async (t) => {
  const directory = temporaryDirectory(t);
  for (const name of ["aB", "ab", "AB", "Ab"]) fs.writeFileSync(join(directory, name), "");
  const names = (await entriesOf(directory)).map((entry) => entry.name);
  assert.deepEqual(names, ["AB", "Ab", "aB", "ab"]);
});

test("`readListing` says what is a directory and what is a link", { skip: !isUnix }, async (t) => {
  const directory = temporaryDirectory(t);
  fs.writeFileSync(join(directory, "file"), "");
  fs.mkdirSync(join(directory, "folder"));
  const links = { toFile: "file", toFolder: "folder", broken: "nowhere", loop: "loop", below: "file/x" };
  for (const [name, target] of Object.entries(links)) fs.symlinkSync(target, join(directory, name));

  const kinds = (await entriesOf(directory)).map(
    (entry) => `${entry.name}${entry.isDirectory ? "/" : ""}${entry.isSymbolicLink ? "@" : ""}`,
  );
  assert.deepEqual(kinds, ["below@", "broken@", "file", "folder/", "loop@", "toFile@", "toFolder/@"]);
});

test("`readListing` keeps names that are not UTF-8", { skip: process.platform !== "linux" }, async (t) => {
  const directory = `${temporaryDirectory(t)}/\udcfe`;
  const bytes = (name: string) => Buffer.from(`${directory.slice(0, -1)}${name}`, "latin1");
  fs.mkdirSync(bytes("\xfe"));
  fs.mkdirSync(bytes("\xfe/\xff"));
  fs.symlinkSync(Buffer.from([0xff]), bytes("\xfe/link"));
  assert.deepEqual(await entriesOf(directory), [
    { name: "link", isDirectory: true, isSymbolicLink: true },
    { name: "\udcff", isDirectory: true, isSymbolicLink: false },
  ]);
});

test("`readListing` lists more names than it looks at together", async (t) => {
  const directory = temporaryDirectory(t);
  const names = Array.from({ length: 200 }, (_, at) => `n${1000 + at}`);
  for (const name of names) fs.writeFileSync(join(directory, name), "");
  assert.deepEqual(
    (await entriesOf(directory)).map((entry) => entry.name),
    names,
  );
});

test("`readListing` says why there is no listing", { skip: !isUnix }, async (t) => {
  const directory = temporaryDirectory(t);
  fs.writeFileSync(join(directory, "file"), "");
  for (const name of ["none", "file", "nul\0"]) {
    assert.deepEqual(await readListing(`${directory}/${name}`), { kind: "missing" });
  }
});

test("`readListing` is forbidden where a directory may not be read", { skip: !isUnix }, async (t) => {
  const parent = temporaryDirectory(t);
  fs.chmodSync(parent, 0o755);
  const directory = join(parent, "closed");
  fs.mkdirSync(directory, { mode: 0o300 });
  // For root permissions don't count.
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65534);
  try {
    assert.deepEqual(await readListing(directory), { kind: "forbidden" });
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
});
