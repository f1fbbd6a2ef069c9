import assert from "node:assert/strict";
import test from "node:test";
import { MemorySink, MemorySource } from "#src/io/memory-source-and-sink.js";

test("`MemorySource` returns its bytes once, and then the end", () => {
  const source = new MemorySource(Buffer.from("ab"));
  assert.deepEqual(source.pull(), Buffer.from("ab"));
  assert.equal(source.pull(), null);
  assert.equal(source.pull(), null);
  assert.equal(new MemorySource().pull(), null);
  assert.equal(new MemorySource(Buffer.alloc(0)).pull(), null);
});

test("`MemorySink` keeps copies of what is written, text as UTF-8", async () => {
  const sink = new MemorySink();
  const bytes = new Uint8Array([1, 2, 3]);
  assert.equal(sink.write(bytes.subarray(1)), true);
  bytes.fill(9);
  assert.equal(sink.write("\xe4"), true);
  assert.equal(sink.flush(), true);
  await sink.drained();
  assert.deepEqual(sink.bytes(), Buffer.from([2, 3, 0xc3, 0xa4]));
});
