import type { Duplex } from "node:stream";
import { timerDelay } from "./timer-delay.js";

/**
 * Watches that a peer takes what is sent to it.
 *
 * @param socket - the connection
 * @param seconds - how long nothing at all may leave; `null` is for ever
 * @param stalled - called once, when that time has passed
 * @returns what ends the watch
 */
export function watchWriteProgress(socket: Duplex, seconds: number | null, stalled: () => void): () => void {
  if (seconds === null) return () => {};
  let before = unsent(socket);
  const timer = setInterval(() => {
    const now = unsent(socket);
    if (now === before) {
      clearInterval(timer);
      stalled();
    }
    before = now;
  }, timerDelay(seconds));
  return () => clearInterval(timer);
}

/** What Node's sockets have besides what they tell. */
interface SocketInternals {
  _handle?: { writeQueueSize?: number } | null;
  /** Of a TLS socket, the connection that it was made of. */
  _parent?: SocketInternals | null;
}

/**
 * The bytes that Node and libuv still hold. libuv's number falls with every part of a write that the system takes; where
 * it can't be had, only whole writes count as progress.
 */
function unsent(socket: Duplex): number {
  return socket.writableLength + queued(socket as SocketInternals);
}

// That of a TLS socket is of its records, of which OpenSSL gives up none before all are written.
function queued({ _handle: handle, _parent: parent }: SocketInternals): number {
  return (handle?.writeQueueSize ?? 0) + (parent ? queued(parent) : 0);
}
