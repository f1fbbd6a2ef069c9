import { isShareSpent, nextShare } from "./loop-share.js";

/** What is told of work that goes on by itself. */
export interface WorkOptions {
  /** Aborted when nobody waits for it any more: it ends. */
  readonly signal?: AbortSignal | undefined;
  /** Called once, when no more is done. */
  onEnd?(): void;
}

/** Pauses between two signs of life: about 2,000 entries of a directory that were looked at, or 10 ms. */
const PAUSES_BETWEEN_SIGNS = 128;

/**
 * Work that goes on by itself, in that share of each turn of the event loop that such work may take: also while nobody takes what is
 * said of it.
 */
export class BackgroundWork<Result> {
  readonly #work: Generator<undefined, Result>;
  readonly #options: WorkOptions;
  #state: "ready" | "working" | "ended" = "ready";
  #result: () => Result = () => {
    throw new Error("The work was stopped.");
  };
  #pauses = 0;
  #wake: () => void = () => {};

  /** @param work - yields where a pause would be in place, every few microseconds; not begun before `start` */
  constructor(work: Generator<undefined, Result>, options: WorkOptions = {}) {
    this.#work = work;
    this.#options = options;
  }

  /** True if no more is done. */
  get isEnded(): boolean {
    return this.#state === "ended";
  }

  /**
   * What the work has come to, when it is ended.
   *
   * @throws what the work has thrown; the reason of the signal
   */
  get result(): Result {
    return this.#result();
  }

  /** Works while this turn's share lasts, and goes on in later ones. */
  start(): void {
    if (this.#state !== "ready") return;
    this.#state = "working";
    this.#step();
    if (!this.isEnded) void this.#goOn();
  }

  /** Resolves when the work has gone on for a while, or is ended. Of several that wait, the last is told. */
  sign(): Promise<void> {
    return new Promise((resolve) => {
      if (this.isEnded) resolve();
      else this.#wake = resolve;
    });
  }

  /** Does no more. May be called again. */
  stop(): void {
    this.#end();
  }

  async #goOn(): Promise<void> {
    while (!this.isEnded) {
      await nextShare();
      this.#step();
    }
  }

  #step(): void {
    const { signal } = this.#options;
    try {
      signal?.throwIfAborted();
      while (!this.isEnded && !isShareSpent()) this.#advance();
    } catch (error) {
      this.#result = () => {
        throw error;
      };
      this.#end();
    }
  }

  #advance(): void {
    const { done, value } = this.#work.next();
    if (done) {
      this.#result = () => value;
      this.#end();
    } else if (++this.#pauses % PAUSES_BETWEEN_SIGNS === 0) {
      this.#wake();
    }
  }

  #end(): void {
    if (this.isEnded) return;
    this.#state = "ended";
    this.#options.onEnd?.();
    this.#wake();
  }
}
