import { helpFor } from "./coded-error.js";

/**
 * Error for an unknown key in an options object. The message names the nearest known key.
 *
 * It is a `TypeError`, as for other invalid arguments. It has `code` and `help`, like a `CodedError`.
 */
export class OptionError extends TypeError {
  /** Always `PYSERVE_UNKNOWN_OPTION`. */
  readonly code = "PYSERVE_UNKNOWN_OPTION";
  /** Page and heading that explain the error. */
  readonly help: string = helpFor(this.code);
}
