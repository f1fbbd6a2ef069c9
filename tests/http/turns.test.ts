import assert from "node:assert/strict";
import { test } from "node:test";
import { setTurns, Turns, turnsOf } from "#src/http/turns.js";

test("`Turns` gives the first turn at once, without a promise", () => {
  const turns = new Turns();
  assert.equal(turns.take(), undefined);
  turns.give();
  assert.equal(turns.take(), undefined);
});

test("`Turns` gives the turn to whoever has waited longest, and to one at a time", async () => {
  const turns = new Turns();
  const log: number[] = [];
  turns.take();
  for (const number of [1, 2, 3]) void turns.take()?.then(() => log.push(number));
  await Promise.resolve();
  assert.deepEqual(log, []);
  for (const expected of [[1], [1, 2], [1, 2, 3]]) {
    turns.give();
    await Promise.resolve();
    await Promise.resolve();
    assert.deepEqual(log, expected);
  }
  turns.give();
  assert.equal(turns.take(), undefined);
});

test("who takes a turn between the giving and the waking of another has to wait", async () => {
  const turns = new Turns();
  turns.take();
  const second = turns.take();
  turns.give();
  assert.ok(turns.take() instanceof Promise);
  await second;
});

test("turnsOf tells what was set for a connection", () => {
  const turns = new Turns();
  const connection = {};
  assert.equal(turnsOf(connection), undefined);
  setTurns(connection, turns);
  assert.equal(turnsOf(connection), turns);
});
