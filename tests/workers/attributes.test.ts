import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import {
  checkCloneable,
  classAttributeNames,
  copyForProcess,
  copyForThread,
  restoreSnapshot,
  takeSnapshot,
} from "#src/workers/attributes.js";

class Point {
  x = 1;
}

const make = () => 1;

/** Values that a thread and a process get unchanged. */
const VALUES: readonly (readonly [what: string, value: unknown, thread: boolean, process: boolean])[] = [
  ["undefined", undefined, true, true],
  ["NaN", Number.NaN, true, true],
  ["a list", [1, [2]], true, true],
  ["a map", new Map([[1, { a: new Set([2]) }]]), true, true],
  ["a date", new Date(5), true, true],
  ["a regular expression", /a/g, true, true],
  ["an error", new RangeError("text"), true, true],
  ["bytes", new Uint8Array([1]), true, true],
  ["a buffer of Node's", Buffer.from("a"), false, true],
  ["shared memory", new SharedArrayBuffer(1), true, false],
  ["a function", make, false, false],
  ["a class", Point, false, false],
  ["an instance", new Point(), false, false],
  ["an instance in a list", [new Point()], false, false],
  ["an object without a prototype", Object.create(null), false, false],
  ["a symbol", Symbol("a"), false, false],
  ["plain data of another context", runInNewContext("({ a: [1, { b: 2 }] })"), true, true],
  ["an instance of another context", runInNewContext("new (class Point { x = 1 })()"), false, false],
];

for (const [what, value, thread, process] of VALUES) {
  for (const [where, copy, arrives] of [
    ["thread", copyForThread, thread],
    ["process", copyForProcess, process],
  ] as const) {
    test(`${what} ${arrives ? "arrives" : "does not arrive"} in a ${where} as it is`, () => {
      const { values, others } = takeSnapshot({ value }, ["value"], copy);
      assert.equal(values.has("value"), arrives);
      assert.equal(others.has("value"), !arrives);
      const check = () => checkCloneable({ fine: 1, value }, "args", copy);
      if (arrives) check();
      else assert.throws(check, { code: "PYSERVE_NOT_CLONEABLE", message: /^args\.value can't be copied/ });
    });
  }
}

test("restoreSnapshot assigns values that differ, and leaves the others alone", () => {
  const list = [1];
  const target = { list, same: 1, other: 1 };
  Object.defineProperty(target, "same", { writable: false });
  restoreSnapshot(
    target,
    takeSnapshot(
      { list: [1], same: 1, other: 2, further: 3 },
      ["list", "same", "other", "further"],
      copyForThread,
    ),
    "it",
  );
  assert.deepEqual(target, { list: [1], same: 1, other: 2, further: 3 });
  assert.equal(target.list, list);
});

test("restoreSnapshot takes a function of the same text, and an object in the same place, for what is there by itself", () => {
  const snapshot = takeSnapshot({ make, point: new Point() }, ["make", "point"], copyForThread);
  restoreSnapshot({ make, point: {} }, snapshot, "it");
  assert.throws(() => restoreSnapshot({ make: () => 2, point: {} }, snapshot, "it"), {
    message: /^it\.make /,
  });
  assert.throws(() => restoreSnapshot({ make, point: undefined }, snapshot, "it"), {
    message: /^it\.point /,
  });
});

test("classAttributeNames are the statics of a class and of its bases, without methods", () => {
  class Base {
    static inherited = 1;
    readonly member = 1;
    static method() {}
  }
  class Derived extends Base {
    static own = 2;
  }
  assert.deepEqual(classAttributeNames(Derived), ["own", "inherited"]);
});
