import type { Duplex } from "node:stream";
import { Connection } from "./connection.js";
import { timerDelay } from "./timer-delay.js";
import { watchWriteProgress } from "./write-progress.js";

/** A socket, of which one that is Node's can let the process end. */
type AnySocket = Duplex & { unref?(): unknown };

/** How long the peer may take. */
export interface LingerLimits {
  /** Seconds in which not a byte of the rest of the reply leaves; `null` is for ever. */
  readonly stall: number | null;
  /** Seconds from the end of our sending to the end of the peer's; `null` is for ever. */
  readonly close: number | null;
}

/**
 * Ends a connection in stages: sends what is left and the end of it, then takes and drops what still comes, and closes
 * when the peer has closed, or after a time.
 *
 * A socket that is closed while unread bytes wait in it answers them with a reset, and the reset destroys the reply
 * before the peer has read it (RFC 9112 §9.6). An error page for a request whose body nobody read would never arrive.
 *
 * Once everything is sent, the connection does not keep the process alive.
 *
 * @param socket - the connection; nobody else may read it any more
 * @returns a promise that resolves when everything is sent, or never will be
 */
export function linger(socket: AnySocket, limits: LingerLimits): Promise<void> {
  if (socket.destroyed) return Promise.resolve();
  discardInput(socket);
  const endWatch = watchWriteProgress(Connection.of(socket), limits.stall, () => socket.destroy());
  return new Promise((resolve) => {
    socket.once("close", () => {
      endWatch();
      resolve();
    });
    socket.end(() => {
      endWatch();
      awaitPeer(socket, limits.close);
      resolve();
    });
  });
}

function discardInput(socket: AnySocket): void {
  socket.removeAllListeners("data");
  socket.on("data", () => {});
  socket.resume();
}

function awaitPeer(socket: AnySocket, seconds: number | null): void {
  if (socket.readableEnded || socket.destroyed) {
    socket.destroy();
    return;
  }
  socket.once("end", () => socket.destroy());
  if (seconds !== null) {
    const timer = setTimeout(() => socket.destroy(), timerDelay(seconds)).unref();
    socket.once("close", () => clearTimeout(timer));
  }
  socket.unref?.();
}
