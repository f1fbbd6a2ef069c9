import { helpFor } from "./coded-error.js";

/**
 * An options object has an unknown key. The message names the nearest known key.
 *
 * It is a `TypeError`, as for any other invalid argument, and has `code` and `help` like a `CodedError`.
 */
export class OptionError extends TypeError {
  /** Always `PYSERVE_UNKNOWN_OPTION`. */
  readonly code = "PYSERVE_UNKNOWN_OPTION";
  /** The page that explains it, with a heading. */
  readonly help: string = helpFor(this.code);
}
