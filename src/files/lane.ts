/**
 * Queues of file system calls that may take long, one for each device.
 *
 * Node has four threads for such calls. Without a limit, a few requests for a network drive that does not answer would
 * use all four, and every other file would wait.
 *
 * @module
 */

/** If a `stat` on the calling thread takes this long (in milliseconds), it is the last one on that thread. */
const SLOW_STAT = 5;

/** A call in the thread pool for which the event loop waits this long shows a slow device. A busy loop shows nothing: the end waits for it. */
const SLOW_CALL = 100;

/** A call in the thread pool that takes less than this shows that the device is awake. */
const FAST_CALL = 20;

/** Time for which a slow device counts as awake after a fast call. Disks and mounts fall asleep again. */
const AWAKE_FOR = 1000;

/** Calls at a time for a fast device, and for a slow or unknown one. */
const FAST_CALLS = 3;
const SLOW_CALLS = 2;

/** Calls at a time for all slow and unknown devices together: one of Node's four threads is always left. */
const ALL_SLOW_CALLS = 3;

let slowCalls = 0;
const waiting = new Set<Lane>();

type Done<T> = (error: NodeJS.ErrnoException | null, value: T) => void;

/** One device, and its speed. */
export class Lane {
  #isKnown = false;
  #wasSlow = false;
  #fastAt = Number.NEGATIVE_INFINITY;
  #calls = 0;
  readonly #queue: (() => void)[] = [];
  /** Calls for downloads, which are many and never end: they wait for all others. */
  readonly #patient: (() => void)[] = [];

  /** True if a short call may be made on the calling thread: the device has been fast so far, or was a moment ago. */
  get isFast(): boolean {
    return this.#isKnown && (!this.#wasSlow || performance.now() - this.#fastAt < AWAKE_FOR);
  }

  /** Makes a short call on the calling thread, and measures its time. Only while the lane is {@link isFast}. */
  now<T>(call: () => T): T {
    const began = performance.now();
    try {
      return call();
    } finally {
      if (performance.now() - began >= SLOW_STAT) this.#becomeSlow();
    }
  }

  /**
   * Makes a call in Node's thread pool, when it is its turn.
   *
   * @param call - a function of `node:fs`, given its callback
   * @param isPatient - true if it waits for all calls that are not
   * @returns the value for the callback; rejects with its error
   */
  later<T>(call: (done: Done<T>) => void, isPatient = false): Promise<T> {
    return new Promise((resolve, reject) => {
      const start = () => {
        const end = this.#begin();
        const done: Done<T> = (error, value) => {
          end();
          if (error) reject(error);
          else resolve(value);
        };
        try {
          call(done);
        } catch (error) {
          done(error as Error, undefined as never); // an argument that Node refuses, such as a name with NUL
        }
      };
      if (this.#hasRoom()) start();
      else {
        (isPatient ? this.#patient : this.#queue).push(start);
        waiting.add(this);
      }
    });
  }

  #hasRoom(): boolean {
    return this.isFast ? this.#calls < FAST_CALLS : this.#calls < SLOW_CALLS && slowCalls < ALL_SLOW_CALLS;
  }

  #begin(): () => void {
    const isSlow = !this.isFast;
    this.#calls += 1;
    if (isSlow) slowCalls += 1;
    const began = performance.now();
    const idle = idleTime();
    return () => {
      this.#calls -= 1;
      if (isSlow) slowCalls -= 1;
      this.#note(performance.now() - began, idle);
      startWaiting();
    };
  }

  /** @param idle - the {@link idleTime} when the call began */
  #note(milliseconds: number, idle: number): void {
    if (milliseconds >= SLOW_CALL) {
      if (idleTime() - idle >= SLOW_CALL) this.#becomeSlow();
      return;
    }
    this.#isKnown = true;
    if (milliseconds < FAST_CALL) this.#fastAt = performance.now();
  }

  #becomeSlow(): void {
    this.#isKnown = true;
    this.#wasSlow = true;
    this.#fastAt = Number.NEGATIVE_INFINITY;
  }

  /** Starts as many calls as possible. Returns true if more are waiting. */
  startNext(): boolean {
    if (this.#hasRoom()) (this.#queue.shift() ?? this.#patient.shift())?.();
    return this.#queue.length + this.#patient.length > 0;
  }
}

/** Milliseconds for which the event loop of this thread has waited for something to do. */
function idleTime(): number {
  return performance.eventLoopUtilization().idle;
}

/** Each waiting lane starts one call, in turn. */
function startWaiting(): void {
  for (const lane of [...waiting]) {
    waiting.delete(lane);
    if (lane.startNext()) waiting.add(lane);
  }
}

/** Devices by their numbers. There are as many as are mounted. */
const devices = new Map<number, Lane>();

/** The lane of a device, by its number. */
export function laneOf(device: number): Lane {
  let lane = devices.get(device);
  if (lane === undefined) {
    lane = new Lane();
    devices.set(device, lane);
  }
  return lane;
}
