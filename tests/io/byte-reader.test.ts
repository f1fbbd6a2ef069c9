import assert from "node:assert/strict";
import { createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import test from "node:test";
import fc from "fast-check";
import { ByteReader, type ByteSource } from "#src/io/byte-reader.js";
import { IncompleteReadError, TimeoutError } from "#src/io/connection-errors.js";
import { MemorySource } from "#src/io/memory-source-and-sink.js";

/** A source of pieces. An `Error` among them is thrown. Every second piece is a promise. */
function sourceOf(...pieces: (string | Buffer | Error)[]): ByteSource {
  let pulls = 0;
  const next = () => {
    const piece = pieces.shift();
    if (piece instanceof Error) throw piece;
    return piece === undefined ? null : Buffer.from(piece as string);
  };
  return { pull: () => (pulls++ % 2 === 0 ? next() : Promise.resolve().then(next)) };
}

/** A source that returns pieces only on request. */
class ManualSource implements ByteSource {
  #give: ((bytes: Buffer | null) => void) | undefined;

  pull(): Promise<Buffer | null> {
    return new Promise((resolve) => {
      this.#give = resolve;
    });
  }

  give(text: string | null): void {
    this.#give?.(text === null ? null : Buffer.from(text));
  }
}

const read = async (bytes: Promise<Buffer>) => (await bytes).toString("latin1");

test("`read` returns as much as requested, however the input was cut", async () => {
  const reader = new ByteReader(sourceOf("ab", "c", "defg", "h"));
  assert.equal(await read(reader.read(0)), "");
  assert.equal(await read(reader.read(1)), "a");
  assert.equal(await read(reader.read(4)), "bcde");
  assert.equal(await read(reader.read()), "fgh");
  assert.equal(await read(reader.read()), "");
  assert.equal(await read(reader.read(5)), "");
});

test("`read` returns fewer bytes only at the end of the input", async () => {
  const reader = new ByteReader(sourceOf("ab", "c"));
  assert.equal(await read(reader.read(10)), "abc");
});

test("`read1` returns what has arrived, and waits only while there is nothing", async () => {
  const source = new ManualSource();
  const reader = new ByteReader(source);
  const first = reader.read1();
  source.give("abcdef");
  assert.equal(await read(first), "abcdef");
  const second = reader.read1(2);
  source.give("ghi");
  assert.equal(await read(second), "gh");
  assert.equal(await read(reader.read1(0)), "");
  assert.equal(await read(reader.read1(99)), "i");
});

test("`read` of an unbuffered reader returns the bytes of one arrival", async () => {
  const reader = new ByteReader(sourceOf("ab", "cde", "f"), 0);
  assert.equal(await read(reader.read(10)), "ab");
  assert.equal(await read(reader.read(2)), "cd");
  assert.equal(await read(reader.read(10)), "e");
  assert.equal(await read(reader.read()), "f");
});

test("`readexactly` and `readline` of an unbuffered reader return complete results", async () => {
  const reader = new ByteReader(sourceOf("ab", "c", "d\ne", "f"), 0);
  assert.equal(await read(reader.readexactly(3)), "abc");
  assert.equal(await read(reader.readline()), "d\n");
  assert.equal(await read(reader.readexactly(2)), "ef");
});

test("`readexactly` fails with the bytes so far if the input ends too early", async () => {
  const reader = new ByteReader(sourceOf("ab", "c"));
  assert.equal(await read(reader.readexactly(0)), "");
  await assert.rejects(reader.readexactly(4), (error: unknown) => {
    assert.ok(error instanceof IncompleteReadError);
    assert.equal(error.partial.toString(), "abc");
    assert.equal(error.expected, 4);
    assert.match(error.message, /3 of 4/);
    return true;
  });
});

const lines: [name: string, pieces: string[], limit: number, expected: string[]][] = [
  ["lines with their line feeds", ["a\nb\n"], -1, ["a\n", "b\n", ""]],
  ["a line in pieces", ["a", "b", "c\nd", "\n"], -1, ["abc\n", "d\n", ""]],
  ["empty lines", ["\n\n", "\n"], -1, ["\n", "\n", "\n", ""]],
  ["a last line without a line feed", ["a\nb"], -1, ["a\n", "b", ""]],
  ["carriage returns as they are", ["a\r\nb\rc\n"], -1, ["a\r\n", "b\rc\n", ""]],
  ["a line of exactly the limit", ["ab\n", "cd\n"], 3, ["ab\n", "cd\n", ""]],
  ["a longer line in pieces", ["abcd", "efg\nh"], 3, ["abc", "def", "g\n", "h", ""]],
  ["a line feed one past the limit by itself", ["abc\nd"], 3, ["abc", "\n", "d", ""]],
  ["nothing for a limit of 0", ["a\n"], 0, [""]],
  ["NULs and octets", ["\0\xff\n"], -1, ["\0\xff\n", ""]],
];
for (const [name, pieces, limit, expected] of lines) {
  test(`\`readline\` gives ${name}`, async () => {
    const reader = new ByteReader(sourceOf(...pieces.map((piece) => Buffer.from(piece, "latin1"))));
    for (const line of expected) assert.equal(await read(reader.readline(limit)), line);
  });
}

test("`readline` with a limit does not read further than that", async () => {
  const source = new ManualSource();
  const reader = new ByteReader(source);
  const line = reader.readline(4);
  source.give("abcd");
  assert.equal(await read(line), "abcd");
});

test("`readinto` fills a part of memory", async () => {
  const reader = new ByteReader(sourceOf("ab", "cdef"));
  const memory = new Uint8Array(8).fill(0x2e);
  assert.equal(await reader.readinto(memory.subarray(1, 4)), 3);
  assert.equal(await reader.readinto(memory.subarray(5)), 3);
  assert.equal(await reader.readinto(memory), 0);
  assert.equal(Buffer.from(memory).toString(), ".abc.def");
});

test("`lines` iterates over the lines, and the iterator over the pieces", async () => {
  const all: string[] = [];
  for await (const line of new ByteReader(sourceOf("a\nb", "c\n\nd")).lines()) all.push(line.toString());
  assert.deepEqual(all, ["a\n", "bc\n", "\n", "d"]);

  const limited: string[] = [];
  for await (const line of new ByteReader(sourceOf("abc\n")).lines(2)) limited.push(line.toString());
  assert.deepEqual(limited, ["ab", "c\n"]);

  const pieces: string[] = [];
  for await (const piece of new ByteReader(sourceOf("a\nb", "c"))) pieces.push(piece.toString());
  assert.deepEqual(pieces, ["a\nb", "c"]);
});

test("leaving an iteration early loses nothing", async () => {
  const reader = new ByteReader(sourceOf("a\nb\nc"));
  for await (const line of reader.lines()) {
    assert.equal(line.toString(), "a\n");
    break;
  }
  assert.equal(await read(reader.read()), "b\nc");
});

test("a second read during the first is refused, and does not disturb it", async () => {
  const source = new ManualSource();
  const reader = new ByteReader(source);
  const first = reader.read(2);
  for (const second of [reader.read(1), reader.read1(), reader.readline(), reader.readexactly(1)]) {
    await assert.rejects(second, /in use: await/);
  }
  source.give("ab");
  assert.equal(await read(first), "ab");
  const third = reader.read();
  source.give(null);
  assert.equal(await read(third), "");
});

test("a failed read loses nothing, and the next one continues", async () => {
  const reader = new ByteReader(sourceOf("ab", new TimeoutError("late"), "cd"));
  await assert.rejects(reader.read(3), TimeoutError);
  assert.equal(await read(reader.read(3)), "abc");
  assert.equal(await read(reader.readline()), "d");
});

test("`close` makes every read an error", async () => {
  const reader = new ByteReader(sourceOf("ab"));
  assert.equal(await read(reader.read(1)), "a");
  assert.equal(reader.closed, false);
  reader.close();
  reader.close();
  assert.equal(reader.closed, true);
  await assert.rejects(reader.read(1), /closed/);
  await assert.rejects(reader.readline(), /closed/);
});

test("a size that is not a whole number is refused with its name and value", async () => {
  const reader = new ByteReader(new MemorySource());
  for (const size of [1.5, Number.NaN, Number.POSITIVE_INFINITY, "5" as unknown as number]) {
    await assert.rejects(reader.read(size), { name: "RangeError", message: /"size".*(1\.5|NaN|Infinity|5)/ });
    await assert.rejects(reader.readline(size), { name: "RangeError", message: /"limit"/ });
    await assert.rejects(reader.readexactly(size), { name: "RangeError", message: /"size"/ });
  }
  await assert.rejects(reader.readexactly(-1), { name: "RangeError", message: /-1/ });
});

test("`pipeline` accepts a reader as its source", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "pyserve-"));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, "copy");
  await pipeline(new ByteReader(sourceOf("ab", "c\n", "d")), createWriteStream(file));
  assert.equal(await readFile(file, "latin1"), "abc\nd");
});

