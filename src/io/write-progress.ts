import type { Duplex } from "node:stream";
import type { Connection } from "./connection.js";
import type { SocketInternals } from "./socket-internals.js";
import { timerDelay } from "./timer-delay.js";

/**
 * Watches that a peer takes what is sent to it, and not too slowly where it is held to a rate.
 *
 * @param connection - of the peer
 * @param seconds - how long nothing at all may leave; `null` is for ever
 * @param stalled - called once, with what is wrong
 * @returns what ends the watch
 */
export function watchWriteProgress(
  { socket, writeClock: clock }: Pick<Connection, "socket" | "writeClock">,
  seconds: number | null,
  stalled: (verdict: string) => void,
): () => void {
  const endStallWatch = watchStall(socket, seconds, () =>
    tell(`The peer took nothing for ${seconds} seconds.`),
  );
  const endRateWatch = clock?.watch(() => tell(clock.verdict));
  const end = () => {
    endStallWatch();
    endRateWatch?.();
  };
  const tell = (verdict: string) => {
    end();
    stalled(verdict);
  };
  return end;
}

function watchStall(socket: Duplex, seconds: number | null, stalled: () => void): () => void {
  if (seconds === null) return () => {};
  let before = unsent(socket);
  const timer = setInterval(() => {
    const now = unsent(socket);
    if (now === before) stalled();
    before = now;
  }, timerDelay(seconds));
  return () => clearInterval(timer);
}

/**
 * The bytes that Node and libuv still hold. libuv's number falls with every part of a write that the system takes; where
 * it can't be had, only whole writes count as progress.
 */
export function unsent(socket: Duplex): number {
  return socket.writableLength + queued(socket as SocketInternals);
}

// That of a TLS socket is of its records, of which OpenSSL gives up none before all are written.
function queued({ _handle: handle, _parent: parent }: SocketInternals): number {
  return (handle?.writeQueueSize ?? 0) + (parent ? queued(parent) : 0);
}
