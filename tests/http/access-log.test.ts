import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, type TestContext, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import {
  escapeControls,
  type LineSink,
  LineWriter,
  logDateTime,
  logDateTimeNow,
} from "#src/http/access-log.js";
import { anyText } from "../support/any-text.js";

describe("escapeControls", () => {
  const rows = [
    { from: "GET /a b", to: "GET /a b" },
    { from: "\0\x07\t\n\r\x1b[31m", to: "\\x00\\x07\\x09\\x0a\\x0d\\x1b[31m" },
    { from: "\x1f \x7e\x7f\x80\x9f\xa0", to: "\\x1f ~\\x7f\\x80\\x9f\xa0" },
    { from: "\\x0a", to: "\\\\x0a" },
    { from: "é😀", to: "é😀" },
  ];
  for (const { from, to } of rows) {
    test(`\`escapeControls\` writes ${JSON.stringify(from)} as ${to}`, () =>
      assert.equal(escapeControls(from), to));
  }

  test("`escapeControls` returns one line for any text, which can be decoded again", () => {
    fc.assert(
      fc.property(anyText(), (line) => {
        const escaped = escapeControls(line);
        assert.doesNotMatch(escaped, /[\x00-\x1f\x7f-\x9f]/);
        const back = escaped.replace(/\\(?:x(..)|\\)/g, (_, hex?: string) =>
          hex === undefined ? "\\" : String.fromCharCode(Number.parseInt(hex, 16)),
        );
        assert.equal(back, line);
      }),
    );
  });
});

describe("logDateTime", () => {
  test("`logDateTime` writes local time in English", () => {
    assert.equal(logDateTime(new Date(1994, 10, 6, 8, 49, 37)), "06/Nov/1994 08:49:37");
    assert.equal(logDateTime(new Date(2024, 1, 29, 23, 0, 5)), "29/Feb/2024 23:00:05");
  });

  test("`logDateTimeNow` follows the clock, second by second", (context) => {
    const start = new Date(2030, 0, 31, 23, 59, 58, 900).getTime();
    context.mock.timers.enable({ apis: ["Date"], now: start });
    assert.equal(logDateTimeNow(), "31/Jan/2030 23:59:58");
    context.mock.timers.setTime(start + 99);
    assert.equal(logDateTimeNow(), "31/Jan/2030 23:59:58");
    context.mock.timers.setTime(start + 1100);
    assert.equal(logDateTimeNow(), "01/Feb/2030 00:00:00");
    context.mock.timers.setTime(start);
    assert.equal(logDateTimeNow(), "31/Jan/2030 23:59:58", "a clock that was put back");
  });
});

/** A stream that accepts everything, or waits for `drain`. */
class FakeSink implements LineSink {
  readonly written: string[] = [];
  readonly #listeners: Record<string, (() => void)[]> = {};
  writableLength = 0;
  slow = false;

  write(line: string): boolean {
    this.written.push(line);
    if (this.slow) this.writableLength += line.length;
    return !this.slow;
  }

  on(event: string, listener: () => void): void {
    this.#listeners[event] = [...(this.#listeners[event] ?? []), listener];
  }

