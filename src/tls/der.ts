/**
 * Writes DER, the encoding of certificates: the subset of ITU-T X.690 that RFC 5280 needs.
 *
 * An element has a tag, the length of its content, and its content. Each function returns a complete element.
 *
 * @module
 */

/** Tags (X.690 §8.1.2). Each has a class, a bit for elements that contain elements, and a number. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  /** Replaces the tag of a string, with a number added: `[number] IMPLICIT`. X.690 §8.14. */
  context: 0x80,
  /** Contains a complete element, with a number added: `[number] EXPLICIT`. X.690 §8.14. */
  inside: 0xa0,
} as const;

/** From this time on, a two-digit year would mean the previous century. */
const GENERALIZED_SINCE = Date.UTC(2050, 0) / 1000;

/** `SEQUENCE`: elements in a given order. X.690 §8.9. */
export function sequence(...elements: readonly Uint8Array[]): Buffer {
  return element(TAG.sequence, ...elements);
}

/**
 * `BIT STRING`. X.690 §8.6.
 *
 * @param octets - the bits, the most significant first
 * @param unused - number of unused bits in the last octet, 0 to 7; they must be zero
 */
export function bitString(octets: Uint8Array, unused = 0): Buffer {
  return element(TAG.bitString, Uint8Array.of(unused), octets);
}

/**
 * `OBJECT IDENTIFIER`. X.690 §8.19.
 *
 * @param dotted - its numbers, at least two: `"2.5.29.17"`
 */
export function objectIdentifier(dotted: string): Buffer {
  const [root = 0, arc = 0, ...rest] = dotted.split(".").map(Number);
  return element(TAG.objectIdentifier, Uint8Array.from([root * 40 + arc, ...rest].flatMap(base128)));
}

/**
 * `Time`: a `UTCTime` until the year 2049, a `GeneralizedTime` from 2050 on. RFC 5280 §4.1.2.5.
 *
 * @param seconds - whole seconds since the epoch, in the years 1950 to 9999
 */
export function time(seconds: number): Buffer {
  // 2050-01-01T00:00:00.000Z becomes 20500101000000Z.
  const digits = `${new Date(seconds * 1000).toISOString().slice(0, 19).replace(/\D/g, "")}Z`;
  if (seconds >= GENERALIZED_SINCE) return element(TAG.generalizedTime, Buffer.from(digits));
  return element(TAG.utcTime, Buffer.from(digits.slice(2)));
}

/** Returns an element with any tag. X.690 §8.1. */
export function element(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Uint8Array.of(tag, ...lengthOctets(content.length)), content]);
}

/**
 * Returns a length in as few octets as possible: one octet below 128; otherwise the number of octets, then the octets.
 * X.690 §8.1.3, §10.1.
 */
function lengthOctets(length: number): number[] {
  if (length < 0x80) return [length];
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 0x100)) octets.unshift(rest % 0x100);
  return [0x80 + octets.length, ...octets];
}

/** Returns seven bits in each octet. The highest bit is set in all octets except the last. X.690 §8.19.2. */
function base128(number: number): number[] {
  const octets = [number % 0x80];
  for (let rest = Math.floor(number / 0x80); rest > 0; rest = Math.floor(rest / 0x80)) {
    octets.unshift(0x80 + (rest % 0x80));
  }
  return octets;
}
