import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { GeneratedFile, type Pieces } from "#src/files/generated-file.js";
import { isShareSpent, nextShare } from "#src/files/loop-share.js";

function* generate(pieces: readonly (string | undefined)[], log: unknown[] = []): Pieces {
  for (const piece of pieces) {
    log.push(piece);
    yield piece;
  }
}

async function readAll(file: GeneratedFile, length: number): Promise<Buffer[]> {
  const buffers: Buffer[] = [];
  for (;;) {
    const bytes = await file.read(length);
    if (bytes.length === 0) return buffers;
    buffers.push(Buffer.from(bytes));
  }
}

const nothing = () => {};

test("`GeneratedFile.read` gives all that is generated, in pieces that are no longer than what is asked for", async () => {
  const anyPiece = fc.option(fc.string({ unit: "grapheme", maxLength: 20 }), { nil: undefined });
  await fc.assert(
    fc.asyncProperty(fc.array(anyPiece), fc.integer({ min: 1, max: 30 }), async (pieces, length) => {
      const buffers = await readAll(new GeneratedFile(generate(pieces), nothing), length);
      assert.equal(Buffer.concat(buffers).toString(), pieces.join(""));
      for (const buffer of buffers) assert.ok(buffer.length <= length);
    }),
  );
});

test("`GeneratedFile` generates nothing before it is read, and no more than was asked for", async () => {
  const log: unknown[] = [];
  const file = new GeneratedFile(generate(["abc", undefined, "def", "ghi"], log), nothing);
  assert.deepEqual(log, []);
  assert.equal((await file.read(4)).toString(), "abcd");
  assert.deepEqual(log, ["abc", undefined, "def"]);
  assert.equal((await file.read(2)).toString(), "ef");
  assert.equal(log.length, 3);
});

test("`GeneratedFile.read` gives what takes no time at once, and waits for another turn when this one is spent", async () => {
  await nextShare();
  const file = new GeneratedFile(generate(["abc", "def"]), nothing);
  assert.equal(file.read(2).toString(), "ab");
  while (!isShareSpent());
  const promised = file.read(4);
  assert.ok(promised instanceof Promise);
  assert.equal((await promised).toString(), "cdef");
});

test("`GeneratedFile.read` has a character of which there is room for a part in several pieces", async () => {
  const file = new GeneratedFile(generate(["a😀b"]), nothing);
  const buffers: Buffer[] = [];
  for (let count = 0; count < 4; count++) buffers.push(await file.read(2));
  assert.deepEqual(
    buffers,
    ["a", "\xf0\x9f", "\x98\x80", "b"].map((bytes) => Buffer.from(bytes, "latin1")),
  );
});

test("`GeneratedFile.read` fills a buffer that is at hand, if it is long enough", async () => {
  const file = new GeneratedFile(generate(["abcdef"]), nothing);
  const spare = Buffer.alloc(3);
  const first = await file.read(2, spare);
  assert.equal(first.toString(), "ab");
  assert.equal(first.buffer, spare.buffer);
  const second = await file.read(4, spare);
  assert.equal(second.toString(), "cdef");
  assert.notEqual(second.buffer, spare.buffer);
});

test("`GeneratedFile.read` waits for what is there after a turn, and not for all", async () => {
  const busy = function* (): Pieces {
    for (;;) {
      yield "text";
      while (!isShareSpent());
    }
  };
  const file = new GeneratedFile(busy(), nothing);
  while (!isShareSpent());
  assert.match((await file.read(1000)).toString(), /^(?:text){1,2}$/);
});

test("`GeneratedFile` asks for nothing more before a promise of its generator is kept", async () => {
  let keep = () => {};
  const log: string[] = [];
  const file = new GeneratedFile(
    (function* (): Pieces {
      yield "a";
      yield new Promise<void>((resolve) => {
        keep = resolve;
      });
      log.push("kept");
      yield "b";
    })(),
    nothing,
  );
  assert.equal((await file.read(10)).toString(), "a");
  const reading = file.read(10);
  await nextShare();
  await nextShare();
  assert.deepEqual(log, []);
  keep();
  assert.equal((await reading).toString(), "b");
});

test("`GeneratedFile.read` fails as its generator does", async () => {
  const failure = new Error("the disk is on fire");
  const file = new GeneratedFile(
    (function* (): Pieces {
      yield "a";
      throw failure;
    })(),
    nothing,
  );
  await assert.rejects(async () => await file.read(10), failure);
});

test("`GeneratedFile.close` releases once, and nothing is generated any more", async () => {
  const log: unknown[] = [];
  let closed = 0;
  const file = new GeneratedFile(generate(["abc", "def"], log), () => closed++);
  assert.equal((await file.read(1)).toString(), "a");
  file.close();
  file.close();
  assert.equal(closed, 1);
  assert.equal((await file.read(10)).length, 0);
  assert.deepEqual(log, ["abc"]);
});

test("`GeneratedFile.close` ends a read that waits for its turn", async () => {
  const log: unknown[] = [];
  const file = new GeneratedFile(generate(["abc"], log), nothing);
  while (!isShareSpent());
  const reading = file.read(10);
  file.close();
  assert.equal((await reading).length, 0);
  assert.deepEqual(log, []);
});

test("`GeneratedFile.read` rejects with the signal's reason when nobody waits for it any more", async () => {
  const log: unknown[] = [];
  const controller = new AbortController();
  const gone = new Error("the client is gone");
  const file = new GeneratedFile(generate(["abc"], log), nothing, controller.signal);
  while (!isShareSpent());
  const reading = file.read(10);
  controller.abort(gone);
  await assert.rejects(async () => await reading, gone);
  assert.deepEqual(log, []);
});
