/** Everything that the thread which fuzzes is told: its `workerData`. */
export interface Job {
  /** The URL of a module that exports `holds`: takes any bytes, and throws where they break what must always hold. */
  readonly module: string;
  /** Parts of the paths of the files whose coverage guides the search. */
  readonly files: readonly string[];
  /** Put into inputs as they are, in latin-1. */
  readonly words: readonly string[];
  /** Inputs to begin with; they stay in the corpus. */
  readonly written: readonly Uint8Array[];
  /** More of them, which may be replaced by better ones. */
  readonly found: readonly Uint8Array[];
  readonly seed: number;
  /** The search ends after one or the other. */
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
      /** The smallest corpus, without what was written; empty if it was not looked for. */
      readonly smallest: readonly Uint8Array[];
    }
  /** `bytes` are made as short as can be; `error` is for people. */
  | {
      readonly kind: "broken";
      readonly executions: number;
      readonly bytes: Uint8Array;
      readonly error: string;
    }
  /** An input that is not done with in time. */
  | { readonly kind: "hang"; readonly executions: number; readonly bytes: Uint8Array };
