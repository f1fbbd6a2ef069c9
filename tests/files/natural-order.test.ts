import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { compareText, naturalKey } from "#src/files/natural-order.js";

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

test("`naturalKey` is the same for names that differ in case, accents and leading zeros alone", () => {
  for (const name of ["FILE 7", "File 007", "fílé 7", "fi\u0301le 7"])
    assert.equal(naturalKey(name), naturalKey("file 7"));
});

test("`naturalKey` keeps the vowels of scripts that write them as marks", () => {
  assert.notEqual(naturalKey("कि"), naturalKey("कु"));
});

test("`naturalKey` has numbers in the order of their values, whatever they are", () => {
  const anyNumber = fc.bigInt({ min: 0n, max: 10n ** 40n });
  fc.assert(
    fc.property(anyNumber, anyNumber, (a, b) => {
      const wanted = a < b ? -1 : a > b ? 1 : 0;
      assert.equal(compareText(naturalKey(`n${a}`), naturalKey(`n${b}`)), wanted);
      assert.equal(compareText(naturalKey(`n${a}.x`), naturalKey(`n${b}.x`)), wanted);
    }),
  );
});
