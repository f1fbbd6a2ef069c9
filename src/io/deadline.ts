/** Seconds from the beginning of a wait in which an active peer is likely to send something. */
const LIKELY = 0.25;

/**
 * Longest time of a timer in seconds. With it, a following limit rarely needs an earlier timer: `linger_timeout` is 2,
 * `keep_alive_timeout` 5.
 */
const LONGEST_TIMER = 2;

/** Seconds for bytes that are on their way, or in the system's buffer. */
const ON_ITS_WAY = 0.03;

/**
 * A time limit of a connection that is set and removed many times a second.
 *
 * A Node timer for each request would cost more than parsing the request. So a connection has one timer. When it
 * expires, it checks if the current limit has really passed.
 */
export class Deadline {
  /** Called once for each limit that passes. */
  onExpired: (() => void) | null;
  #since = 0;
  #isHastened = false;
  #due = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #timerDue = Number.POSITIVE_INFINITY;

  /** @param onExpired - called once for each limit that passes */
  constructor(onExpired: (() => void) | null = null) {
    this.onExpired = onExpired;
  }

  /** Sets the limit, and replaces the last one. `null` removes it. */
  set(seconds: number | null): void {
    this.#since = performance.now();
    this.#isHastened = false;
    this.#due = seconds === null ? Number.POSITIVE_INFINITY : this.#since + seconds * 1000;
    if (seconds !== null && this.#due < this.#timerDue) this.#arm(seconds);
  }

  /**
   * Shortens the limit, because the server closes. A peer that was active a short time ago still gets a moment: its
   * bytes may be on their way.
   */
  hasten(): void {
    const now = performance.now();
    const due = Math.max(this.#since + LIKELY * 1000, now + ON_ITS_WAY * 1000);
    if (due >= this.#due) return;
    this.#due = due;
    this.#isHastened = true;
    if (due < this.#timerDue) this.#arm((due - now) / 1000);
  }

  /** Removes the limit. The timer may still expire. */
  lift(): void {
    this.#due = Number.POSITIVE_INFINITY;
  }

  /** Removes the limit and the timer. */
  close(): void {
    this.#due = Number.POSITIVE_INFINITY;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timerDue = Number.POSITIVE_INFINITY;
  }

  #arm(seconds: number): void {
    const delay = Math.min(seconds, LONGEST_TIMER) * 1000;
    clearTimeout(this.#timer);
    this.#timerDue = performance.now() + delay;
    this.#timer = setTimeout(() => this.#check(), delay).unref();
  }

  #check(): void {
    this.#timerDue = Number.POSITIVE_INFINITY;
    if (this.#due === Number.POSITIVE_INFINITY) return;
    const left = this.#due - performance.now();
    // Node's timers may run up to a millisecond early.
    if (left > 1) {
      this.#arm(left / 1000);
    } else if (this.#isHastened) {
      // A busy event loop runs timers before it reads the bytes that have arrived meanwhile.
      setImmediate(() => this.#expire());
    } else {
      this.#expire();
    }
  }

  #expire(): void {
    // The limit was removed meanwhile, or set again.
    if (this.#due - performance.now() > 1) return;
    this.lift();
    this.onExpired?.();
  }
}
