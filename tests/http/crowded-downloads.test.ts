/** Many clients that read nothing of a large file. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ByteWriter, ServedFile } from "pyserve";
import { copyContent } from "#src/http/content-sending.js";
import { turns } from "../support/servers.js";

const FEW = 128;
const MANY = 160;
const KIB = 1024;

/** A copy of an endless file to a client that reads nothing until it leaves. */
class StuckCopy {
  held = 0;
  leave = (_reason: Error): void => {};
  readonly done: Promise<void>;

  constructor() {
    const source: ServedFile = {
      read: async (length) => {
        const bytes = Buffer.alloc(Math.min(length, 128 * KIB));
        this.held += bytes.length;
        return bytes;
      },
      close() {},
    };
    const write = () =>
      new Promise<number>((_, reject) => {
        this.leave = reject;
      });
    this.done = Promise.resolve(copyContent(source, { write } as unknown as ByteWriter));
  }
}

test("Beyond 128 stalled downloads, each holds one piece, until others have ended", async () => {
  const copies = Array.from({ length: MANY }, () => new StuckCopy());
  await turns();
  assert.deepEqual(new Set(copies.slice(FEW + 1).map(({ held }) => held)), new Set([128 * KIB]));
  assert.ok(copies.every(({ held }) => held <= 256 * KIB));

  const ended = Promise.allSettled(copies.map(({ done }) => done));
  for (const { leave } of copies) leave(new Error("gone"));
  await ended;

  const alone = new StuckCopy();
  await turns();
  assert.equal(alone.held, 256 * KIB);
  alone.leave(new Error("gone"));
  await assert.rejects(alone.done, /gone/);
});

test("a buffer is not filled while its bytes are sent, even while the number of downloads changes", async () => {
  const PIECES = 200;
  let read = 0;
  let sent = 0;
  let crowd: StuckCopy[] = [];
  const source: ServedFile = {
    read: async (_length, spare = Buffer.alloc(KIB)) => {
      if (read === PIECES) return Buffer.alloc(0);
      return spare.fill(read++);
    },
    close() {},
  };
  const write = async (bytes: Buffer) => {
    // The number of copies changes before every third piece.
    if (sent % 6 === 0) crowd = Array.from({ length: MANY }, () => new StuckCopy());
    await turns(3);
    if (sent % 6 === 3) {
      const ended = Promise.allSettled(crowd.map(({ done }) => done));
      for (const { leave } of crowd) leave(new Error("gone"));
      await ended;
    }
    assert.deepEqual(new Set(bytes), new Set([sent++ % 256]));
    return bytes.length;
  };
  await copyContent(source, { write } as unknown as ByteWriter);
  assert.equal(sent, PIECES);
  for (const { leave, done } of crowd) {
    leave(new Error("gone"));
    await done.catch(() => {});
  }
});
