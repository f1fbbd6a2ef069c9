import assert from "node:assert/strict";
import test from "node:test";

import { isHiddenName } from "#src/files/hidden-name.js";

const rows: [name: string, inRoot: boolean, below: boolean][] = [
  ["a", false, false],
  ["a.b", false, false],
  ["a.", false, false],
  ["%2egit", false, false], // what a name is after it was decoded
  [" .git", false, false],
  [".git", true, true],
  [".", true, true],
  ["...", true, true],
  ["..a", true, true],
  [".well-known", false, true],
  [".Well-Known", true, true],
  [".well-known ", true, true],
  [".well-known2", true, true],
  ["\u200c.git", true, true],
  ["\ufeff\u202e.git", true, true],
  ["\u200cgit", false, false],
];
for (const [name, inRoot, below] of rows) {
  test(`\`isHiddenName\` says ${inRoot} for ${JSON.stringify(name)} in the root, and ${below} below`, () => {
    assert.deepEqual([isHiddenName(name, "root"), isHiddenName(name, "below")], [inRoot, below]);
  });
}
