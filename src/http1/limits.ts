/** Limits on the size of a request, in bytes, except `fieldCount`. */
export interface Limits {
  /** Request line, without its line end. Longer: 414. */
  readonly requestLine: number;
  /** All field lines of a header or trailer section, with their line ends. Longer: 431. */
  readonly fieldSection: number;
  /** Number of field lines in a header or trailer section. More: 431. */
  readonly fieldCount: number;
  /** Extensions of all chunks of a request. Longer: 400. */
  readonly chunkExtensions: number;
  /** Content of a request. Longer: 413. */
  readonly content: number;
}

/**
 * Default limits.
 *
 * Other servers, for the request line: Apache 8 KiB, nginx 8 KiB, Python 64 KiB, Go 1 MiB; RFC 9112 §3 recommends at
 * least 8000 bytes. For the fields: Python 100 of 64 KiB each, Apache 100 of 8 KiB each, nginx 32 KiB, Node 16 KiB.
 */
export const DEFAULT_LIMITS: Limits = {
  requestLine: 16 * 1024,
  fieldSection: 64 * 1024,
  fieldCount: 100,
  chunkExtensions: 1024,
  content: Number.POSITIVE_INFINITY,
};
