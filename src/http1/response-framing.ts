/** Ways in which the body of a response ends. */
export type ResponseFraming =
  /** No content. */
  | "none"
  /** Content ends after `Content-Length` bytes. */
  | "length"
  /** Content ends with the last chunk. */
  | "chunked"
  /** Content ends when the connection is closed. */
  | "close"
  /** No end: the connection now uses another protocol. */
  | "raw";

/** Framing fields of a response that the handler has set. */
export interface FramingFields {
  /** Value of `Content-Length`; `null` without one. */
  readonly length: number | null;
  /** True if there is a `Transfer-Encoding`. The handler then writes the coding itself. */
  readonly coded: boolean;
}

/**
 * Decides how the body of a response ends, by the rules of RFC 9112 §6.3, which clients use too.
 *
 * @param status - the status code
 * @param method - the method of the request; empty if it is unknown
 * @param fields - the framing fields that the handler has set
 * @param minorVersion - 1 if both sides speak HTTP/1.1
 * @returns the framing; the caller adds the field for it
 */
export function frame(
  status: number,
  method: string,
  fields: FramingFields,
  minorVersion: 0 | 1,
): ResponseFraming {
  if (isTunnel(status, method)) return "raw";
  if (method === "HEAD" || !mayHaveContent(status)) return "none";
  // The handler's coding may be malformed, so the body must also end with the connection.
  if (fields.coded) return "close";
  if (fields.length !== null) return "length";
  return minorVersion === 1 ? "chunked" : "close";
}

/** True if the connection uses another protocol after this head: RFC 9110 §7.8, §9.3.6. */
export function isTunnel(status: number, method: string): boolean {
  return status === 101 || (method === "CONNECT" && status >= 200 && status < 300);
}

/** True if a response with this status may have a body: RFC 9110 §6.4.1, and §15.3.6 for 205. */
export function mayHaveContent(status: number): boolean {
  return status >= 200 && status !== 204 && status !== 205 && status !== 304;
}

/**
 * True if a response may have a framing field: RFC 9110 §8.6, RFC 9112 §6.1. A 304 may have the length that a 200 would
 * have.
 */
export function mayBeFramed(status: number, method: string): boolean {
  return status >= 200 && status !== 204 && status !== 205 && !isTunnel(status, method);
}
