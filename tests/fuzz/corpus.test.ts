import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { FOUND, foundFor, WRITTEN, writtenFor } from "./corpus.js";
import { TARGETS } from "./targets.js";

const names = Object.keys(TARGETS).sort();

test("the corpus has inputs for each fuzzing target", () => {
  assert.deepEqual(readdirSync(WRITTEN).sort(), names);
  assert.deepEqual(
    readdirSync(FOUND).sort(),
    names.map((name) => `${name}.json`),
  );
});

test("the results of fuzzing are small: each kept input does something new", () => {
  for (const name of names) assert.ok(foundFor(name).length <= 150, name);
  for (const bytes of names.flatMap(foundFor)) assert.ok(bytes.length <= 512, bytes.toString("latin1"));
});

for (const name of names) {
  const { holds } = (await import(`./targets/${name}.js`)) as { holds: (bytes: Buffer) => void };
  for (const [file, bytes] of writtenFor(name)) {
    test(`fuzzing: what must always hold of ${name} holds for ${file}`, () => holds(bytes));
  }
  test(`fuzzing: what must always hold of ${name} holds for all texts that were found`, () => {
    for (const bytes of foundFor(name)) holds(bytes);
  });
}
