/**
 * Sends small writes of several connections as one batch.
 *
 * @module
 */

/** A connection with bytes to send. */
export interface BatchedWriter {
  /** Sends it. Must not throw. */
  flush(): unknown;
}

/** Milliseconds that the first write waits for others. Running code may delay it further. */
export const PATIENCE = 0.25;

// The original function: if a test mocks timers, the responses of a server in the same process must not wait for the
// mock.
const whenTurnEnds = setImmediate;

/**
 * A batch of small writes of one iteration of the event loop. They are sent one after another: at the end of the
 * iteration, when the first one has waited for {@link PATIENCE}, or when the process exits.
 *
 * Waking a waiting peer on the same machine costs as much as sending a small response. If responses are sent one after
 * another, most peers are already awake.
 */
export class WriteBatch {
  readonly #clock: () => number;
  #waiting: BatchedWriter[] = [];
  #firstCameAt = 0;
  #isScheduled = false;

  /** @param clock - milliseconds that do not go back; a parameter for tests */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
    // If a handler answers and then ends the process, its response must be sent.
    process.on("exit", () => this.#flush());
  }

  /** Adds a connection to the current batch. */
  add(one: BatchedWriter): void {
    const isFirst = this.#waiting.push(one) === 1;
    const now = this.#clock();
    if (isFirst) this.#firstCameAt = now;
    else if (now - this.#firstCameAt >= PATIENCE) return this.#flush();
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    whenTurnEnds(this.#endTurn);
  }

  readonly #endTurn = (): void => {
    this.#isScheduled = false;
    this.#flush();
  };

  #flush(): void {
    const leaving = this.#waiting;
    this.#waiting = [];
    for (const one of leaving) one.flush();
  }
}
