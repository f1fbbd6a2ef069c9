import type { Socket } from "node:net";
import { type MessageFromWorker, type MessageToWorker, type Packet, unpack } from "./messages.js";
import { WorkerSide } from "./worker-side.js";

/** The first file of a child process. */

if (process.send === undefined)
  throw new Error("This file is for child processes. Only the server starts it.");

// The first packet contains the key. The parent sends it before any code of the application runs here.
let key: string | undefined;

const worker = new WorkerSide({
  send: (message) => process.send?.([key, message] as Packet<MessageFromWorker>),
  exit: () => process.exit(),
});
process.on("message", (packet: unknown, connection?: Socket) => {
  key ??= (packet as Packet<MessageToWorker>)[0];
  const message = unpack<MessageToWorker>(packet, key);
  if (message === undefined) return;
  // Node creates the socket again, without its options: a client that has ended its sending side still gets its
  // response.
  if (connection !== undefined) connection.allowHalfOpen = true;
  worker.receive(message, connection);
});
// The parent has ended.
process.on("disconnect", () => process.exit());
// The parent gets these signals too, and lets requests finish.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => {});
