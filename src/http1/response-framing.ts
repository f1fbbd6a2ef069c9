/** Ways in which the body of a response ends. */
export type ResponseFraming =
  /** There is no content. */
  | "none"
  /** After `Content-Length` bytes. */
  | "length"
  /** With the last chunk. */
  | "chunked"
  /** With the connection. */
  | "close"
  /** Never: the connection now uses another protocol. */
  | "raw";

/** Framing fields of a response, as the handler has set them. */
export interface FramingFields {
  /** The value of `Content-Length`; `null` without one. */
  readonly length: number | null;
  /** True if there is a `Transfer-Encoding`: the handler then also writes the coding. */
  readonly coded: boolean;
}

/**
 * Decides how the body of a response ends, by the cases of RFC 9112 §6.3. The client uses the same rules.
 *
 * @param status - the status code
 * @param method - the method of the request; empty where it is unknown
 * @param fields - the fields that frame the response
 * @param minorVersion - 1 if both sides speak HTTP/1.1
 * @returns the framing of a response that is sent now; the caller must add its field
 */
export function frame(
  status: number,
  method: string,
  fields: FramingFields,
  minorVersion: 0 | 1,
): ResponseFraming {
  if (isTunnel(status, method)) return "raw";
  if (method === "HEAD" || !mayHaveContent(status)) return "none";
  // The handler's coding may be malformed. Only the end of the connection is certain.
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
 * True if a response may have a framing field: RFC 9110 §8.6, RFC 9112 §6.1. The length of a 205 is known, and that of
 * a 304 is the one that a 200 would have.
 */
export function mayBeFramed(status: number, method: string): boolean {
  return status >= 200 && status !== 204 && status !== 205 && !isTunnel(status, method);
}
