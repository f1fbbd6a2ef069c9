/**
 * An error with a code of pyserve. Its subclasses are `ServerError`, `WorkerError`, `ResponseError`, `CertificateError`,
 * `DirectoryError` and `IncompleteReadError`.
 *
 * @typeParam Code - the codes that errors of a class can have
 */
export abstract class CodedError<Code extends `PYSERVE_${string}` = `PYSERVE_${string}`> extends Error {
  /** Identifies the problem. Codes are stable: compare with them. */
  readonly code: Code;
  /**
   * The page and the heading that explain the error. Both `node_modules` and the site have the page. For example
   * `pyserve/docs/errors.md#pyserve_server_closed`.
   */
  readonly help: string;

  /**
   * @param code - the code of the problem
   * @param message - for people: what was wrong, and what to do
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
export function helpFor(code: string): string {
  return `pyserve/docs/errors.md#${code.toLowerCase()}`;
}
