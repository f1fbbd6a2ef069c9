import type { Duplex } from "node:stream";
import { carrierOf, type SocketInternals } from "./socket-internals.js";
import { timerDelay } from "./timer-delay.js";

/** Minimum seconds between two checks. Otherwise, a peer that is just fast enough would be checked all the time. */
const SHORTEST_LOOK = 0.25;

/** A minimum rate for a peer. */
export interface MinimumRate {
  /** Minimum bytes per second while data waits for the peer; 0 means no limit. */
  readonly bytesPerSecond: number;
  /** Seconds that the peer may fall behind. */
  readonly grace: number;
}

/**
 * Enforces a minimum rate for the peer of a connection.
 *
 * Only the time in which data waits for the peer counts, and the bytes that the peer reads during this time. Bytes that
 * go into the system's buffer at once don't count. With each second, the peer falls behind by one second; the bytes
 * that it reads reduce this time, down to zero. So a fast peer can't save time for later.
 */
export class WriteClock {
  readonly #socket: Duplex;
  readonly #rate: MinimumRate;
  readonly #watchers = new Set<() => void>();
  #behind = 0;
  #since = 0;
  #taken = 0;
  #timer: NodeJS.Timeout | undefined;
  #turn: NodeJS.Immediate | undefined;

  constructor(socket: Duplex, rate: MinimumRate) {
    this.#socket = socket;
    this.#rate = rate;
  }

  /** Message for a peer that was slower than the minimum rate. */
  get verdict(): string {
    return `The peer read less than ${this.#rate.bytesPerSecond} bytes per second.`;
  }

  /**
   * Watches the peer while data waits for it.
   *
   * @param tooSlow - called once, when the peer is behind by more than the grace
   * @returns a function that ends the watch
   */
  watch(tooSlow: () => void): () => void {
    if (this.#watchers.size === 0) this.#start();
    // A new function for each watch, because it identifies the watch.
    const watcher = () => tooSlow();
    this.#watchers.add(watcher);
    return () => {
      if (this.#watchers.delete(watcher) && this.#watchers.size === 0) this.#stop();
    };
  }

  #start(): void {
    const taken = bytesTaken(this.#socket);
    // If the count is unknown, no peer is too slow.
    if (taken === null) return;
    this.#taken = taken;
    this.#since = performance.now();
    this.#wait();
  }

  #stop(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
    this.#timer = undefined;
    this.#note();
  }

  #wait(): void {
    const left = this.#rate.grace - this.#behind;
    const seconds = left > SHORTEST_LOOK ? left : SHORTEST_LOOK; // `left` may be NaN
    // One turn later: if the event loop was blocked, the progress of the peer must be seen first.
    this.#timer = setTimeout(() => {
      this.#turn = setImmediate(() => this.#look());
    }, timerDelay(seconds)).unref();
  }

  #look(): void {
    this.#note();
    if (this.#behind < this.#rate.grace) return this.#wait();
    this.#timer = undefined;
    const watchers = [...this.#watchers];
    this.#watchers.clear();
    for (const tooSlow of watchers) tooSlow();
  }

  #note(): void {
    const now = performance.now();
    const taken = bytesTaken(this.#socket) ?? this.#taken;
    const bought = (taken - this.#taken) / this.#rate.bytesPerSecond;
    this.#behind = Math.max(this.#behind + (now - this.#since) / 1000 - bought, 0);
    this.#since = now;
    this.#taken = taken;
  }
}

/**
 * Returns the bytes that the system has accepted from this process; `null` if unknown. For TLS, this is the count of
 * the connection below. The TLS socket itself counts the bytes that OpenSSL has received.
 */
export function bytesTaken(socket: Duplex): number | null {
  const { bytesWritten, writeQueueSize } = carrierOf(socket as SocketInternals)._handle ?? {};
  return bytesWritten === undefined || writeQueueSize === undefined ? null : bytesWritten - writeQueueSize;
}
