import type { Duplex } from "node:stream";
import type { Connection } from "./connection.js";
import type { SocketInternals } from "./socket-internals.js";
import { timerDelay } from "./timer-delay.js";
import { bytesTaken } from "./write-rate.js";

/** Number of checks within a peer's time limit, and the minimum seconds between two checks. */
const LOOKS = 10;
const SHORTEST_LOOK = 0.1;

/** Bytes per second below which a peer makes almost no progress. */
const NEXT_TO_NOTHING = 240;

/** Connections of a server, which compete with each other for a limited number. */
export interface Crowd {
  /** Seconds in which a peer may make almost no progress while connections are scarce; `null` means no limit. */
  readonly patience: number | null;
  /** True if connections are scarce. */
  isCrowded(): boolean;
  /** Returns true if idle connections may be kept for their full time. Without this method, they may always be kept. */
  hasRoomForIdle?(): boolean;
}

/**
 * Watches the progress of a peer. The peer may have a minimum rate, and a stricter limit while connections are scarce.
 *
 * @param connection - the connection of the peer
 * @param seconds - maximum seconds without any progress; `null` means no limit
 * @param stalled - called once, with the problem
 * @returns a function that ends the watch
 */
export function watchWriteProgress(
  { socket, writeClock: clock, crowd }: Pick<Connection, "socket" | "writeClock" | "crowd">,
  seconds: number | null,
  stalled: (verdict: string) => void,
): () => void {
  const endStallWatch = watchStall(socket, seconds, () =>
    tell(`The peer read nothing for ${seconds} seconds.`),
  );
  const endRateWatch = clock?.watch(() => tell(clock.verdict));
  const endCrowdWatch = watchCrowd(socket, crowd, () =>
    tell("The peer read almost nothing, and other connections wait."),
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

// Progress of the peer is visible in steps: Linux reports free space when a third of its buffer is free, up to 1.4 MB.
// So a slow peer may seem to read nothing for minutes. Its connection is closed only while connections are scarce.
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
 * Returns the bytes that Node and libuv still hold. libuv's count decreases with each part of a write that the system
 * accepts. Without it, only whole writes count as progress.
 */
export function unsent(socket: Duplex): number {
  return socket.writableLength + queued(socket as SocketInternals);
}

// For a TLS socket, libuv counts records. OpenSSL frees none of them before all are written.
function queued({ _handle: handle, _parent: parent }: SocketInternals): number {
  return (handle?.writeQueueSize ?? 0) + (parent ? queued(parent) : 0);
}