  emit(event: string): void {
    for (const listener of this.#listeners[event] ?? []) listener();
  }

  drain(): void {
    this.slow = false;
    this.writableLength = 0;
    this.emit("drain");
  }
}

function writerOn(sink: LineSink): LineWriter {
  return new LineWriter(() => sink);
}

describe("LineWriter", () => {
  test("`LineWriter` writes the lines of one turn at once, in order", async () => {
    const sink = new FakeSink();
    const writer = writerOn(sink);
    writer.write("one");
    writer.write("two");
    assert.deepEqual(sink.written, []);
    await nextTurn();
    writer.write("three");
    await nextTurn();
    assert.deepEqual(sink.written, ["one\ntwo\n", "three\n"]);
  });

  test("`LineWriter` does not collect all lines of a long turn", () => {
    const sink = new FakeSink();
    const writer = writerOn(sink);
    for (let index = 0; index < 100; index++) writer.write("x".repeat(9999));
    assert.equal(sink.written.length, 14);
  });

  test("`LineWriter` lets lines wait for a slow stream, drops those beyond 1 MiB, and reports their number", async () => {
    const sink = new FakeSink();
    const writer = writerOn(sink);
    sink.slow = true;
    writer.write("first");
    await nextTurn();
    for (let index = 0; index < 1100; index++) writer.write(String(index).padStart(1023, "."));
    await nextTurn();
    assert.deepEqual(sink.written, ["first\n"]);

    sink.drain();
    const lines = (sink.written[1] ?? "").split("\n");
    assert.equal(lines.length, 1024 + 2);
    assert.match(lines[0] ?? "", /\.0$/);
    assert.match(lines[1023] ?? "", /\.1023$/);
    assert.equal(lines[1024], "pyserve: 76 log lines dropped: standard error was too slow");

    writer.write("after");
    await nextTurn();
    assert.equal(sink.written[2], "after\n");
  });

  test("`LineWriter` treats a stream that wrote everything as fast, even if `write` returned false", async () => {
    const sink = new FakeSink();
    sink.write = (line) => {
      sink.written.push(line);
      return false;
    };
    const writer = writerOn(sink);
    writer.write("one");
    await nextTurn();
    writer.write("two");
    await nextTurn();
    assert.deepEqual(sink.written, ["one\n", "two\n"]);
  });

  test("`LineWriter` continues after an error from the stream", async () => {
    const sink = new FakeSink();
    const writer = writerOn(sink);
    sink.slow = true;
    writer.write("one");
    await nextTurn();
    writer.write("two");
    sink.slow = false;
    sink.emit("error");
    writer.write("three");
    await nextTurn();
    assert.deepEqual(sink.written, ["one\n", "two\nthree\n"]);
  });

  test("`LineWriter` survives a stream that throws", async () => {
    const sink = new FakeSink();
    const writer = writerOn(sink);
    sink.write = () => {
      throw new Error("EIO");
    };
    writer.write("one");
    await nextTurn();
    sink.write = FakeSink.prototype.write;
    writer.write("two");
    await nextTurn();
    assert.deepEqual(sink.written, ["two\n"]);
  });

  test("`LineWriter` hands over the waiting lines", async () => {
    const writer = writerOn(new FakeSink());
    writer.write("one");
    assert.equal(writer.take(), "one\n");
    assert.equal(writer.take(), "");
    await nextTurn();
  });
});

const MODULE = import.meta.resolve("#src/http/access-log.js");

function start(context: TestContext, program: string, stderr: "pipe" | number): ChildProcess {
  const source = `import { writeLogLine } from ${JSON.stringify(MODULE)};\n${program}`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", source], {
    stdio: ["ignore", "pipe", stderr],
  });
  context.after(() => child.kill("SIGKILL"));
  return child;
}

describe("writeLogLine", () => {
  test("`writeLogLine` writes UTF-8 to standard error", async (context) => {
    const child = start(context, 'writeLogLine("GET /é"); writeLogLine("😀 \\ud800");', "pipe");
    assert.ok(child.stderr);
    assert.equal(await text(child.stderr), "GET /é\n😀 \ufffd\n");
  });

  test("`writeLogLine` writes all lines before the process exits", async (context) => {
    const program = 'for (let i = 0; i < 500; i++) writeLogLine("line " + i); process.exit(3);';
    const child = start(context, program, "pipe");
    assert.ok(child.stderr);
    const [output, [status]] = await Promise.all([text(child.stderr), once(child, "exit")]);
    assert.equal(status, 3);
    assert.equal(output, Array.from({ length: 500 }, (_, index) => `line ${index}\n`).join(""));
  });

  test("`writeLogLine` writes everything to a file", async (context) => {
    const directory = mkdtempSync(join(tmpdir(), "pyserve-log-"));
    context.after(() => rmSync(directory, { recursive: true }));
    const file = openSync(join(directory, "log"), "w");
    const child = start(context, 'for (let i = 0; i < 3000; i++) writeLogLine("x".repeat(999));', file);
    closeSync(file);
    await once(child, "exit");
    assert.equal(readFileSync(join(directory, "log")).length, 3_000_000);
  });

  test("`writeLogLine` does not end a process whose standard error was closed", async (context) => {
    const program = `
      import { setImmediate as turn } from "node:timers/promises";
      for (let turns = 0; turns < 20; turns++) {
        writeLogLine("x".repeat(1000));
        await turn();
      }
      console.log("alive");`;
    const child = start(context, program, "pipe");
    child.stderr?.destroy();
    assert.ok(child.stdout);
    const [output, [status]] = await Promise.all([text(child.stdout), once(child, "exit")]);
    assert.equal(output, "alive\n");
    assert.equal(status, 0);
  });

  test("`writeLogLine` uses bounded memory if nobody reads standard error", async (context) => {
    const program = `
      const line = "x".repeat(1000);
      let turns = 0;
      const work = () => {
        for (let i = 0; i < 1000; i++) writeLogLine(line);
        if (++turns < 200) return setImmediate(work);
        console.log(process.stderr.writableLength < 2 * 1024 * 1024, process.memoryUsage().rss < 250e6);
        process.kill(process.pid, "SIGKILL");
      };
      work();`;
    const child = start(context, program, "pipe");
    assert.ok(child.stdout);
    assert.equal(await text(child.stdout), "true true\n");
  });
});
