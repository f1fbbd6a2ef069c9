import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import type { ListingEntry } from "#src/files/listing.js";
import {
  compareText,
  type ListingQuery,
  nameFilter,
  naturalKey,
  nextSorting,
  parseListingQuery,
  sortEntries,
} from "#src/files/listing-order.js";
import { anyText } from "../support/any-text.js";

function entry(name: string, size: number | null, mtime: number | null = 0): ListingEntry {
  return { name, kind: size === null ? "directory" : "file", isSymbolicLink: false, size, mtime };
}

async function sort(entries: readonly ListingEntry[], query: ListingQuery): Promise<string[]> {
  return (await sortEntries(entries, query)).map(({ name }) => name);
}

const queries: readonly (readonly [suffix: string, sort: string, order: string, filter: string])[] = [
  ["", "name", "asc", ""],
  ["?", "name", "asc", ""],
  ["?sort=name", "name", "asc", ""],
  ["?sort=size", "size", "desc", ""],
  ["?sort=time", "time", "desc", ""],
  ["?sort=size&order=asc", "size", "asc", ""],
  ["?order=desc", "name", "desc", ""],
  ["?sort=SIZE", "name", "asc", ""],
  ["?sort=__proto__&order=constructor", "name", "asc", ""],
  ["?sort=&order=", "name", "asc", ""],
  ["?sort=size-asc", "size", "asc", ""],
  ["?sort=time-desc&order=asc", "time", "desc", ""],
  ["?sort=size-up-asc", "size", "desc", ""],
  ["?sort=time&sort=size", "time", "desc", ""],
  ["?%zz&=&&&sort=%73ize", "size", "desc", ""],
  ["?filter=a+b%2Bc", "name", "asc", "a b+c"],
  ["?filter=%ff", "name", "asc", "\ufffd"],
  ["?filter=x#&sort=size", "name", "asc", "x"],
  ["#?sort=size", "name", "asc", ""],
];
for (const [suffix, key, order, filter] of queries) {
  test(`\`parseListingQuery\` reads ${JSON.stringify(suffix)}`, () => {
    assert.deepEqual(parseListingQuery(suffix), { sort: key, order, filter });
  });
}

test("`parseListingQuery` reads anything", () => {
  fc.assert(
    fc.property(anyText(), (text) => {
      const { sort: key, order } = parseListingQuery(`?${text}`);
      assert.match(`${key} ${order}`, /^(?:name|size|time) (?:asc|desc)$/);
    }),
  );
});

test("`nextSorting` begins with the usual direction, and reverses it", () => {
  assert.equal(nextSorting("name", parseListingQuery("")), "name-desc");
  assert.equal(nextSorting("size", parseListingQuery("")), "size-desc");
  assert.equal(nextSorting("time", parseListingQuery("?sort=time")), "time-asc");
});

const entries = [
  entry("file10", 10, 3),
  entry("z", null, 9),
  entry("file2", 1000, 1),
  entry("a", null, 5),
  entry("File1", 10, 2),
  entry("none", 0, null),
];
const orders: readonly (readonly [suffix: string, names: string])[] = [
  ["", "a z File1 file2 file10 none"],
  ["?order=desc", "z a none file10 file2 File1"],
  ["?sort=size", "a z file2 File1 file10 none"],
  ["?sort=size&order=asc", "a z none File1 file10 file2"],
  ["?sort=time", "z a file10 File1 file2 none"],
  ["?sort=time&order=asc", "a z none file2 File1 file10"],
];
for (const [suffix, names] of orders) {
  test(`\`sortEntries\` has directories first, and the order of ${JSON.stringify(suffix)}`, async () => {
    assert.equal((await sort(entries, parseListingQuery(suffix))).join(" "), names);
  });
}

