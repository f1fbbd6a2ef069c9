/** Limits on the size of a request. All are in bytes, except `fieldCount`. */
export interface Limits {
  /** The request line, without its end. Longer: 414. */
  readonly requestLine: number;
  /** All field lines together, with their ends; also the trailer section's. Longer: 431. */
  readonly fieldSection: number;
  /** Number of field lines; also in the trailer section. More: 431. */
  readonly fieldCount: number;
  /** The extensions of all chunks of a request together. Longer: 400. */
  readonly chunkExtensions: number;
  /** The whole content of a request. Longer: 413. */
  readonly content: number;
}

/**
 * Default limits.
 *
 * The request line: Apache 8 KiB, nginx 8 KiB, Python 64 KiB, Go 1 MiB; RFC 9112 §3 asks for 8000 bytes at least.
 * The fields: Python 100 of 64 KiB each, Apache 100 of 8 KiB each, nginx 32 KiB, Node 16 KiB.
 */
export const DEFAULT_LIMITS: Limits = {
  requestLine: 16 * 1024,
  fieldSection: 64 * 1024,
  fieldCount: 100,
  chunkExtensions: 1024,
  content: Number.POSITIVE_INFINITY,
};
