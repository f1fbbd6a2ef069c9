// @ts-check

/** A run that can't be made or must not count: its message is for the person at the terminal, without a stack. */
export class BenchFailure extends Error {
  /** @override */
  name = "BenchFailure";
}
