import { timerDelay } from "../io/timer-delay.js";

/** The requests that are being served, each with the promise of its end. */
export class TaskSet<Request> {
  readonly #tasks = new Map<Promise<void>, Request>();

  /** Remembers a request until it is done. */
  add(request: Request, work: Promise<void>): void {
    const done = work
      .catch(() => {})
      .then(() => {
        this.#tasks.delete(done);
      });
    this.#tasks.set(done, request);
  }

  /** The requests that are not done. */
  requests(): Iterable<Request> {
    return this.#tasks.values();
  }

  /**
   * Waits until all are done, those included that come meanwhile.
   *
   * @param seconds - how long; `null` is for ever
   * @returns whether they are
   */
  async settled(seconds: number | null): Promise<boolean> {
    if (seconds === null) return this.#all();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), timerDelay(seconds));
    });
    try {
      return await Promise.race([this.#all(), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #all(): Promise<true> {
    while (this.#tasks.size > 0) await Promise.all(this.#tasks.keys());
    return true;
  }
}
