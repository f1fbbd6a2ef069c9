import type { Counters } from "./counters.js";
import { mutated } from "./mutations.js";
import type { Random } from "./random.js";

/** Subject of a search. */
export interface Searched {
  /** Takes any bytes; throws if they break a property that must always hold. */
  readonly holds: (bytes: Buffer) => void;
  /** Counters of the code that `holds` runs. */
  readonly counters: Counters;
  readonly words: readonly Buffer[];
  readonly random: Random;
  /** Maximum length of inputs. */
  readonly maxLength: number;
}

/** A property does not hold. Its `cause` is the thrown error. */
export class Broken extends Error {
  readonly bytes: Buffer;

  constructor(bytes: Buffer, cause: unknown) {
    super("an input breaks what must always hold", { cause });
    this.bytes = bytes;
  }
}

/**
 * A search for bytes that break a property, guided by coverage: an input that makes the code do something new joins the
 * corpus, and is changed further.
 */
export class Search {
  readonly corpus: Buffer[] = [Buffer.alloc(0)];
  readonly #searched: Searched;
  #executions = 0;

  constructor(searched: Searched) {
    this.#searched = searched;
  }

  /** Number of inputs that were run. */
  get executions(): number {
    return this.#executions;
  }

  /**
   * Runs bytes.
   *
   * @returns true if they did something new
   * @throws {@link Broken}
   */
  run(bytes: Buffer): boolean {
    const { holds, counters } = this.#searched;
    this.#executions++;
    counters.reset();
    try {
      holds(bytes);
    } catch (error) {
      throw new Broken(bytes, error);
    }
    return counters.learn();
  }

  /** Runs bytes, and keeps them if they did something new. */
  add(bytes: Buffer): void {
    if (this.run(bytes)) this.corpus.push(bytes);
  }

  /** Creates bytes from those of the corpus, without running them. */
  next(): Buffer {
    const { random, words, maxLength } = this.#searched;
    // Takes the later of two inputs, because newer ones reach more.
    const newer = Math.max(random.below(this.corpus.length), random.below(this.corpus.length));
    const base = this.corpus[newer] as Buffer;
    return mutated(base, random.oneOf(this.corpus), words, random).subarray(0, maxLength);
  }
}
