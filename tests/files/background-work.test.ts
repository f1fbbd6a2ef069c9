import assert from "node:assert/strict";
import test from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { BackgroundWork } from "#src/files/background-work.js";
import { nextShare } from "#src/files/loop-share.js";

function* count(to: number): Generator<undefined, number> {
  for (let at = 0; at < to; at++) yield;
  return to;
}

async function ended(work: BackgroundWork<unknown>): Promise<number> {
  for (let signs = 0; ; signs++) {
    if (work.isEnded) return signs;
    await work.sign();
  }
}

const gone = new Error("the client is gone");

test("`BackgroundWork` does nothing before it is started, and then goes on by itself", async () => {
  let [at, ends] = [0, 0];
  const work = new BackgroundWork(
    (function* (): Generator<undefined, string> {
      for (; at < 2_000_000; at++) yield;
      return "done";
    })(),
    { onEnd: () => ends++ },
  );
  assert.equal(at, 0);
  work.start();
  work.start();
  assert.equal(work.isEnded, false);
  for (let turns = 0; turns < 100_000 && ends === 0; turns++) await turn();
  assert.deepEqual([at, ends, work.result], [2_000_000, 1, "done"]);
});

test("`BackgroundWork` ends at once what takes no time", async () => {
  await nextShare();
  const work = new BackgroundWork(count(10));
  work.start();
  assert.equal(work.result, 10);
});

test("`BackgroundWork.sign` resolves now and then, and at the end", async () => {
  const work = new BackgroundWork(count(1_000_000));
  work.start();
  const signs = await ended(work);
  assert.ok(signs > 1, `${signs}`);
  await work.sign();
  assert.equal(work.result, 1_000_000);
});

test("`BackgroundWork` has what went wrong as its result, and tells of its end", async () => {
  let ends = 0;
  const work = new BackgroundWork(
    // biome-ignore lint/correctness/useYield: it fails before
    (function* (): Generator<undefined, void> {
      throw gone;
    })(),
    { onEnd: () => ends++ },
  );
  work.start();
  await ended(work);
  assert.throws(() => work.result, gone);
  work.stop();
  assert.equal(ends, 1);
});

test("`BackgroundWork` ends with the reason of its signal", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const work = new BackgroundWork(count(Number.POSITIVE_INFINITY), { signal });
  work.start();
  controller.abort(gone);
  await ended(work);
  assert.throws(() => work.result, gone);
});

test("`BackgroundWork.stop` ends it, and who waits for a sign gets it", async () => {
  let ends = 0;
  const work = new BackgroundWork(count(Number.POSITIVE_INFINITY), {
    onEnd: () => ends++,
  });
  work.start();
  const sign = work.sign();
  work.stop();
  work.stop();
  await sign;
  assert.deepEqual([work.isEnded, ends], [true, 1]);
  assert.throws(() => work.result, /stopped/);
});
