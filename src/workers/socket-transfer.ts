import { createServer, Socket } from "node:net";
import { MessageChannel, type Transferable } from "node:worker_threads";

let sockets: boolean | undefined;
let listeners: boolean | undefined;

/** True if this Node can move a connection to another thread. */
export function canTransferSockets(): boolean {
  sockets ??= canTransfer(new Socket());
  return sockets;
}

/** True if this Node can move a listening server to another thread. */
export function canTransferListeners(): boolean {
  listeners ??= canTransfer(createServer());
  return listeners;
}

// Tries it with an object without a system handle. A Node with this feature reports that this one object can't be
// moved. An older Node reports that such objects can never be moved.
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
