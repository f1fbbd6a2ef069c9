/** How the content of a response ends. */
export type ResponseFraming =
  /** There is no content. */
  | "none"
  /** After `Content-Length` bytes. */
  | "length"
  /** With the last chunk. */
  | "chunked"
  /** With the connection. */
  | "close"
  /** Never: from here on the connection speaks another protocol. */
  | "raw";

/** Fields of a response head that frame it, as its author has given them. */
export interface FramingFields {
  /** The value of `Content-Length`; `null` without one. */
  readonly length: number | null;
  /** True if there is a `Transfer-Encoding`: the author writes the coding, too. */
  readonly coded: boolean;
}

/**
 * Decides how the content of a response ends, by the cases of RFC 9112 §6.3. The client decides by the same ones.
 *
 * @param status - the status code
 * @param method - the method of the request; empty where it is unknown
 * @param fields - the fields that frame the response
 * @param minorVersion - 1 if both sides speak HTTP/1.1
 * @returns the framing of a response that is sent now; its author has to add the field that says so
 */
export function frame(
  status: number,
  method: string,
  fields: FramingFields,
  minorVersion: 0 | 1,
): ResponseFraming {
  if (isTunnel(status, method)) return "raw";
  if (method === "HEAD" || !mayHaveContent(status)) return "none";
  // A coding of the author's may be malformed. Only the connection's end is certain.
  if (fields.coded) return "close";
  if (fields.length !== null) return "length";
  return minorVersion === 1 ? "chunked" : "close";
}

/** Returns true if the connection speaks another protocol behind this head: RFC 9110 §7.8, §9.3.6. */
export function isTunnel(status: number, method: string): boolean {
  return status === 101 || (method === "CONNECT" && status >= 200 && status < 300);
}

/** Returns true if a response with this status may have content: RFC 9110 §6.4.1, and §15.3.6 for 205. */
export function mayHaveContent(status: number): boolean {
  return status >= 200 && status !== 204 && status !== 205 && status !== 304;
}

/**
 * Returns true if a response may say by a field how its content ends: RFC 9110 §8.6, RFC 9112 §6.1. The length of a 205 is known,
 * and that of a 304 is the one that a 200 would have.
 */
export function mayBeFramed(status: number, method: string): boolean {
  return status >= 200 && status !== 204 && status !== 205 && !isTunnel(status, method);
}
