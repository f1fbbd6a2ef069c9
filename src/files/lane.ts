import { cacheOf } from "./memo.js";

/**
 * Queues of file system calls that may take long: one queue, called a lane, for each device.
 *
 * Node has four threads for such calls. Without a limit, a few requests for a network drive that does not answer would
 * use all four, and every other file would wait.
 *
 * @module
 */

/**
 * If a call on the calling thread takes this long (in milliseconds), later calls run in the thread pool, until one of
 * them is fast. This does not prove that the device is slow: the system may have given the processor to another
 * program.
 */
const SLOW_STAT = 5;

/** After this time, the device is certainly slow: no other program gets the processor for so long. */
const SURELY_SLOW = 500;

/**
 * If the event loop was idle for this long during a call in the thread pool, the device is slow. A busy event loop
 * proves nothing, because it notices the end of the call late.
 */
const SLOW_CALL = 100;

/** If a call in the thread pool takes less than this, the device is awake. */
const FAST_CALL = 20;

/** Time for which a slow device counts as awake after a fast call. Disks and mounts fall asleep again. */
const AWAKE_FOR = 1000;

/**
 * Calls at a time for a fast device. If there is only one device, it may have many more short calls, because the event
 * loop then handles many at once. If this device suddenly hangs, its calls use all threads, but no other device waits.
 */
const FAST_CALLS = 3;
const ONLY_DEVICE_CALLS = 64;

/** Calls at a time for a slow or unknown device. */
const SLOW_CALLS = 2;

/** Calls at a time for all slow and unknown devices together: one of Node's four threads is always left. */
const ALL_SLOW_CALLS = 3;

let slowCalls = 0;
const waiting = new Set<Lane>();

type Done<T> = (error: NodeJS.ErrnoException | null, value: T) => void;

/**
 * Kinds of calls in order of priority: checks of files in memory, which are short, are first; downloads, which take
 * long, are last.
 */
export type CallKind = (typeof KINDS)[number];

const KINDS = ["check", "open", "download"] as const;

/** The queue of one device, and the speed of the device. */
export class Lane {
  /**
   * `doubtful` after a call that was slow for an unknown reason; `sleepy` if the device was slow, and may be slow
   * again.
   */
  #speed: "unknown" | "fast" | "doubtful" | "sleepy" = "unknown";
  #fastAt = Number.NEGATIVE_INFINITY;
  #calls = 0;
  readonly #queues: Readonly<Record<CallKind, (() => void)[]>> = { check: [], open: [], download: [] };

  /** True if a short call may be made on the calling thread, because the device is fast, or was fast a moment ago. */
  get isFast(): boolean {
    return (
      this.#speed === "fast" || (this.#speed === "sleepy" && performance.now() - this.#fastAt < AWAKE_FOR)
    );
  }

  /** Makes a short call on the calling thread, and measures its time. Call it only if {@link isFast} is true. */
  now<T>(call: () => T): T {
    const began = performance.now();
    try {
      return call();
    } finally {
      const took = performance.now() - began;
      if (took >= SURELY_SLOW || (took >= SLOW_STAT && this.#speed === "sleepy")) this.#becomeSleepy();
      else if (took >= SLOW_STAT) this.#speed = "doubtful";
    }
  }

  /**
   * Makes a call in Node's thread pool, as soon as the queue permits.
   *
   * @param call - calls a function of `node:fs` with the given callback
   * @returns the value for the callback; rejects with its error
   */
  later<T>(call: (done: Done<T>) => void, kind: CallKind = "open"): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#hasRoom(kind)) this.#start(call, resolve, reject);
      else {
        this.#queues[kind].push(() => this.#start(call, resolve, reject));
        waiting.add(this);
      }
    });
  }

  #hasRoom(kind: CallKind): boolean {
    if (!this.isFast) return this.#calls < SLOW_CALLS && slowCalls < ALL_SLOW_CALLS;
    return this.#calls < (kind === "download" || devices > 1 ? FAST_CALLS : ONLY_DEVICE_CALLS);
  }

  #start<T>(
    call: (done: Done<T>) => void,
    resolve: (value: T) => void,
    reject: (error: Error) => void,
  ): void {
    const slow = this.isFast ? 0 : 1;
    this.#calls += 1;
    slowCalls += slow;
    const began = performance.now();
    const idle = idleTime();
    const done: Done<T> = (error, value) => {
      this.#calls -= 1;
      slowCalls -= slow;
      this.#note(performance.now() - began, idle);
      if (waiting.size > 0) startWaiting();
      if (error) reject(error);
      else resolve(value);
    };
    try {
      call(done);
    } catch (error) {
      done(error as Error, undefined as never); // an argument that Node refuses, such as a name with NUL
    }
  }

  /** @param idle - the {@link idleTime} when the call began */
  #note(milliseconds: number, idle: number): void {
    if (milliseconds < FAST_CALL) this.#fastAt = performance.now();
    if (milliseconds >= SLOW_CALL) {
      if (idleTime() - idle >= SLOW_CALL) this.#becomeSleepy();
    } else if (this.#speed === "unknown" || (this.#speed === "doubtful" && milliseconds < FAST_CALL))
      this.#speed = "fast";
  }

  #becomeSleepy(): void {
    this.#speed = "sleepy";
    this.#fastAt = Number.NEGATIVE_INFINITY;
  }

  /** Starts as many calls as possible. Returns true if more are waiting. */
  startNext(): boolean {
    const kind = KINDS.find((one) => this.#queues[one].length > 0);
    if (kind !== undefined && this.#hasRoom(kind)) this.#queues[kind].shift()?.();
    return KINDS.some((one) => this.#queues[one].length > 0);
  }
}

/** Returns the milliseconds for which the event loop of this thread was idle. */
function idleTime(): number {
  return performance.eventLoopUtilization().idle;
}

/** Starts calls of the waiting lanes, one of each at a time. */
function startWaiting(): void {
  for (const lane of [...waiting]) {
    waiting.delete(lane);
    if (lane.startNext()) waiting.add(lane);
  }
}

let devices = 0;

/** Returns the lane of a device, by its number. Each mounted device has one at most. */
export const laneOf: (device: number) => Lane = cacheOf(Number.POSITIVE_INFINITY, () => {
  devices += 1;
  return new Lane();
});
