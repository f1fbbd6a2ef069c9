import { timerDelay } from "../io/timer-delay.js";
import { type Link, LinkedList } from "./linked-list.js";

/** The requests in progress. */
export class TaskSet<Request> {
  readonly #tasks = new LinkedList<Request>();
  #awaitsEnd: (() => void)[] = [];

  /** Remembers a request until it is removed. */
  add(request: Request): Link<Request> {
    return this.#tasks.add(request);
  }

  /** Removes a finished request. */
  remove(task: Link<Request>): void {
    this.#tasks.remove(task);
    if (!this.#tasks.isEmpty) return;
    const waiting = this.#awaitsEnd;
    if (waiting.length === 0) return;
    this.#awaitsEnd = [];
    for (const resolve of waiting) resolve();
  }

  /** Returns the unfinished requests. */
  requests(): Request[] {
    return this.#tasks.values();
  }

  /**
   * Waits until all have finished, including later ones.
   *
   * @param seconds - maximum time; `null` means no limit
   * @returns a promise of true if all have finished
   */
  settled(seconds: number | null): Promise<boolean> {
    if (this.#tasks.isEmpty) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = seconds === null ? undefined : setTimeout(() => resolve(false), timerDelay(seconds));
      this.#awaitsEnd.push(() => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }
}
