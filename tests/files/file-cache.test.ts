import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { FileCache } from "#src/files/file-cache.js";

/** Values by their names, as those who use a cache keep them. */
function kept() {
  const cache = new FileCache();
  const values = new Map<string, { weight: number; forget(): void }>();
  const add = (name: string, weight: number, limit: number) => {
    remove(name);
    const value = { weight, forget: () => void values.delete(name) };
    if (cache.add(value, limit)) values.set(name, value);
  };
  const remove = (name: string) => {
    const value = values.get(name);
    if (value !== undefined) cache.delete(value);
    values.delete(name);
  };
  const touch = (name: string) => {
    const value = values.get(name);
    if (value !== undefined) cache.touch(value);
  };
  return { cache, values, add, remove, touch };
}

test("`FileCache` forgets what was not asked for the longest", () => {
  const { values, add, touch } = kept();
  for (const name of ["a", "b", "c"]) add(name, 10, 30);
  touch("a");
  add("d", 10, 30);
  assert.deepEqual([...values.keys()].sort(), ["a", "c", "d"]);
});

test("`FileCache` keeps nothing that is heavier than all may be, and nothing else gives way to it", () => {
  const { cache, values, add } = kept();
  add("a", 30, 30);
  add("b", 31, 30);
  assert.deepEqual([...values.keys()], ["a"]);
  assert.equal(cache.weight, 30);
});

test("`FileCache` weighs what it keeps, whatever was done to it", () => {
  const action = fc.record({
    what: fc.constantFrom("touch", "add", "remove" as const),
    name: fc.constantFrom("a", "b", "c", "d"),
    weight: fc.integer({ min: 0, max: 20 }),
  });
  fc.assert(
    fc.property(fc.array(action), (actions) => {
      const { cache, values, add, remove, touch } = kept();
      for (const { what, name, weight } of actions) {
        if (what === "add") add(name, weight, 30);
        else if (what === "touch") touch(name);
        else remove(name);
        assert.equal(
          cache.weight,
          [...values.values()].reduce((sum, each) => sum + each.weight, 0),
        );
        assert.ok(cache.weight <= 30);
      }
    }),
  );
});
