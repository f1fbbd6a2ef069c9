import { createServer, Socket } from "node:net";
import { MessageChannel, type Transferable } from "node:worker_threads";

let sockets: boolean | undefined;
let listeners: boolean | undefined;

/** Returns whether this Node can move a connection to another thread. */
export function canTransferSockets(): boolean {
  sockets ??= canTransfer(new Socket());
  return sockets;
}

/** Returns whether this Node can move a server that listens to another thread. */
export function canTransferListeners(): boolean {
  listeners ??= canTransfer(createServer());
  return listeners;
}

// With one that has no handle of the system's. A Node that moves such things says that this one can't be, an older one that
// none can.
function canTransfer(thing: object): boolean {
  const { port1, port2 } = new MessageChannel();
  try {
    port1.postMessage(thing, [thing as unknown as Transferable]);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ERR_WORKER_HANDLE_NOT_TRANSFERABLE";
  } finally {
    port1.close();
    port2.close();
  }
}
