import type { Socket } from "node:net";
import type { MessageToWorker } from "./messages.js";
import { WorkerSide } from "./worker-side.js";

/** The first file of a child process. */

if (process.send === undefined)
  throw new Error("This file is for child processes: it is started by the server.");

const worker = new WorkerSide({
  send: (message) => process.send?.(message),
  exit: () => process.exit(),
});
process.on("message", (message: MessageToWorker, connection?: Socket) => {
  // Node makes it anew, without what it was accepted with: a client that has ended its sending still gets its reply.
  if (connection !== undefined) connection.allowHalfOpen = true;
  worker.receive(message, connection);
});
// The parent is gone.
process.on("disconnect", () => process.exit());
// They go to the parent too, which lets requests come to an end.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => {});
