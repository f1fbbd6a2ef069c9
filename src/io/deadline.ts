/** Seconds from the beginning of a wait in which an active peer is likely to send something. */
const LIKELY = 0.25;

/**
 * Longest time of a timer in seconds. With a longer one, the next limit would often need an earlier timer:
 * `linger_timeout` is 2, `keep_alive_timeout` 5.
 */
const LONGEST_TIMER = 2;

/** Seconds within which bytes arrive that are already on their way, or in the system's buffer. */
const ON_ITS_WAY = 0.03;

/** A time that is never reached. */
const NEVER = -1;

/** The owner of a {@link Deadline}. */
export interface Limited {
  /** Called once for each limit that passes. */
  expired(): void;
}

/**
 * A time limit of a connection. It is set and removed many times a second.
 *
 * A Node timer for each request would cost more than parsing the request. So a connection has one timer. When it
 * expires, it checks if the current limit has really passed.
 */
export class Deadline {
  /** Called when a limit passes. */
  owner: Limited | null;
  // Whole milliseconds: in V8, other numbers are objects.
  #since = 0;
  #due = NEVER;
  #isHastened = false;
  #timer: NodeJS.Timeout | undefined;
  #timerDue = NEVER;

  /** @param owner - called when a limit passes */
  constructor(owner: Limited | null = null) {
    this.owner = owner;
  }

  /** Sets the limit, instead of the previous one. `null` removes it. */
  set(seconds: number | null): void {
    const now = performance.now();
    this.#since = Math.trunc(now);
    this.#isHastened = false;
    this.#due = NEVER;
    if (seconds !== null && seconds < Number.POSITIVE_INFINITY) this.#end(now + seconds * 1000, now);
  }

  /**
   * Shortens the limit, because the server closes. A peer that was active a short time ago still gets a moment, because
   * its bytes may be on their way.
   */
  hasten(): void {
    const now = performance.now();
    const due = Math.max(this.#since + LIKELY * 1000, now + ON_ITS_WAY * 1000);
    if (this.#due !== NEVER && due >= this.#due) return;
    this.#isHastened = true;
    this.#end(due, now);
  }

  /** Removes the limit. The timer may still expire. */
  lift(): void {
    this.#due = NEVER;
  }

  /** Removes the limit and the timer. */
  close(): void {
    this.#due = NEVER;
    clearTimeout(this.#timer);
    this.#timerDue = NEVER;
  }

  #end(due: number, now: number): void {
    this.#due = Math.ceil(due);
    if (this.#timerDue === NEVER || due < this.#timerDue) this.#arm(due - now, now);
  }

  #arm(milliseconds: number, now: number): void {
    const delay = Math.min(milliseconds, LONGEST_TIMER * 1000);
    clearTimeout(this.#timer);
    this.#timerDue = Math.ceil(now + delay);
    this.#timer = setTimeout(Deadline.#look, delay, this).unref();
  }

  // All timers share this function.
  static readonly #look = (deadline: Deadline): void => deadline.#check();

  #check(): void {
    this.#timerDue = NEVER;
    if (this.#due === NEVER) return;
    const now = performance.now();
    const left = this.#due - now;
    // Node's timers may run up to a millisecond early.
    if (left > 1) {
      this.#arm(left, now);
    } else if (this.#isHastened) {
      // A busy event loop runs timers before it reads the bytes that have arrived meanwhile.
      setImmediate(() => this.#expire());
    } else {
      this.#expire();
    }
  }

  #expire(): void {
    // The limit was removed meanwhile, or set again.
    if (this.#due === NEVER || this.#due - performance.now() > 1) return;
    this.lift();
    this.owner?.expired();
  }
}
