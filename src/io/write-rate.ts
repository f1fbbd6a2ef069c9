import type { Duplex } from "node:stream";
import { carrierOf, type SocketInternals } from "./socket-internals.js";
import { timerDelay } from "./timer-delay.js";

/** Seconds between two looks, at least: else a peer that is just fast enough would be looked at all the time. */
const SHORTEST_LOOK = 0.25;

/** How slowly a peer may take what is sent to it. */
export interface WriteRate {
  /** Bytes for each second in which some wait for it. */
  readonly bytesPerSecond: number;
  /** Seconds that it may be behind. */
  readonly grace: number;
}

/**
 * Holds the peer of a connection to a rate.
 *
 * Only the time counts in which something waits for it, and what it takes meanwhile: what the system's buffer swallows at
 * once says nothing about it. Each second puts it behind by one, and what it takes brings it back, up to none: a peer that
 * was fast can't be slow for long afterwards.
 */
export class WriteClock {
  readonly #socket: Duplex;
  readonly #rate: WriteRate;
  readonly #watchers = new Set<() => void>();
  #behind = 0;
  #since = 0;
  #taken = 0;
  #timer: NodeJS.Timeout | undefined;
  #turn: NodeJS.Immediate | undefined;

  constructor(socket: Duplex, rate: WriteRate) {
    this.#socket = socket;
    this.#rate = rate;
  }

  /** What the peer was held to, for people. */
  get verdict(): string {
    return `The peer took less than ${this.#rate.bytesPerSecond} bytes per second.`;
  }

  /**
   * Watches while something waits to be taken.
   *
   * @param tooSlow - called once, when the peer is behind by more than the grace
   * @returns what ends the watch
   */
  watch(tooSlow: () => void): () => void {
    if (this.#watchers.size === 0) this.#start();
    // Another function each time, since it is the watch that is remembered.
    const watcher = () => tooSlow();
    this.#watchers.add(watcher);
    return () => {
      if (this.#watchers.delete(watcher) && this.#watchers.size === 0) this.#stop();
    };
  }

  #start(): void {
    const taken = bytesTaken(this.#socket);
    // Where nobody counts, nobody is too slow.
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
    const seconds = left > SHORTEST_LOOK ? left : SHORTEST_LOOK; // also where it is no number
    // A turn later: where something else has held up the event loop, what the peer took meanwhile is seen first.
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
 * The bytes that the system has taken from this process; `null` where nobody knows. Those of a TLS socket leave by the
 * connection below it: its own number is of what OpenSSL was given.
 */
export function bytesTaken(socket: Duplex): number | null {
  const { bytesWritten, writeQueueSize } = carrierOf(socket as SocketInternals)._handle ?? {};
  return bytesWritten === undefined || writeQueueSize === undefined ? null : bytesWritten - writeQueueSize;
}
