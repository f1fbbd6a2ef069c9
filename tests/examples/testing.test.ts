import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import { ROOT, runnable } from "./running-example.js";

/** The command of each test runner for its file in `examples/testing/`, and its output when both tests have passed. */
const RUNNERS: Readonly<
  Record<
    string,
    { readonly args: readonly string[]; readonly env?: NodeJS.ProcessEnv; readonly says: RegExp }
  >
> = {
  "node-test.test.ts": {
    args: ["--test", "--test-reporter=tap", runnable("testing/node-test.test.ts")],
    says: /^# pass 2$/m,
  },
  "vitest.test.ts": {
    args: [join("node_modules", "vitest", "vitest.mjs"), "run", "examples/testing/vitest.test.ts"],
    env: { NO_COLOR: "1" },
    says: /Tests {2}2 passed \(2\)/,
  },
  "jest.test.mjs": {
    args: [join("node_modules", "jest", "bin", "jest.js"), "examples/testing/jest.test.mjs"],
    env: { NODE_OPTIONS: "--experimental-vm-modules" },
    says: /^Tests: +2 passed, 2 total$/m,
  },
};

describe("the test kit works with", () => {
  for (const [file, { args, env, says }] of Object.entries(RUNNERS)) {
    test(file, async () => {
      // Without the variable of this test runner, to which node:test would report.
      const { NODE_TEST_CONTEXT: _, ...own } = process.env;
      const options = { cwd: ROOT, env: { ...own, ...env }, timeout: 240_000 };
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [...args], options);
      assert.match(stdout + stderr, says);
    });
  }

  test("every test runner that has an example", () => {
    assert.deepEqual(readdirSync(join(ROOT, "examples", "testing")).sort(), Object.keys(RUNNERS).sort());
  });
});
