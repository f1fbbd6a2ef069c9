import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { CORPUS, corpusOf } from "./corpus.js";
import { TARGETS } from "./targets.js";

test("the corpus has texts for each target of fuzzing", () => {
  assert.deepEqual(readdirSync(CORPUS).sort(), Object.keys(TARGETS).sort());
});

for (const [name, target] of Object.entries(TARGETS)) {
  for (const [file, bytes] of corpusOf(name)) {
    test(`fuzzing: what must always hold of ${name} holds for ${file}`, () => target(bytes));
  }
}
