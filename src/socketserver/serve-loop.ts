import { AsyncResource } from "node:async_hooks";
import { type Awaitable, isPromise } from "../io/awaitable.js";
import { timerDelay } from "../io/timer-delay.js";

/** Steps of a {@link ServeLoop}. They must not throw. */
export interface LoopSteps {
  /** Handles a request. Returns `null` if none waits. The loop waits for a promise. */
  takeRequest(): PromiseLike<void> | undefined | null;
  /** Called after each request, and when `pollInterval` has passed without one. The loop waits for it, too. */
  serviceActions(): Awaitable<void>;
  /** True if {@link serviceActions} does anything. */
  hasServiceActions(): boolean;
}

/**
 * Takes one request after another. While no step returns a promise, it takes all waiting requests at once, without
 * creating a promise.
 *
 * Its timer keeps the process alive, unless {@link ServeLoop.unref} was called. It runs in the asynchronous context in
 * which it was created: an `AsyncLocalStorage` has its value from the beginning of serving, not that of the listening
 * socket.
 */
export class ServeLoop {
  /** Resolves when the loop was stopped. */
  readonly ended: Promise<void>;
  readonly #steps: LoopSteps;
  readonly #context = new AsyncResource("pyserve.ServeLoop");
  readonly #timer: NodeJS.Timeout;
  #end!: () => void;
  #isBusy = false;
  #isStopped = false;

  /** @param pollInterval - seconds between two calls of `serviceActions` while no request arrives */
  constructor(steps: LoopSteps, pollInterval: number) {
    this.#steps = steps;
    this.#timer = setTimeout(() => this.#poll(), timerDelay(pollInterval));
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** Keeps the process alive, as by default. */
  ref(): void {
    this.#timer.ref();
  }

  /** Does not keep the process alive. */
  unref(): void {
    this.#timer.unref();
  }

  /** Takes the waiting requests, unless the loop is handling one. */
  wake(): void {
    if (this.#isBusy || this.#isStopped) return;
    this.#isBusy = true;
    this.#context.runInAsyncScope(this.#takeRequests, this);
  }

  /** Ends the loop. Running work continues. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#end();
  }

  #takeRequests(): void {
    const steps = this.#steps;
    while (!this.#isStopped) {
      const handled = steps.takeRequest();
      if (handled === null) break;
      if (handled !== undefined) return void handled.then(this.#requestHandled);
      const served = steps.hasServiceActions() ? this.#serve() : undefined;
      if (served !== undefined) return void served.then(this.#goOn);
    }
    this.#isBusy = false;
  }

  readonly #requestHandled = (): void => {
    const served = this.#steps.hasServiceActions() ? this.#serve() : undefined;
    if (served !== undefined) served.then(this.#goOn);
    else this.#takeRequests();
  };

  readonly #goOn = (): void => this.#takeRequests();

  #serve(): PromiseLike<void> | undefined {
    if (this.#isStopped) return undefined;
    this.#timer.refresh();
    const served = this.#steps.serviceActions();
    return isPromise(served) ? served : undefined;
  }

  #poll(): void {
    this.#timer.refresh();
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#requestHandled();
  }
}
