import { AsyncResource } from "node:async_hooks";
import { type Awaitable, isPromise } from "../io/awaitable.js";
import { timerDelay } from "../io/timer-delay.js";

/** What a {@link ServeLoop} does. None of it throws. */
export interface LoopSteps {
  /** Returns whether a request waits. */
  hasRequest(): boolean;
  /** Takes a request. The loop waits for the promise, if there is one. */
  handleRequest(): Awaitable<void>;
  /** Called after each request, and when `pollInterval` has passed without one. The loop waits for it, too. */
  serviceActions(): Awaitable<void>;
  /** Returns whether {@link serviceActions} does anything. */
  hasServiceActions(): boolean;
}

/**
 * Takes one request after the other. While no step returns a promise, it takes all that wait in one go, and makes none itself.
 *
 * Its timer keeps the process alive, unless {@link ServeLoop.unref} was called. What it does, it does in the asynchronous context in which it was made: an
 * `AsyncLocalStorage` has the value there that it had when serving began, and not that of the listening socket.
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

  /** @param pollInterval - seconds between two calls of `serviceActions` while no request comes */
  constructor(steps: LoopSteps, pollInterval: number) {
    this.#steps = steps;
    this.#timer = setTimeout(() => this.#poll(), timerDelay(pollInterval));
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** Keeps the process alive, which it does from the beginning. */
  ref(): void {
    this.#timer.ref();
  }

  /** Does not keep the process alive. */
  unref(): void {
    this.#timer.unref();
  }

  /** Takes the requests that wait, unless the loop is at one. */
  wake(): void {
    if (this.#isBusy || this.#isStopped) return;
    this.#isBusy = true;
    this.#context.runInAsyncScope(this.#takeRequests, this);
  }

  /** Ends the loop. What is being done goes on by itself. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#end();
  }

  #takeRequests(): void {
    const steps = this.#steps;
    while (!this.#isStopped && steps.hasRequest()) {
      const handled = steps.handleRequest();
      if (isPromise(handled)) return void handled.then(this.#requestHandled);
      const served = this.#serve();
      if (isPromise(served)) return void served.then(this.#goOn);
    }
    this.#isBusy = false;
  }

  readonly #requestHandled = (): void => {
    const served = this.#serve();
    if (isPromise(served)) served.then(this.#goOn);
    else this.#takeRequests();
  };

  readonly #goOn = (): void => this.#takeRequests();

  #serve(): Awaitable<void> {
    if (this.#isStopped || !this.#steps.hasServiceActions()) return;
    this.#timer.refresh();
    return this.#steps.serviceActions();
  }

  #poll(): void {
    this.#timer.refresh();
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#requestHandled();
  }
}
