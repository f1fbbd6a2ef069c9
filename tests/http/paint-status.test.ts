import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import { paintStatus } from "#src/http/access-log.js";

const START = "127.0.0.1 - - [24/Nov/2026 23:39:31] ";

describe("paintStatus", () => {
  const rows = [
    { line: '"GET / HTTP/1.1" 200 -', painted: '"GET / HTTP/1.1" \x1b[32m200\x1b[39m -' },
    { line: '"GET / HTTP/1.1" 304 -', painted: '"GET / HTTP/1.1" \x1b[36m304\x1b[39m -' },
    { line: '"GET / HTTP/1.1" 404 12', painted: '"GET / HTTP/1.1" \x1b[33m404\x1b[39m 12' },
    { line: '"GET / HTTP/1.1" 500 -', painted: '"GET / HTTP/1.1" \x1b[31m500\x1b[39m -' },
    { line: '"GET / HTTP/1.1" 101 -', painted: '"GET / HTTP/1.1" 101 -' },
    {
      line: '"GET / HTTP/1.1" 200 5 "-" "a \\" 500 -"',
      painted: '"GET / HTTP/1.1" \x1b[32m200\x1b[39m 5 "-" "a \\" 500 -"',
    },
    {
      line: '"GET /" 200 - HTTP/1.1" 404 -',
      painted: '"GET /" 200 - HTTP/1.1" \x1b[33m404\x1b[39m -',
    },
    { line: "code 404, message File not found", painted: "code 404, message File not found" },
  ];
  for (const { line, painted } of rows) {
    test(`\`paintStatus\` makes ${JSON.stringify(painted)}`, () => {
      assert.equal(paintStatus(START + line), START + painted);
    });
  }

  test("`paintStatus` leaves JSON alone", () => {
    const line = '{"request":"GET / HTTP/1.1","status":200}';
    assert.equal(paintStatus(line), line);
  });
});

const MODULE = import.meta.resolve("#src/http/access-log.js");

/** Lets a program write a log line to a terminal, which Python creates. */
async function onTerminal(env: Record<string, string>, program: string): Promise<string> {
  const source = `import { writeLogLine } from ${JSON.stringify(MODULE)};\n${program}`;
  const argv = [process.execPath, "--input-type=module", "--eval", source];
  const python = `import pty, sys; pty.spawn(${JSON.stringify(argv)})`;
  const { NO_COLOR: _1, ...others } = process.env;
  const { stdout } = await promisify(execFile)("python3", ["-c", python], {
    env: { ...others, TERM: "xterm", ...env },
  });
  return stdout;
}

describe("writeLogLine on a terminal", () => {
  const line = '"GET / HTTP/1.1" 200 -';
  const write = `writeLogLine(${JSON.stringify(line)});`;
  const inThread = `
    import { Worker } from "node:worker_threads";
    new Worker(${JSON.stringify(`import(${JSON.stringify(MODULE)}).then(({ writeLogLine }) => writeLogLine(${JSON.stringify(line)}))`)}, { eval: true, env: process.env });`;
  const rows = [
    { what: "colours the status", env: {}, program: write, color: true },
    { what: "colours the status from a thread too", env: {}, program: inThread, color: true },
    { what: "respects NO_COLOR", env: { NO_COLOR: "1" }, program: write, color: false },
    { what: "takes an empty NO_COLOR for none", env: { NO_COLOR: "" }, program: write, color: true },
    { what: "leaves a dumb terminal alone", env: { TERM: "dumb" }, program: write, color: false },
  ];
  for (const { what, env, program, color } of rows) {
    test(`\`writeLogLine\` ${what}`, async () => {
      const expected = color ? paintStatus(line) : line;
      assert.equal((await onTerminal(env, program)).trimEnd(), expected);
    });
  }
});
