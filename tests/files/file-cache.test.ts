import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { FileCache } from "#src/files/file-cache.js";

test("`FileCache` forgets what was not asked for the longest", () => {
  const cache = new FileCache<{ weight: number }>();
  for (const name of ["a", "b", "c"]) cache.set(name, { weight: 10 }, 30);
  cache.get("a");
  cache.set("d", { weight: 10 }, 30);
  assert.deepEqual(
    ["a", "b", "c", "d"].filter((name) => cache.get(name) !== undefined),
    ["a", "c", "d"],
  );
});

test("`FileCache` keeps nothing that is heavier than all may be, and what it kept by that name is gone", () => {
  const cache = new FileCache<{ weight: number }>();
  cache.set("a", { weight: 30 }, 30);
  assert.equal(cache.weight, 30);
  cache.set("a", { weight: 31 }, 30);
  assert.equal(cache.get("a"), undefined);
  assert.equal(cache.weight, 0);
});

test("`FileCache` weighs what it keeps, whatever was done to it", () => {
  const action = fc.record({
    what: fc.constantFrom("get", "set", "delete" as const),
    name: fc.constantFrom("a", "b", "c", "d"),
    weight: fc.integer({ min: 0, max: 20 }),
  });
  fc.assert(
    fc.property(fc.array(action), (actions) => {
      const cache = new FileCache<{ weight: number }>();
      for (const { what, name, weight } of actions) {
        if (what === "set") cache.set(name, { weight }, 30);
        else cache[what](name);
        const kept = ["a", "b", "c", "d"].map((each) => cache.get(each)?.weight ?? 0);
        assert.equal(
          cache.weight,
          kept.reduce((sum, each) => sum + each, 0),
        );
        assert.ok(cache.weight <= 30);
      }
    }),
  );
});
