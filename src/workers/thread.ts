import type { Socket } from "node:net";
import { type MessagePort, parentPort } from "node:worker_threads";
import type { MessageToWorker } from "./messages.js";
import { WorkerSide } from "./worker-side.js";

/** The first file of a thread. */

if (parentPort === null) throw new Error("This file is for threads: it is started by the server.");

// The only message that is ours on this port, which belongs to the application from then on.
parentPort.once("message", (port: MessagePort) => {
  const worker = new WorkerSide({
    send: (message) => port.postMessage(message),
    exit: () => process.exit(),
  });
  port.on("message", ({ connection, ...message }: MessageToWorker & { connection?: Socket }) =>
    worker.receive(message as MessageToWorker, connection),
  );
  // It may have brought a connection. The worker that throws ends, and with it what waits for that connection.
  port.on("messageerror", (error) => {
    throw error;
  });
});
