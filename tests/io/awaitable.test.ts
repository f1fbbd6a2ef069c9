import assert from "node:assert/strict";
import test from "node:test";
import { isPromise } from "#src/io/awaitable.js";

/** An object with the given `then`. */
function withThen(value: unknown): object {
  // biome-ignore lint/suspicious/noThenProperty: what has it is what is tested
  return { then: value };
}

test("`isPromise` is true for objects with a `then`, and for nothing else", () => {
  for (const promise of [Promise.resolve(1), withThen(() => {})]) {
    assert.equal(isPromise<unknown>(promise), true);
  }
  for (const value of [undefined, null, 0, "", "then", {}, withThen(1), () => {}, []]) {
    assert.equal(isPromise<unknown>(value), false);
  }
});
