// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { readCpuSeconds } from "../lib/cpu-time.mjs";

const fields = "S 1 4242 4242 0 -1 4194304 1000 0 0 0 150 25 7 7 20 0 11 0 5000 600000000 12000";

for (const name of ["node", "node (a) b", "0 1 2)"]) {
  test(`\`readCpuSeconds\` adds user and system time of a process named ${JSON.stringify(name)}`, () => {
    assert.equal(readCpuSeconds(`4242 (${name}) ${fields}\n`), 1.75);
  });
}

test("`readCpuSeconds` refuses an incomplete line", () => {
  assert.throws(() => readCpuSeconds("4242 (node) S 1 4242"), RangeError);
});
