import assert from "node:assert/strict";
import type { TestContext } from "node:test";

/** The true time, also while a test has put a {@link Clock} in its place: what bounds the waiting of the tests themselves. */
export const trueTime = {
  now: performance.now.bind(performance),
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
} as const;

/** The time of a test: `setTimeout` and `performance.now` stand still until they are told to go on. */
export class Clock {
  readonly #t: TestContext;
  readonly #made: { callCount(): number };
  #now = 1000;

  constructor(t: TestContext) {
    this.#t = t;
    t.mock.timers.enable({ apis: ["setTimeout"] });
    this.#made = t.mock.method(globalThis, "setTimeout").mock;
    t.mock.method(performance, "now", () => this.#now);
  }

  /** How many timers were made since it stands still. */
  get timersMade(): number {
    return this.#made.callCount();
  }

  /** Lets time pass, by steps: a timer may set the next one. */
  tick(milliseconds: number): void {
    for (let passed = 0; passed < milliseconds; passed++) {
      this.#now++;
      this.#t.mock.timers.tick(1);
    }
  }
}

/**
 * Watches the timers that are set from now on. Returns a function that has those of so many milliseconds expire at
 * once: what they end has had time enough, however slow the machine is.
 */
export function watchTimers(t: TestContext): (milliseconds: number) => void {
  const { mock } = t.mock.method(globalThis, "setTimeout");
  return (milliseconds) => {
    const due = mock.calls.map((call) => call.arguments).filter(([, delay]) => delay === milliseconds);
    assert.ok(due.length > 0, `no timer of ${milliseconds} ms was set`);
    for (const [expired] of due) expired();
  };
}
