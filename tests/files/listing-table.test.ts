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
      assert.deepEqual([...table], entries);
    }),
  );
});

test("`ListingTable.from` gives the entries at some places, in their order", () => {
  fc.assert(
    fc.property(fc.array(anyEntry, { minLength: 1 }), (entries) => {
      const places = entries.map((_, place) => place).reverse();
      assert.deepEqual([...tableOf(entries).from(places)], [...entries].reverse());
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