const call = fc.oneof(
  fc.record({ kind: fc.constant("read" as const), size: fc.integer({ min: -1, max: 20 }) }),
  fc.record({ kind: fc.constant("read1" as const), size: fc.integer({ min: -1, max: 20 }) }),
  fc.record({ kind: fc.constant("readline" as const), size: fc.integer({ min: -1, max: 20 }) }),
);
const text = fc
  .array(fc.constantFrom("a", "b", "\n", "\r\n", "long line"), { maxLength: 30 })
  .map((parts) => parts.join(""));

/** Returns the expected result of a call if all input has arrived. */
function model(kind: "read" | "read1" | "readline", size: number, rest: string): string {
  const most = size < 0 ? rest.length : Math.min(size, rest.length);
  const feed = rest.indexOf("\n");
  return rest.slice(0, kind === "readline" && feed >= 0 ? Math.min(most, feed + 1) : most);
}

test("the same calls return the same bytes, however the input was cut", async () => {
  const cuts = fc.array(fc.nat(200), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(text, cuts, fc.array(call, { maxLength: 20 }), async (input, places, calls) => {
      const ends = [...places.filter((at) => at < input.length).sort((a, b) => a - b), input.length];
      const pieces = ends
        .map((end, at) => input.slice(ends[at - 1] ?? 0, end))
        .filter((piece) => piece !== "");
      const reader = new ByteReader(sourceOf(...pieces));
      let rest = input;
      for (const { kind, size } of calls) {
        const given = await read(reader[kind](size));
        if (kind === "read1") {
          assert.ok(model(kind, size, rest).startsWith(given));
          assert.equal(given === "", size === 0 || rest === "");
        } else assert.equal(given, model(kind, size, rest));
        rest = rest.slice(given.length);
      }
      assert.equal(await read(reader.read()), rest);
    }),
  );
});
