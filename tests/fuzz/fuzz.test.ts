import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { canInstrumentOnLoad } from "./instrument.js";

const PROGRAM = fileURLToPath(new URL("./fuzz.js", import.meta.url));

function run(...words: string[]) {
  return spawnSync(process.execPath, [PROGRAM, ...words], { encoding: "utf8" });
}

test("the fuzzing command runs a target the requested number of times, or names the Node that it needs", () => {
  const { stdout, stderr, status } = run("--runs", "500", "--seed", "1", "range");
  if (canInstrumentOnLoad()) {
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^range: 500 executions, \d+\/s, [1-9]\d* of [1-9]\d* branches, \d+ texts/m);
  } else assert.match(stderr, /Fuzzing needs Node 22\.15 or newer/);
});

test("the fuzzing command runs one input again", () => {
  const { stdout, stderr } = run("--replay", Buffer.from("bytes=0-1").toString("base64"), "range");
  assert.equal(stdout, "range: all that must hold does.\n", stderr);
});

test("the fuzzing command lists the targets if none is given", () => {
  assert.match(run("nothing").stderr, /There is no target nothing: parser, content, /);
});
