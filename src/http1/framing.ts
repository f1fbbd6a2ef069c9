import { listMembers, trimWhitespace } from "./grammar.js";
import { ProtocolError } from "./protocol-error.js";

/** Framing of a request's body: RFC 9112 §6.3. */
export type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" };

const NONE: Framing = { kind: "none" };
const CHUNKED: Framing = { kind: "chunked" };

/**
 * Returns the framing of a request: where its body ends, by the cases of RFC 9112 §6.3.
 *
 * It refuses ambiguous framing. If a proxy in front interpreted it differently, the rest of one request would be the
 * beginning of another (request smuggling, RFC 9112 §11.2).
 *
 * @param codings - the values of its `Transfer-Encoding` fields
 * @param lengths - the values of its `Content-Length` fields
 * @param minorVersion - 0 for HTTP/1.0
 * @throws {@link ProtocolError}
 */
export function requestFraming(
  codings: readonly string[],
  lengths: readonly string[],
  minorVersion: 0 | 1,
): Framing {
  if (codings.length > 0) return transferCoding(codings, lengths.length > 0, minorVersion);
  return lengths.length > 0 ? contentLength(lengths) : NONE;
}

function transferCoding(codings: readonly string[], hasLength: boolean, minorVersion: 0 | 1): Framing {
  // Both fields, or a coding in HTTP/1.0, "might indicate an attempt to perform request smuggling" (RFC 9112 §6.1,
  // §6.3).
  if (hasLength || minorVersion === 0) throw new ProtocolError("BAD_TRANSFER_ENCODING");
  const value = codings.join(",").toLowerCase();
  // Compared without `listMembers`: servers disagree about ",chunked" and about a second, empty line.
  if (value === "chunked") return CHUNKED;
  const members = listMembers(value);
  // If the list does not end in exactly one "chunked", the end of the body is unknown: 400 (§6.3). An unknown coding
  // before it gets 501 (§6.1).
  const ends = members.length > 1 && members.indexOf("chunked") === members.length - 1;
  throw new ProtocolError(ends ? "UNSUPPORTED_TRANSFER_ENCODING" : "BAD_TRANSFER_ENCODING");
}

function contentLength(lengths: readonly string[]): Framing {
  // One number that is repeated counts as one (RFC 9110 §8.6). Not split by `listMembers`, which drops empty members.
  const numbers = new Set(lengths.join(",").split(",").map(trimWhitespace));
  const [digits] = numbers;
  if (numbers.size !== 1 || digits === undefined) throw new ProtocolError("BAD_CONTENT_LENGTH");
  return { kind: "length", length: decimal(digits) };
}

// Not parseInt or Number(): they accept "12abc", "", "1e3" and "0x10". If two servers read a length differently,
// requests can be smuggled. Numbers above 2^53 are not exact.
function decimal(digits: string): number {
  const number = /^[0-9]+$/.test(digits) ? Number(digits) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw new ProtocolError("BAD_CONTENT_LENGTH");
  return number;
}
