import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import test, { type TestContext } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { connect, createSecureContext, TLSSocket } from "node:tls";
import { Connection } from "#src/io/connection.js";
import { watchWriteProgress } from "#src/io/write-progress.js";
import { socketPair } from "../support/loopback.js";
import { CERTIFICATE } from "../support/tls.js";

/** More than all buffers between the two ends hold. */
const LARGE = Buffer.alloc(64 * 1024 * 1024);

/** A server's TLS connection, and the reader at its other end. Nothing has been read. */
async function securePair(t: TestContext): Promise<{ server: TLSSocket; raw: Socket; client: TLSSocket }> {
  const { server: raw, client: transport } = await socketPair(t);
  const server = new TLSSocket(raw, { isServer: true, secureContext: createSecureContext(CERTIFICATE) });
  const client = connect({ socket: transport, ca: CERTIFICATE.cert, servername: "localhost" });
  for (const socket of [server, client]) {
    socket.on("error", () => {});
    t.after(() => socket.destroy());
  }
  await Promise.all([once(server, "secure"), once(client, "secureConnect")]);
  return { server, raw, client };
}

/** Returns the bytes in this process that the system has not accepted yet. */
function waiting(connection: Socket): number {
  return (connection as unknown as { _handle: { writeQueueSize: number } })._handle.writeQueueSize;
}

/** Lets the client read, until the server's system has accepted more. */
async function readSome(client: TLSSocket, connection: Socket): Promise<void> {
  const before = waiting(connection);
  client.resume();
  while (waiting(connection) === before) await turn();
  client.pause();
}

test("`watchWriteProgress` distinguishes a slow reader of one large write over TLS from a stalled one", async (t) => {
  const { server, raw, client } = await securePair(t);
  t.mock.timers.enable({ apis: ["setInterval"] });
  const stalled = t.mock.fn();
  client.on("data", () => {});
  client.pause();
  server.write(LARGE);
  watchWriteProgress(Connection.of(server), 5, stalled);
  for (let count = 0; count < 5; count++) {
    await readSome(client, raw);
    t.mock.timers.tick(5000);
    assert.equal(stalled.mock.callCount(), 0, `after ${count + 1} parts`);
  }
  assert.equal(server.writableLength, LARGE.length, "it is still one and the same write");
  for (let count = 0; count < 1000 && stalled.mock.callCount() === 0; count++) {
    await turn();
    t.mock.timers.tick(5000);
  }
  assert.equal(stalled.mock.callCount(), 1);
});
