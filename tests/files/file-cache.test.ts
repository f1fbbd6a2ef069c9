import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { type Cached, FileCache, OVERHEAD } from "#src/files/file-cache.js";

/** Files by their names, as those who use a cache keep them. */
function kept() {
  const cache = new FileCache<Cached & { usedAt: number }>();
  const files = new Map<string, Cached & { usedAt: number }>();
  const time = { now: 0 };
  const add = (name: string, weight: number, limit: number, isAgain = false) => {
    remove(name);
    const file = { bytes: null, usedAt: time.now, forget: () => void files.delete(name) };
    files.set(name, file);
    const bytes = Buffer.alloc(weight);
    const isKept = isAgain ? cache.addAgain(file, bytes, limit, time.now) : cache.add(file, bytes, limit);
    if (!isKept) files.delete(name);
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

test("`FileCache` drops the content that was not requested the longest, and then the file", () => {
  const { files, add, touch, full } = kept();
  for (const name of ["a", "b", "c"]) add(name, 4 * OVERHEAD, LIMIT);
  touch("a");
  add("d", 4 * OVERHEAD, LIMIT);
  assert.deepEqual([full().sort(), files.size], [["a", "c", "d"], 4]);
  for (let at = 0; at < 10; at++) add(`${at}`, 4 * OVERHEAD, LIMIT);
  assert.equal(files.has("b"), false);
  assert.equal(files.size, 2 + 4);
});

test("`FileCache` keeps nothing that is heavier than all may be, and nothing else gives way to it", () => {
  const { cache, files, add } = kept();
  add("a", LIMIT - OVERHEAD, LIMIT);
  add("b", LIMIT - OVERHEAD + 1, LIMIT);
  assert.deepEqual([...files.keys()], ["a"]);
  assert.equal(cache.weight, LIMIT);
});

test("`FileCache` does not drop the content of files in use for one that was read again", () => {
  const { time, add, full } = kept();
  add("a", 14 * OVERHEAD, LIMIT);
  add("b", 14 * OVERHEAD, LIMIT, true);
  assert.deepEqual(full(), ["a"]);
  time.now = 10_000;
  add("b", 14 * OVERHEAD, LIMIT, true);
  assert.deepEqual(full(), ["b"]);
});

test("`FileCache` weighs what it keeps, whatever was done to it", () => {
  const action = fc.record({
    what: fc.constantFrom("touch", "add", "again", "remove", "wait" as const),
    name: fc.constantFrom("a", "b", "c", "d", "e", "f"),
    weight: fc.integer({ min: 0, max: LIMIT }),
  });
  fc.assert(
    fc.property(fc.array(action), (actions) => {
      const { cache, files, time, add, remove, touch } = kept();
      for (const { what, name, weight } of actions) {
        if (what === "add" || what === "again") add(name, weight, LIMIT, what === "again");
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
