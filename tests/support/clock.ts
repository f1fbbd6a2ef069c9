import assert from "node:assert/strict";
import type { TestContext } from "node:test";

/** The real time, even while a test uses a {@link Clock}. It limits the waits of the tests themselves. */
export const trueTime = {
  now: performance.now.bind(performance),
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
} as const;

/** The time of a test: `setTimeout` and `performance.now` stand still until the test advances them. */
export class Clock {
  readonly #t: TestContext;
  readonly #made: { callCount(): number };
  #now = 1000;

  constructor(t: TestContext) {
    this.#t = t;
    t.mock.timers.enable({ apis: ["setTimeout"] });
    this.#made = t.mock.method(globalThis, "setTimeout").mock;
    t.mock.method(performance, "now", () => this.#now);
    // The mocks would stay until the last hook has run: after a failure, a server that is closed there would wait for ever.
    t.after(() => t.mock.reset());
  }

  /** Number of timers that were created since it stands still. */
  get timersMade(): number {
    return this.#made.callCount();
  }

  /** Lets time pass, in steps, because a timer may set the next one. */
  tick(milliseconds: number): void {
    for (let passed = 0; passed < milliseconds; passed++) {
      this.#now++;
      this.#t.mock.timers.tick(1);
    }
  }
}

/**
 * Watches the timers of a number of milliseconds that are set from now on. Returns a function that lets them expire at
 * once. So a test does not depend on the speed of the machine. When the test ends, they expire in any case: a server that
 * is closed afterwards does not wait for them.
 */
export function watchTimers(t: TestContext, milliseconds: number): () => void {
  const { mock } = t.mock.method(globalThis, "setTimeout");
  const due = () => mock.calls.map((call) => call.arguments).filter(([, delay]) => delay === milliseconds);
  t.after(() => {
    for (const [expired] of due()) expired();
    mock.mockImplementation(((callback, delay, ...args) =>
      trueTime.setTimeout(callback, delay === milliseconds ? 0 : delay, ...args)) as typeof setTimeout);
  });
  return () => {
    assert.ok(due().length > 0, `no timer of ${milliseconds} ms was set`);
    for (const [expired] of due()) expired();
  };
}
