import assert from "node:assert/strict";
import { test } from "node:test";
import { workersExecArgv } from "#src/workers/worker-file.js";

const CASES: readonly (readonly [own: string[], workers: string[] | undefined])[] = [
  [[], undefined],
  [["--import", "x"], undefined],
  [["-e", "text"], undefined],
  [["--input-type=module", "-e", "text"], []],
  [
    ["--import", "x", "--input-type=module", "--eval", "text", "--no-warnings"],
    ["--import", "x", "--no-warnings"],
  ],
  [["--input-type=module", "--eval=text", "--conditions=a"], ["--conditions=a"]],
  [["--input-type=commonjs", "-p", "1"], []],
];

for (const [own, workers] of CASES) {
  test(`a worker of a program with ${JSON.stringify(own)} gets ${JSON.stringify(workers) ?? "the same"}`, () => {
    assert.deepEqual(workersExecArgv(own), workers);
  });
}
