import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { shortened, smallestOf } from "./shorten.js";

const isIn = (bytes: Buffer) => bytes.includes("a") && bytes.includes("b");

test("`shortened` keeps only the necessary bytes", () => {
  const rows = ["ab", "ba", "xxaxxxbx", "aaaabbbb", `a${"-".repeat(1000)}b`];
  for (const row of rows) assert.equal(shortened(Buffer.from(row), isIn).length, 2, row);
});

test("`shortened` returns nothing if no byte is necessary", () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => shortened(Buffer.from(bytes), () => true).length === 0));
});

test("`smallestOf` keeps the shortest inputs that together reach everything, each shortened", () => {
  // The features of an input are its bytes.
  const inputs = ["abc", "ab", "bcd", "a", "zzz"].map((text) => Buffer.from(text));
  const kept = smallestOf(inputs, (bytes) => [...bytes], Buffer.from("z"));
  assert.deepEqual(kept.map(String), ["a", "b", "c", "d"]);
});
