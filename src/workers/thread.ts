import type { Server, Socket } from "node:net";
import { type MessagePort, parentPort, type Transferable } from "node:worker_threads";
import type { MessageToWorker } from "./messages.js";
import { WorkerSide } from "./worker-side.js";

/** The first file of a thread. */

if (parentPort === null) throw new Error("This file is for threads: it is started by the server.");

// The only message that is ours on this port, which belongs to the application from then on.
parentPort.once("message", (port: MessagePort) => {
  const worker = new WorkerSide({
    send: (message, listener) =>
      listener === undefined
        ? port.postMessage(message)
        : port.postMessage({ ...message, handle: listener }, [listener as unknown as Transferable]),
    exit: () => process.exit(),
  });
  port.on("message", ({ handle, ...message }: MessageToWorker & { handle?: Socket | Server }) =>
    worker.receive(message as MessageToWorker, handle),
  );
  // It may have brought a connection, or a listening server. The worker that throws ends, and with it what waits for that connection.
  port.on("messageerror", (error) => {
    throw error;
  });
});
