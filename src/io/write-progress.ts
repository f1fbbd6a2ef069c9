import type { Duplex } from "node:stream";
import type { Connection } from "./connection.js";
import type { SocketInternals } from "./socket-internals.js";
import { timerDelay } from "./timer-delay.js";
import { bytesTaken } from "./write-rate.js";

/** How often a peer is looked at within the time that it has, and the seconds between two looks at least. */
const LOOKS = 10;
const SHORTEST_LOOK = 0.1;

/** Bytes per second below which a peer takes next to nothing. */
const NEXT_TO_NOTHING = 240;

/** The connections that compete for places. */
export interface Crowd {
  /** Seconds in which a peer may take next to nothing while places are scarce; `null` is for ever. */
  readonly patience: number | null;
  /** Returns true if places are scarce. */
  isCrowded(): boolean;
  /** Returns true if there is a place for those that idle; where it is left out, there always is. */
  hasRoomForIdle?(): boolean;
}

/**
 * Watches that a peer takes what is sent to it, and not too slowly where it is held to a rate, or where others need its place.
 *
 * @param connection - of the peer
 * @param seconds - how long nothing at all may leave; `null` is for ever
 * @param stalled - called once, with what is wrong
 * @returns what ends the watch
 */
export function watchWriteProgress(
  { socket, writeClock: clock, crowd }: Pick<Connection, "socket" | "writeClock" | "crowd">,
  seconds: number | null,
  stalled: (verdict: string) => void,
): () => void {
  const endStallWatch = watchStall(socket, seconds, () =>
    tell(`The peer took nothing for ${seconds} seconds.`),
  );
  const endRateWatch = clock?.watch(() => tell(clock.verdict));
  const endCrowdWatch = watchCrowd(socket, crowd, () =>
    tell("The peer took next to nothing, and others wait."),
  );
  const end = () => {
    endStallWatch();
    endCrowdWatch();
    endRateWatch?.();
  };
  const tell = (verdict: string) => {
    end();
    stalled(verdict);
  };
  return end;
}

// What the peer takes is seen in steps: Linux tells that there is room when a third of its buffer is free, up to 1.4 MB. So a peer may
// take next to nothing for minutes, as it seems, and has to go only if it does so while places are scarce.
function watchCrowd(socket: Duplex, crowd: Crowd | null, tooSlow: () => void): () => void {
  const patience = crowd?.patience ?? null;
  let taken = bytesTaken(socket);
  if (crowd === null || patience === null || taken === null) return () => {};
  let since = performance.now();
  const look = () => {
    const now = performance.now();
    const next = bytesTaken(socket) ?? taken ?? 0;
    if (next - (taken ?? 0) >= NEXT_TO_NOTHING * patience) [taken, since] = [next, now];
    else if (now - since >= patience * 1000 && crowd.isCrowded()) tooSlow();
  };
  const timer = setInterval(look, timerDelay(Math.max(patience / LOOKS, SHORTEST_LOOK))).unref();
  return () => clearInterval(timer);
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
