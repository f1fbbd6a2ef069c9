import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageChannel, type Transferable } from "node:worker_threads";
import { canTransferSockets } from "#src/workers/socket-transfer.js";
import { socketPair } from "../support/loopback.js";

test("canTransferSockets returns whether a connection can be transferred", async (t) => {
  const { server } = await socketPair(t);
  const { port1, port2 } = new MessageChannel();
  const transfer = () => port1.postMessage(server, [server as unknown as Transferable]);
  if (canTransferSockets()) assert.doesNotThrow(transfer);
  else assert.throws(transfer);
  port1.close();
  port2.close();
});

test("canTransferSockets returns the same each time", () => {
  assert.equal(canTransferSockets(), canTransferSockets());
});
