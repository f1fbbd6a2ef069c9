import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { ByteWindow } from "#src/http1/byte-window.js";

test("`ByteWindow` returns the bytes in the order in which they arrived", () => {
  const command = fc.oneof(
    fc.uint8Array({ maxLength: 30 }).map((bytes) => ({ append: Buffer.from(bytes) })),
    fc.nat(40).map((count) => ({ take: count })),
  );
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
      const window = new ByteWindow();
      let model = Buffer.alloc(0);
      const taken: [piece: Buffer, copy: Buffer][] = [];
      for (const step of commands) {
        if ("append" in step) {
          window.append(step.append);
          model = Buffer.concat([model, step.append]);
        } else {
          const piece = window.take(step.take);
          assert.deepEqual(piece, model.subarray(0, step.take));
          taken.push([piece, Buffer.from(piece)]);
          model = model.subarray(step.take);
        }
        assert.equal(window.length, model.length);
        assert.deepEqual(window.bytes.subarray(window.start, window.end), model);
      }
      for (const [piece, copy] of taken) assert.deepEqual(piece, copy, "what was taken is never written to");
    }),
  );
});

test("`ByteWindow` never writes to memory passed to it", () => {
  const memory = Buffer.from("abcdef");
  const window = new ByteWindow();
  window.append(memory.subarray(0, 2));
  window.take(1);
  window.append(Buffer.from("XY"));
  assert.equal(memory.toString(), "abcdef");
  assert.equal(window.take(9).toString(), "bXY");
});

test("`ByteWindow` grows by doubling", () => {
  const window = new ByteWindow();
  const memories = new Set<Buffer>();
  for (let count = 0; count < 64 * 1024; count++) {
    window.append(Buffer.of(count));
    memories.add(window.bytes);
  }
  assert.ok(memories.size <= 18, `${memories.size} memories for 64 KiB`);
  assert.ok(window.bytes.length <= 256 * 1024);
});

test("`ByteWindow` does not keep consumed bytes when it grows", () => {
  const window = new ByteWindow();
  window.append(Buffer.alloc(1000));
  for (let round = 0; round < 1000; round++) {
    window.take(999);
    window.append(Buffer.alloc(999));
  }
  assert.equal(window.length, 1000);
  assert.ok(window.bytes.length <= 4000);
});
