import assert from "node:assert/strict";
import test from "node:test";
import type { ListingEntry } from "#src/files/listing.js";
import { listingJson } from "#src/files/listing-json.js";
import { nameFilter } from "#src/files/listing-order.js";
import { placeOf } from "#src/files/listing-place.js";
import { formText } from "../support/listing-table.js";

const file: ListingEntry = {
  name: "a",
  kind: "file",
  isSymbolicLink: false,
  size: 3,
  mtime: 1_000_000_000_750.5,
};

function json(path: string, entries: readonly ListingEntry[], filter = ""): unknown {
  return JSON.parse(formText(listingJson(placeOf(path)), entries, nameFilter(filter)));
}

test("`listingJson` tells all that is known", () => {
  const listing = json("/a%20b/", [
    { name: "folder", kind: "directory", isSymbolicLink: false, size: null, mtime: 0 },
    { name: "to folder", kind: "directory", isSymbolicLink: true, size: null, mtime: 0 },
    file,
    { name: "to nowhere", kind: "link", isSymbolicLink: true, size: null, mtime: null },
    { name: "fifo", kind: "other", isSymbolicLink: false, size: null, mtime: null },
  ]);
  const epoch = "1970-01-01T00:00:00.000Z";
  assert.deepEqual(listing, {
    path: "/a b/",
    entries: [
      { name: "folder", href: "folder/", type: "directory", symlink: false, size: null, mtime: epoch },
      { name: "to folder", href: "to%20folder/", type: "directory", symlink: true, size: null, mtime: epoch },
      { name: "a", href: "a", type: "file", symlink: false, size: 3, mtime: "2001-09-09T01:46:40.750Z" },
      { name: "to nowhere", href: "to%20nowhere", type: "link", symlink: true, size: null, mtime: null },
      { name: "fifo", href: "fifo", type: "other", symlink: false, size: null, mtime: null },
    ],
  });
});

test("`listingJson` has an empty list for an empty directory", () => {
  assert.deepEqual(json("/", []), { path: "/", entries: [] });
});

test("`listingJson` has names that are not UTF-8 as U+FFFD, and links that lead to them", () => {
  const { path, entries } = json("/%FF/", [{ ...file, name: '\udcfe\n"' }]) as {
    path: string;
    entries: { name: string; href: string }[];
  };
  assert.equal(path, "/\ufffd/");
  assert.equal(entries[0]?.name, '\ufffd\n"');
  assert.equal(entries[0]?.href, "%FE%0A%22");
});

test("`listingJson` leaves out what the filter leaves out", () => {
  const { entries } = json("/", [file, { ...file, name: "b" }, { ...file, name: "Ab" }], "A") as {
    entries: { name: string }[];
  };
  assert.deepEqual(
    entries.map(({ name }) => name),
    ["a", "Ab"],
  );
});
