/**
 * Buffers for content that is read, sent, and not kept. They are used again, because V8 frees discarded buffers late,
 * and must examine all objects of the program to do so.
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
 * Gives back a buffer whose bytes are no longer needed.
 *
 * @param buffer - a whole buffer from {@link takeSpare}. No other code may use it any more
 */
export function returnSpare(buffer: Buffer): void {
  if (spares.length < MOST_SPARES) spares.push(buffer);
}
