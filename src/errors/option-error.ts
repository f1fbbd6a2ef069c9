import { helpFor } from "./coded-error.js";

/**
 * An options object has a key that nobody reads. The message names the nearest one that there is.
 *
 * It is a `TypeError`, as for any other argument that can't be right, and has `code` and `help` as a `CodedError` has.
 */
export class OptionError extends TypeError {
  /** Always `PYSERVE_UNKNOWN_OPTION`. */
  readonly code = "PYSERVE_UNKNOWN_OPTION";
  /** Where the documentation explains it: a page of the package, and a heading of it. */
  readonly help: string = helpFor(this.code);
}
