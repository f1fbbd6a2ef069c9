/**
 * Buffers for content that is read, sent, and not kept. They are used again, because V8 collects discarded buffers late,
 * and each time marks all objects of the program for it.
 *
 * @module
 */

/** Bytes of a spare buffer. */
export const SPARE_SIZE = 128 * 1024;

/** Maximum number of spare buffers: 8 MiB. */
const MOST_SPARES = 64;

const spares: Buffer[] = [];

/** Returns a buffer of {@link SPARE_SIZE} with any bytes in it. */
export function takeSpare(): Buffer {
  return spares.pop() ?? Buffer.allocUnsafeSlow(SPARE_SIZE);
}

/**
 * Returns a buffer, whose bytes nobody needs any more.
 *
 * @param buffer - a whole buffer from {@link takeSpare}. Nobody else may have it
 */
export function returnSpare(buffer: Buffer): void {
  if (spares.length < MOST_SPARES) spares.push(buffer);
}
