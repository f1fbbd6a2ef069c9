import { timerDelay } from "./timer-delay.js";

/**
 * One time limit of a connection, set and lifted many times a second.
 *
 * A timer of Node's for each request would cost more than the request's parsing. This keeps one for the connection, lets
 * it run out, and only then looks whether the limit that is in force by now has really passed.
 */
export class Deadline {
  /** Called once for each limit that passes. */
  onExpired: (() => void) | null;
  #due = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #timerDue = Number.POSITIVE_INFINITY;

  /** @param onExpired - called once for each limit that passes */
  constructor(onExpired: (() => void) | null = null) {
    this.onExpired = onExpired;
  }

  /** Sets the limit, in place of the one before. `null` lifts it. */
  set(seconds: number | null): void {
    this.#due = seconds === null ? Number.POSITIVE_INFINITY : performance.now() + seconds * 1000;
    if (seconds !== null && this.#due < this.#timerDue) this.#arm(seconds);
  }

  /** Lifts the limit. The timer is left to run out by itself. */
  lift(): void {
    this.#due = Number.POSITIVE_INFINITY;
  }

  /** Ends it: no timer is left. */
  close(): void {
    this.lift();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timerDue = Number.POSITIVE_INFINITY;
  }

  #arm(seconds: number): void {
    const delay = timerDelay(seconds);
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
    } else {
      this.lift();
      this.onExpired?.();
    }
  }
}