test("`sortEntries` has one order, for any order of the directory", async () => {
  const anyEntry = fc.record({
    name: fc.string({ unit: fc.constantFrom("a", "A", "ä", "1", "0", "2", " "), maxLength: 4 }),
    size: fc.option(fc.nat({ max: 3 })),
    mtime: fc.option(fc.integer({ min: -2, max: 2 })),
  });
  const anyEntries = fc.uniqueArray(anyEntry, { selector: ({ name }) => name, maxLength: 40 });
  const anyQuery = fc.constantFrom(...orders.map(([suffix]) => parseListingQuery(suffix)));
  await fc.assert(
    fc.asyncProperty(anyEntries, anyQuery, async (found, query) => {
      const all = found.map(({ name, size, mtime }) => entry(name, size, mtime));
      assert.deepEqual(await sort([...all].reverse(), query), await sort(all, query));
    }),
  );
});

test("`sortEntries` sorts many entries, and other work runs meanwhile", async () => {
  const count = 30_000;
  const many = Array.from({ length: count }, (_, at) => entry(`n${(at * 7919) % count}`, 0));
  let turns = 0;
  const turn = setInterval(() => turns++);
  const names = await sort(many, parseListingQuery(""));
  clearInterval(turn);
  assert.deepEqual(
    names,
    Array.from({ length: count }, (_, at) => `n${at}`),
  );
  assert.ok(turns > 0);
});

test("`sortEntries` ends when its signal is aborted", async () => {
  const gone = new Error("gone");
  await assert.rejects(sortEntries([entry("a", 0)], parseListingQuery(""), AbortSignal.abort(gone)), gone);
});

const matches: readonly (readonly [name: string, filter: string, matches: boolean])[] = [
  ["anything", "", true],
  ["README.md", "readme", true],
  ["readme.md", "ME.", true],
  ["README.md", "x", false],
  ["e\u0301", "É", true],
  ["a\n", "a\ufffd", true],
  ["\udcff", "\ufffd", true],
];
for (const [name, filter, expected] of matches) {
  test(`\`nameFilter\` ${expected ? "finds" : "does not find"} ${JSON.stringify(filter)} in ${JSON.stringify(name)}`, () => {
    assert.equal(nameFilter(filter)(name), expected);
  });
}

const sorted: readonly (readonly string[])[] = [
  ["file2", "file10", "file100"],
  ["9", "10", "11", "100"],
  ["v1.2", "v1.10", "v1.10.1", "v2.0"],
  ["2026-1-2", "2026-1-10", "2026-02-01"],
  ["a", "B", "c"],
  ["a", "a b", "a1", "aa", "b"],
  ["apfel 1", "Äpfel 2", "Apfel 3"],
  ["1", "12345678", "123456789", "1234567890123456", "12345678901234567", "9".repeat(100)],
  ["x7y1", "x07y2", "x7y3"],
  ["-", "1", "_", "a"],
];
for (const names of sorted) {
  test(`\`naturalKey\` has ${names.map((name) => name.slice(0, 20)).join(" < ")}`, () => {
    const reversed = [...names].reverse();
    const byKey = (a: string, b: string) => compareText(naturalKey(a), naturalKey(b));
    assert.deepEqual(reversed.sort(byKey), names);
  });
}

test("`naturalKey` is the same for names that differ only in case, accents and leading zeros", () => {
  for (const name of ["FILE 7", "File 007", "fílé 7", "fi\u0301le 7"])
    assert.equal(naturalKey(name), naturalKey("file 7"));
});

test("`naturalKey` keeps the vowels of scripts that write them as marks", () => {
  assert.notEqual(naturalKey("कि"), naturalKey("कु"));
});

test("`naturalKey` has numbers in the order of their values", () => {
  const anyNumber = fc.bigInt({ min: 0n, max: 10n ** 40n });
  fc.assert(
    fc.property(anyNumber, anyNumber, (a, b) => {
      const wanted = a < b ? -1 : a > b ? 1 : 0;
      assert.equal(compareText(naturalKey(`n${a}`), naturalKey(`n${b}`)), wanted);
      assert.equal(compareText(naturalKey(`n${a}.x`), naturalKey(`n${b}.x`)), wanted);
    }),
  );
});
