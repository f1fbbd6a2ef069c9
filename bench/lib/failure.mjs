// @ts-check

/** A run is impossible, or must not count. The message is for the person at the terminal, without a stack. */
export class BenchFailure extends Error {
  /** @override */
  name = "BenchFailure";
}
