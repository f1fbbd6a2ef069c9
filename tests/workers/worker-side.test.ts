import assert from "node:assert/strict";
import { test } from "node:test";
import type { MessageFromWorker } from "#src/workers/messages.js";
import { WorkerSide } from "#src/workers/worker-side.js";
import { socketPair } from "../support/loopback.js";
import { turns, until } from "../support/servers.js";

/** A worker in this thread, and its messages. */
function makeSide() {
  const said: MessageFromWorker[] = [];
  let exits = 0;
  const side = new WorkerSide({ send: (message) => said.push(message), exit: () => exits++ });
  return { side, said, exits: () => exits };
}

test("an idle worker ends at once when told to", () => {
  const { side, exits } = makeSide();
  side.receive({ type: "end" });
  assert.equal(exits(), 1);
});

test("a worker whose connections are not closed ends when they are", async (t) => {
  const { side, exits } = makeSide();
  const { server } = await socketPair(t);
  side.receive({ type: "serve", id: 1, client_address: "" }, server);
  side.receive({ type: "end" });
  await turns();
  assert.equal(exits(), 0);
  server.destroy();
  await until(() => exits() === 1);
});

test("a connection that was reset on its way to a process is done", () => {
  const { side, said } = makeSide();
  side.receive({ type: "serve", id: 5, client_address: "" });
  assert.deepEqual(said, [{ type: "done", id: 5, isClosed: true }]);
});

test("a connection is done when all of it is sent, and closed when it is closed", async (t) => {
  const { side, said } = makeSide();
  const { server, client } = await socketPair(t);
  client.pause();
  server.write(Buffer.alloc(8 * 1024 * 1024));
  side.receive({ type: "serve", id: 1, client_address: "" }, server);
  server.end();
  await turns();
  assert.deepEqual(said, []);
  client.resume();
  await until(() => said.length > 0);
  assert.deepEqual(said, [{ type: "done", id: 1, isClosed: false }]);
  server.destroy();
  await until(() => said.length > 1);
  assert.deepEqual(said[1], { type: "closed", id: 1 });
});

test("abort resets a connection, which is then done, and ignores an unknown one", async (t) => {
  const { side, said } = makeSide();
  const { server } = await socketPair(t);
  side.receive({ type: "serve", id: 1, client_address: "" }, server);
  side.receive({ type: "abort", id: 2 });
  assert.equal(server.destroyed, false);
  side.receive({ type: "abort", id: 1 });
  await until(() => server.destroyed);
  await until(() => said.length > 0);
  assert.deepEqual(said, [{ type: "done", id: 1, isClosed: true }]);
});

test("call resolves or rejects with the answer of the accepting side, whatever the order", async () => {
  const { side, said } = makeSide();
  const calls = [side.call("shutdown"), side.call("server_close")];
  assert.deepEqual(said, [
    { type: "call", id: 1, method: "shutdown" },
    { type: "call", id: 2, method: "server_close" },
  ]);
  side.receive({ type: "called", id: 2, failure: { error: "on purpose" } });
  side.receive({ type: "called", id: 1, failure: null });
  side.receive({ type: "called", id: 9, failure: null });
  const results = await Promise.allSettled(calls);
  assert.deepEqual(
    results.map(({ status }) => status),
    ["fulfilled", "rejected"],
  );
});
