import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { shortened, smallestOf } from "./shorten.js";

const isIn = (bytes: Buffer) => bytes.includes("a") && bytes.includes("b");

test("`shortened` leaves what matters, and nothing else", () => {
  const rows = ["ab", "ba", "xxaxxxbx", "aaaabbbb", `a${"-".repeat(1000)}b`];
  for (const row of rows) assert.equal(shortened(Buffer.from(row), isIn).length, 2, row);
});

test("`shortened` gives nothing where nothing matters", () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => shortened(Buffer.from(bytes), () => true).length === 0));
});

test("`smallestOf` keeps the shortest inputs that do all that was done, each cut to what it adds", () => {
  // The features of an input are its bytes.
  const inputs = ["abc", "ab", "bcd", "a", "zzz"].map((text) => Buffer.from(text));
  const kept = smallestOf(inputs, (bytes) => [...bytes], Buffer.from("z"));
  assert.deepEqual(kept.map(String), ["a", "b", "c", "d"]);
});
