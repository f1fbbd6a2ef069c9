import type { Server, Socket } from "node:net";
import { type MessagePort, parentPort, type Transferable } from "node:worker_threads";
import type { MessageToWorker } from "./messages.js";
import { WorkerSide } from "./worker-side.js";

/** The first file of a thread. */

if (parentPort === null) throw new Error("This file is for threads. Only the server starts it.");

// This is pyserve's only message on this port. From then on, the port belongs to the application.
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
  // The message may contain a connection or a listening server. If the worker throws, it ends, and nothing waits for
  // this connection any more.
  port.on("messageerror", (error) => {
    throw error;
  });
});
