import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { type Cached, FileCache, OVERHEAD } from "#src/files/file-cache.js";

/** Files by their names, as the owner of a cache keeps them. */
function kept() {
  const cache = new FileCache();
  const files = new Map<string, Cached & { usedAt: number }>();
  const time = { now: 0 };
  const add = (name: string, weight: number, limit: number, usedBefore = Number.POSITIVE_INFINITY) => {
    remove(name);
    const file = { bytes: null, usedAt: time.now, forget: () => void files.delete(name) };
    files.set(name, file);
    cache.limit = limit;
    const isRoom = cache.makeRoom(weight, usedBefore);
    if (!cache.add(file, isRoom ? Buffer.alloc(weight) : null)) files.delete(name);
  };
  const remove = (name: string) => {
    const file = files.get(name);
    if (file !== undefined) cache.delete(file);
    files.delete(name);
  };
  const touch = (name: string) => {
    const file = files.get(name);
    if (file === undefined) return;
    file.usedAt = time.now;
    cache.touch(file);
  };
  const full = () => [...files].filter(([, { bytes }]) => bytes !== null).map(([name]) => name);
  return { cache, files, time, add, remove, touch, full };
}

const LIMIT = 16 * OVERHEAD;

test("`FileCache` drops the least recently used content, and then the file", () => {
  const { files, add, touch, full } = kept();
  for (const name of ["a", "b", "c"]) add(name, 4 * OVERHEAD, LIMIT);
  touch("a");
  add("d", 4 * OVERHEAD, LIMIT);
  assert.deepEqual([full().sort(), files.size], [["a", "c", "d"], 4]);
  for (let at = 0; at < 10; at++) add(`${at}`, 4 * OVERHEAD, LIMIT);
  assert.equal(files.has("b"), false);
  assert.equal(files.size, 2 + 4);
});

test("`FileCache` keeps only the facts of a file that is larger than the limit, and drops no content for it", () => {
  const { cache, files, add, full } = kept();
  add("a", LIMIT - 2 * OVERHEAD, LIMIT);
  add("b", LIMIT - OVERHEAD + 1, LIMIT);
  assert.deepEqual([[...files.keys()], full()], [["a", "b"], ["a"]]);
  assert.equal(cache.weight, LIMIT);
});

test("`FileCache` drops no content that was requested at the given time or later", () => {
  const { time, add, full } = kept();
  time.now = 5;
  add("a", 13 * OVERHEAD, LIMIT);
  add("b", 13 * OVERHEAD, LIMIT, 5);
  assert.deepEqual(full(), ["a"]);
  add("b", 13 * OVERHEAD, LIMIT, 6);
  assert.deepEqual(full(), ["b"]);
});

test("`FileCache` holds a limit that has become lower", () => {
  const { cache, add, full } = kept();
  add("a", 6 * OVERHEAD, LIMIT);
  add("b", 6 * OVERHEAD, LIMIT);
  add("c", OVERHEAD, 10 * OVERHEAD);
  assert.deepEqual(full(), ["b", "c"]);
  assert.ok(cache.weight <= 10 * OVERHEAD);
});

test("`FileCache` knows the weight of its files, after any operations", () => {
  const action = fc.record({
    what: fc.constantFrom("touch", "add", "remove", "wait" as const),
    name: fc.constantFrom("a", "b", "c", "d", "e", "f"),
    weight: fc.integer({ min: 0, max: LIMIT }),
  });
  fc.assert(
    fc.property(fc.array(action), (actions) => {
      const { cache, files, time, add, remove, touch } = kept();
      for (const { what, name, weight } of actions) {
        if (what === "add") add(name, weight, LIMIT);
        else if (what === "touch") touch(name);
        else if (what === "wait") time.now += 5000;
        else remove(name);
        const sum = [...files.values()].reduce((all, { bytes }) => all + OVERHEAD + (bytes?.length ?? 0), 0);
        assert.equal(cache.weight, sum);
        assert.ok(sum <= LIMIT);
      }
    }),
  );
});
