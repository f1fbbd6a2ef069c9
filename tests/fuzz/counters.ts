import type { FileCoverageData } from "istanbul-lib-coverage";

/** Counts of istanbul's instrumentation for one file. */
export type FileCounts = Pick<FileCoverageData, "s" | "f" | "b">;

const BUCKETS = 8;

/**
 * Counts how often each branch, function and statement of instrumented code was reached in one execution, and records
 * all such counts.
 *
 * Numbers count by their size (1, 2, 3, 4 to 7, 8 to 15, …, 64 and more), as in AFL: the 30th round of a loop does
 * nothing new, but a state that is reached twice may.
 */
export class Counters {
  readonly #counts: Uint32Array;
  readonly #seen: Uint8Array;
  /** Number of counters at the beginning that belong to branches and functions. */
  readonly #branches: number;

  /**
   * @param files - from now on, they count into this object: istanbul's objects get parts of one array for their
   * members
   */
  constructor(files: readonly FileCounts[]) {
    const branches = files.flatMap(({ f, b }) => [sizeOf(f), ...Object.values(b).map(sizeOf)]);
    const statements = files.map(({ s }) => sizeOf(s));
    this.#branches = sum(branches);
    this.#counts = new Uint32Array(this.#branches + sum(statements));
    this.#seen = new Uint8Array(this.#counts.length);
    this.#link(files);
  }

  #link(files: readonly FileCounts[]): void {
    let used = 0;
    const next = (size: number) => {
      used += size;
      return this.#counts.subarray(used - size, used) as unknown as number[];
    };
    for (const file of files) {
      file.f = next(sizeOf(file.f)) as unknown as FileCounts["f"];
      for (const [id, ways] of Object.entries(file.b)) file.b[id] = next(ways.length);
    }
    for (const file of files) file.s = next(sizeOf(file.s)) as unknown as FileCounts["s"];
  }

  /** Begins an execution. */
  reset(): void {
    this.#counts.fill(0);
  }

  /** Ends an execution. @returns true if it did something new */
  learn(): boolean {
    let isNew = false;
    for (let at = 0; at < this.#counts.length; at++) {
      const count = this.#counts[at] as number;
      if (count === 0) continue;
      const bit = 1 << bucketOf(count);
      const seen = this.#seen[at] as number;
      if ((seen & bit) !== 0) continue;
      this.#seen[at] = seen | bit;
      isNew = true;
    }
    return isNew;
  }

  /** Returns a number for everything that the last execution did: reached places, and places reached several times. */
  features(): number[] {
    const features: number[] = [];
    for (const [at, count] of this.#counts.entries()) {
      if (count > 0) features.push(at);
      if (count > 1) features.push(this.#counts.length + at);
    }
    return features;
  }

  /** Returns the number of branches and functions, and of those that were ever reached. */
  get coverage(): { readonly reached: number; readonly total: number } {
    const reached = this.#seen.subarray(0, this.#branches).filter((bits) => bits > 0).length;
    return { reached, total: this.#branches };
  }
}

function bucketOf(count: number): number {
  return count < 4 ? count - 1 : Math.min(BUCKETS - 1, 32 - Math.clz32(count));
}

function sizeOf(counts: object): number {
  return Object.keys(counts).length;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
