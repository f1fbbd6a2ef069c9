/**
 * File names as text, without loss. On most systems, a name is a sequence of bytes that need not be UTF-8.
 *
 * A byte that is not part of valid UTF-8 becomes the lone surrogate U+DC80 to U+DCFF with the same low eight bits, as
 * in Python's `surrogateescape` (PEP 383). So every file can be listed, linked and opened.
 *
 * @module
 */

import { isUtf8 } from "node:buffer";

// With the `u` flag, only lone surrogates match: half of an emoji is not an escaped byte. The first expression is enough
// for nearly all names, and costs nothing for Latin-1 text.
const ANY_ESCAPED = /[\udc80-\udcff]/;
const ESCAPED_BYTES = /([\udc80-\udcff]+)/u;

/**
 * Converts the bytes of a file name to text. Python's `os.fsdecode`, with UTF-8 as the file system's encoding.
 *
 * @param bytes - any bytes; those that are not UTF-8 become U+DC80 to U+DCFF
 * @returns text that {@link fsEncode} converts back to the same bytes
 * @example
 * fsDecode(Buffer.from("f\xfcr", "latin1")); // "f\udcfcr"
 */
export function fsDecode(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString("utf8");

  let name = "";
  let start = 0; // beginning of the current valid run
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    if (length === 0) {
      name += bytes.toString("utf8", start, at) + String.fromCharCode(0xdc00 + (bytes[at] ?? 0));
      start = at + 1;
    }
    at += length || 1;
  }
  return name + bytes.toString("utf8", start);
}

/**
 * Converts a file name to an argument for `node:fs`: the name itself, or a `Buffer` if it has escaped bytes.
 *
 * Python's `os.fsencode`. `node:fs` would convert each escaped byte of a string to U+FFFD, and so find another file.
 *
 * @param name - a name or a path from {@link fsDecode} or `decodePath`
 */
export function fsEncode(name: string): string | Buffer {
  if (!ANY_ESCAPED.test(name) || !ESCAPED_BYTES.test(name)) return name;

  const parts = name.split(ESCAPED_BYTES); // text at even indexes, escaped bytes at odd ones
  // "latin1" keeps the low eight bits of each character: U+DCFF becomes the byte FF.
  return Buffer.concat(parts.map((part, place) => Buffer.from(part, place % 2 === 0 ? "utf8" : "latin1")));
}

/** Returns the length of the well-formed UTF-8 sequence at an index (Unicode, table 3-7); 0 if there is none. */
function sequenceLength(bytes: Buffer, at: number): 0 | 1 | 2 | 3 | 4 {
  const first = bytes[at] ?? 0xff;
  if (first < 0x80) return 1;
  const length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  return length !== 0 && isUtf8(bytes.subarray(at, at + length)) ? length : 0;
}
