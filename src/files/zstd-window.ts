/**
 * How much memory it takes to decode a file that is coded by zstd, RFC 8878 §3.1.1.1.
 *
 * @module
 */

/** Bytes that are enough to tell: magic number, descriptor, window, dictionary, content size. */
export const HEADER_SIZE = 18;

/** The largest window that a client must support, RFC 9659 §3. Browsers refuse a larger one. */
const LARGEST_WINDOW = 8 * 1024 * 1024;

const MAGIC_NUMBER = 0xfd2fb528;

/**
 * True if clients decode a file that begins like this. False if its window is too large, or if it is no zstd frame.
 *
 * @param header - the first {@link HEADER_SIZE} bytes, or all if there are fewer
 */
export function isDecodable(header: Buffer): boolean {
  if (header.length < 6 || header.readUInt32LE(0) !== MAGIC_NUMBER) return false;
  const descriptor = header.readUInt8(4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  return (
    (isSingleSegment ? contentSizeOf(header, descriptor) : windowOf(header.readUInt8(5))) <= LARGEST_WINDOW
  );
}

function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

/** The content is the window then. */
function contentSizeOf(header: Buffer, descriptor: number): number {
  const at = 5 + ([0, 1, 2, 4][descriptor & 3] as number); // behind the number of a dictionary
  const bytes = [1, 2, 4, 8][descriptor >> 6] as number;
  if (header.length < at + bytes) return Number.POSITIVE_INFINITY;
  if (bytes === 8) return Number(header.readBigUInt64LE(at));
  return header.readUIntLE(at, bytes) + (bytes === 2 ? 256 : 0);
}
