import assert from "node:assert/strict";
import { test } from "node:test";
import type { Job } from "./job.js";
import { reportOf } from "./report.js";
import { watched } from "./watch.js";

const JOB: Job = {
  module: new URL("../fixtures/fuzzed.js", import.meta.url).href,
  files: [],
  words: [],
  written: [],
  found: [],
  seed: 1,
  seconds: Number.POSITIVE_INFINITY,
  runs: Number.POSITIVE_INFINITY,
  maxLength: 100,
  keep: false,
};

test("a watched search is stopped at an input that does not end, and reports the input", async () => {
  const outcome = await watched({ ...JOB, written: [Buffer.from("!endless")] }, 1);
  assert.deepEqual(outcome, { kind: "hang", executions: 1, bytes: Buffer.from("!endless") });
  assert.match(reportOf("path", outcome), /--replay IWVuZGxlc3M= path$/);
});

test("a watched search shortens the input that breaks, and shows how to run it again", async () => {
  const outcome = await watched({ ...JOB, written: [Buffer.from("some x in a text")] }, 60);
  assert.ok(outcome.kind === "broken");
  assert.equal(Buffer.from(outcome.bytes).toString(), "x");
  assert.match(
    reportOf("path", outcome),
    /^path, after 1 executions: \[Error: an x\]\n.*"x"\n.*--replay eA== path$/s,
  );
});

test("a watched search ends after a number of runs", async () => {
  const outcome = await watched({ ...JOB, runs: 7 }, 60);
  assert.ok(outcome.kind === "done");
  assert.equal(outcome.executions, 7);
});
