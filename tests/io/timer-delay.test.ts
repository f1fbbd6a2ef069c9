import assert from "node:assert/strict";
import test from "node:test";
import { timerDelay } from "#src/io/timer-delay.js";

test("`timerDelay` returns milliseconds, never more than a timer accepts", () => {
  assert.equal(timerDelay(0.05), 50);
  assert.equal(timerDelay(2_147_483.647), 2 ** 31 - 1);
  assert.equal(timerDelay(2_147_484), 2 ** 31 - 1);
  assert.equal(timerDelay(Number.POSITIVE_INFINITY), 2 ** 31 - 1);
});
