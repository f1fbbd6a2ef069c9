import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import type { ListingEntry } from "#src/files/listing.js";
import { tableOf } from "../support/listing-table.js";

const anyEntry: fc.Arbitrary<ListingEntry> = fc.record(
  {
    name: fc.string({ unit: "binary" }),
    kind: fc.constantFrom("directory", "file", "link", "other"),
    isSymbolicLink: fc.boolean(),
    size: fc.option(fc.maxSafeNat()),
    mtime: fc.option(fc.double({ min: -8.64e15, max: 8.64e15, noNaN: true })),
  },
  { noNullPrototype: true },
);

test("`ListingTable` gives back the entries that were added", () => {
  fc.assert(
    fc.property(fc.array(anyEntry), (entries) => {
      const table = tableOf(entries);
      assert.equal(table.length, entries.length);
      assert.deepEqual(
        entries.map((_, place) => table.at(place)),
        entries,
      );
    }),
  );
});

test("`ListingTable` counts the entries that it does not keep", () => {
  fc.assert(
    fc.property(fc.array(anyEntry), (entries) => {
      const table = tableOf(entries, (name) => name.length > 3);
      const kept = entries.filter(({ name }) => name.length > 3);
      assert.deepEqual(
        kept.map((_, place) => table.at(place)),
        kept,
      );
      assert.deepEqual(table.sum, {
        all: entries.length,
        directories: entries.filter(({ kind }) => kind === "directory").length,
        bytes: entries.reduce((sum, { size }) => sum + (size ?? 0), 0),
      });
    }),
  );
});

test("`ListingTable.isDirectory` is about what a link leads to", () => {
  const kinds = ["directory", "file", "link", "other"] as const;
  for (const isSymbolicLink of [false, true]) {
    const table = tableOf(
      kinds.map((kind) => ({ name: "n", kind, isSymbolicLink, size: null, mtime: null })),
    );
    assert.deepEqual(
      kinds.map((_, place) => table.isDirectory(place)),
      [true, false, false, false],
    );
  }
});
