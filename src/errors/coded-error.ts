/**
 * Base of pyserve's errors that have a stable code. Its subclasses are `ServerError`, `WorkerError`, `ResponseError`,
 * `CertificateError`, `DirectoryError` and `IncompleteReadError`.
 *
 * @typeParam Code - the codes that errors of a class can have
 */
export abstract class CodedError<Code extends `PYSERVE_${string}` = `PYSERVE_${string}`> extends Error {
  /** Identifies the problem. Codes are stable, so your code can compare them. */
  readonly code: Code;
  /**
   * Page and heading that explain the error: `pyserve/docs/errors.md#pyserve_server_closed`. The page is in the package
   * and on the site.
   */
  readonly help: string;

  /**
   * @param code - the code of the problem
   * @param message - text for people: the problem, and what to do
   * @param options - the `cause`, if there is one
   */
  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.help = helpFor(code);
  }
}

/**
 * Returns the page that explains a code.
 *
 * @param code - a code of pyserve
 * @returns a page of the package, with a heading
 */
function helpFor(code: string): string {
  return `pyserve/docs/errors.md#${code.toLowerCase()}`;
}

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
