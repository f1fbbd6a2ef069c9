import assert from "node:assert/strict";
import test from "node:test";
import { FileMemos } from "#src/files/file-tree.js";

test("`FileMemos` begin empty, with variants that were never looked up", () => {
  const { variants, variantsAt, date, whole, unchanged } = new FileMemos();
  assert.deepEqual([variants, date, whole, unchanged], [[], undefined, undefined, undefined]);
  for (const now of [0, Date.now(), Number.MAX_SAFE_INTEGER]) assert.equal(now - variantsAt, Infinity);
});

test("`FileMemos` of one file are not those of another", () => {
  const [one, other] = [new FileMemos(), new FileMemos()];
  one.date = { seconds: 1, text: "then" };
  one.variants = [{ coding: "br", path: "/a.br" }];
  one.variantsAt = 1;
  assert.deepEqual(other, new FileMemos());
});
