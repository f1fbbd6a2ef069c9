/**
 * What several connections have for their peers, sent together.
 *
 * @module
 */

/** Who has something to send. */
export interface Departing {
  /** Sends it. Must not throw. */
  flush(): unknown;
}

/** For how long the first one waits for others, in milliseconds. What is being done when that is over is not interrupted. */
export const PATIENCE = 0.25;

// The one of now: where a test mocks timers, the replies of a server in its process must not wait for it.
const whenTurnEnds = setImmediate;

/**
 * Those who have something to send in this turn of the event loop. They do it one behind the other: when the turn ends, when the
 * first has waited for {@link PATIENCE}, or when the process exits.
 *
 * A peer on the same machine that waits has to be woken up, which costs as much as to send a small reply. Where replies leave one
 * behind the other, most of them find their peers awake.
 */
export class Departures {
  readonly #clock: () => number;
  #waiting: Departing[] = [];
  #firstCameAt = 0;
  #isScheduled = false;

  /** @param clock - milliseconds that do not go back; a parameter for tests */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
    // Who has answered, and ends the process with that, has answered.
    process.on("exit", () => this.#depart());
  }

  /** Has one leave with the others of this turn. */
  add(one: Departing): void {
    const isFirst = this.#waiting.push(one) === 1;
    const now = this.#clock();
    if (isFirst) this.#firstCameAt = now;
    else if (now - this.#firstCameAt >= PATIENCE) return this.#depart();
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    whenTurnEnds(this.#endTurn);
  }

  readonly #endTurn = (): void => {
    this.#isScheduled = false;
    this.#depart();
  };

  #depart(): void {
    const leaving = this.#waiting;
    this.#waiting = [];
    for (const one of leaving) one.flush();
  }
}
