/** Job of the thread that fuzzes: its `workerData`. */
export interface Job {
  /**
   * The URL of a module that exports `holds`: takes any bytes, and throws if they break a property that must always
   * hold.
   */
  readonly module: string;
  /** Parts of the paths of the files whose coverage guides the search. */
  readonly files: readonly string[];
  /** Words that are put into inputs unchanged, in latin-1. */
  readonly words: readonly string[];
  /** Inputs to begin with; they stay in the corpus. */
  readonly written: readonly Uint8Array[];
  /** More inputs, which may be replaced by better ones. */
  readonly found: readonly Uint8Array[];
  readonly seed: number;
  /** The search ends after either of these. */
  readonly seconds: number;
  readonly runs: number;
  /** Largest input in bytes. */
  readonly maxLength: number;
  /** True to search for the smallest corpus at the end. */
  readonly keep: boolean;
}

/** Result of a job. */
export type Outcome =
  | {
      readonly kind: "done";
      readonly executions: number;
      readonly seconds: number;
      /** Branches and functions. */
      readonly coverage: { readonly reached: number; readonly total: number };
      readonly corpus: number;
      /** The smallest corpus, without the inputs that people have written; empty if it was not requested. */
      readonly smallest: readonly Uint8Array[];
    }
  /** `bytes` are shortened as far as possible; `error` is for people. */
  | {
      readonly kind: "broken";
      readonly executions: number;
      readonly bytes: Uint8Array;
      readonly error: string;
    }
  /** An input that does not finish in time. */
  | { readonly kind: "hang"; readonly executions: number; readonly bytes: Uint8Array };
