/**
 * Writes DER, the encoding of certificates: the subset of ITU-T X.690 that RFC 5280 needs.
 *
 * An element has a tag, the length of its content, and its content. Each function returns a complete element. Its
 * arguments are its content.
 *
 * @module
 */

/** Tags (X.690 §8.1.2). Each has a class, a bit for elements that contain elements, and a number. */
const TAG = {
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
} as const;

/** Context-specific tags: for a primitive element, and for one that contains elements. */
const CONTEXT = 0x80;
const CONTEXT_CONSTRUCTED = 0xa0;

/** First and last second that a certificate can contain (RFC 5280 §4.1.2.5). */
const EARLIEST = Date.UTC(1950, 0) / 1000;
const LATEST = Date.UTC(10_000, 0) / 1000 - 1;
/** From this time on, a two-digit year would mean the previous century. */
const GENERALIZED_SINCE = Date.UTC(2050, 0) / 1000;

/** `SEQUENCE`: elements in a given order. X.690 §8.9. */
export function sequence(...elements: readonly Uint8Array[]): Buffer {
  return element(TAG.sequence, ...elements);
}

/** `SET OF` with one member, so that no order is needed. X.690 §8.12. */
export function setOf(member: Uint8Array): Buffer {
  return element(TAG.set, member);
}

/** `BOOLEAN`, true. Certificates leave out defaults, and false is always the default. X.690 §8.2, §11.5. */
export function booleanTrue(): Buffer {
  return element(TAG.boolean, Uint8Array.of(0xff));
}

/**
 * `INTEGER`, zero or positive. X.690 §8.3.
 *
 * @param magnitude - the number's octets, the most significant first; leading zeros are ignored
 */
export function integer(magnitude: Uint8Array): Buffer {
  const first = magnitude.findIndex((octet) => octet !== 0);
  const digits = first === -1 ? Uint8Array.of(0) : magnitude.subarray(first);
  // The highest bit is the sign, so a zero octet goes before a large digit.
  const isNegative = (digits[0] as number) >= 0x80;
  return isNegative ? element(TAG.integer, Uint8Array.of(0), digits) : element(TAG.integer, digits);
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

/** `OCTET STRING`. X.690 §8.7. */
export function octetString(octets: Uint8Array): Buffer {
  return element(TAG.octetString, octets);
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

/** `UTF8String`. X.690 §8.23. */
export function utf8String(text: string): Buffer {
  return element(TAG.utf8String, Buffer.from(text, "utf8"));
}

/**
 * `Time`: a `UTCTime` until the year 2049, a `GeneralizedTime` from 2050 on. RFC 5280 §4.1.2.5.
 *
 * @param seconds - whole seconds since the epoch
 * @throws RangeError outside the years 1950 to 9999, which a certificate can't contain
 */
export function time(seconds: number): Buffer {
  if (!(Number.isInteger(seconds) && seconds >= EARLIEST && seconds <= LATEST)) {
    throw new RangeError(`seconds must be whole, and a time in the years 1950 to 9999, not ${seconds}`);
  }
  // 2050-01-01T00:00:00.000Z becomes 20500101000000Z.
  const digits = `${new Date(seconds * 1000).toISOString().slice(0, 19).replace(/\D/g, "")}Z`;
  if (seconds >= GENERALIZED_SINCE) return element(TAG.generalizedTime, Buffer.from(digits));
  return element(TAG.utcTime, Buffer.from(digits.slice(2)));
}

/** `[number] EXPLICIT`: an element inside another tag, which identifies it in the outer element. X.690 §8.14. */
export function explicit(number: number, inner: Uint8Array): Buffer {
  return element(CONTEXT_CONSTRUCTED + number, inner);
}

/** `[number] IMPLICIT`: a string whose own tag is replaced. X.690 §8.14. */
export function implicit(number: number, content: Uint8Array): Buffer {
  return element(CONTEXT + number, content);
}

function element(tag: number, ...contents: readonly Uint8Array[]): Buffer {
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
