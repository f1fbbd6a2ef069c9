import { Socket } from "node:net";
import { MessageChannel, type Transferable } from "node:worker_threads";

let answer: boolean | undefined;

/** Whether this Node can move a connection to another thread: from 24.20 and 26.6 on, where the system lets it. */
export function canTransferSockets(): boolean {
  answer ??= ask();
  return answer;
}

// With a socket that has no connection. A Node that moves connections says that this one can't be, an older one that
// sockets can't.
function ask(): boolean {
  const { port1, port2 } = new MessageChannel();
  const socket = new Socket();
  try {
    port1.postMessage(socket, [socket as unknown as Transferable]);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ERR_WORKER_HANDLE_NOT_TRANSFERABLE";
  } finally {
    socket.destroy();
    port1.close();
    port2.close();
  }
}
