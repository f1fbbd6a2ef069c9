import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import fc from "fast-check";
import { joinBelow } from "#src/files/join-below.js";

test("`joinBelow` is `join` for names that are complete", () => {
  const anyDirectory = fc.oneof(
    fc.constantFrom("", ...". ./ .. / // /srv/www /srv/www/ /srv/../www site ./site// a/..".split(" ")),
    fc.string(),
  );
  const anyName = fc
    .string({ unit: "binary", minLength: 1 })
    .filter((name) => !/[/\\]/.test(name) && name !== "." && name !== "..");
  fc.assert(
    fc.property(anyDirectory, fc.array(anyName), (directory, names) => {
      assert.equal(joinBelow(directory, names), join(directory, ...names));
      assert.equal(joinBelow(directory, names), join(directory, ...names)); // and again, with what is known
    }),
    { numRuns: 3000 },
  );
});
