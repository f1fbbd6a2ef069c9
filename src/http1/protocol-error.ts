/** Codes for requests that violate the protocol. */
export type ProtocolErrorCode = keyof typeof PROTOCOL_ERRORS;

/** Status, message and explanation for each code. The texts never contain data from the client. */
export const PROTOCOL_ERRORS = {
  BAD_REQUEST_LINE: [
    400,
    "Bad request syntax",
    "A request line is a method, a space, a target, a space and a version.",
  ],
  BAD_VERSION: [400, "Bad request version", "The version is written HTTP/1.1 or HTTP/1.0."],
  UNSUPPORTED_VERSION: [505, "Invalid HTTP version", "This server speaks HTTP/1.1 and HTTP/1.0."],
  BAD_TARGET: [400, "Bad request target", "The target of the request is not valid for its method."],
  UNENCODED_TARGET: [
    400,
    "Bad request target",
    "The target of the request has bytes outside ASCII. They must be percent-encoded.",
  ],
  PROXY_PROTOCOL: [
    400,
    "PROXY protocol",
    "The connection begins with the PROXY protocol, which this server does not read from this address. Turn the protocol off in the proxy or load balancer, or list the proxy in trusted_proxies and turn on proxy_protocol.",
  ],
  BAD_FIELD: [
    400,
    "Bad header field",
    "A field line is a name, a colon and a value, without control characters.",
  ],
  FOLDED_FIELD: [400, "Folded header field", "A header field must be on one line."],
  BARE_CR: [400, "Bare CR", "A carriage return must be followed by a line feed."],
  MISSING_HOST: [400, "Missing Host header", "An HTTP/1.1 request must have exactly one Host field."],
  BAD_HOST: [400, "Bad Host header", "There must be only one Host field, with a host and an optional port."],
  BAD_CONNECTION: [
    400,
    "Bad Connection header",
    "The Connection field may not name a field that every recipient needs, such as Host or Content-Length.",
  ],
  CONTRADICTORY_FORWARDED: [
    400,
    "Contradictory forwarding",
    "Forwarded and the X-Forwarded fields name different clients, schemes or hosts. The proxy must write or remove each of them.",
  ],
  BAD_CONTENT_LENGTH: [400, "Bad Content-Length", "The length of the content is not one decimal number."],
  BAD_TRANSFER_ENCODING: [400, "Bad Transfer-Encoding", "The framing of the request's content is ambiguous."],
  UNSUPPORTED_TRANSFER_ENCODING: [
    501,
    "Unsupported Transfer-Encoding",
    "Only the chunked coding is supported.",
  ],
  BAD_CHUNK: [400, "Bad chunk", "The content of the request is not a valid sequence of chunks."],
  BAD_TRAILER: [400, "Bad trailer field", "A trailer field line is a name, a colon and a value."],
  METHOD_TOO_LONG: [501, "Unsupported method", "The method of the request is too long."],
  REQUEST_LINE_TOO_LONG: [414, "URI Too Long", "The request line is longer than this server allows."],
  FIELDS_TOO_LONG: [431, "Line too long", "The header fields are longer than this server allows."],
  TOO_MANY_FIELDS: [431, "Too many headers", "There are more header fields than this server allows."],
  CONTENT_TOO_LARGE: [413, "Content Too Large", "The content is larger than this server allows."],
  INCOMPLETE_CONTENT: [
    400,
    "Incomplete content",
    "The connection ended before the content of the request was complete.",
  ],
  INCOMPLETE_HEAD: [
    400,
    "Incomplete request",
    "The connection ended before the header of the request was complete.",
  ],
} as const satisfies Record<string, readonly [status: number, message: string, explanation: string]>;

/**
 * Error for a request that violates the protocol.
 *
 * The parser throws it, and the handler sends an error page. The next bytes on the connection may not be a request, so
 * the server closes the connection.
 */
export class ProtocolError extends Error {
  /** Always `ProtocolError`. */
  override readonly name = "ProtocolError";
  /** Identifies the problem. Codes are stable, so your code can compare them. */
  readonly code: ProtocolErrorCode;
  /** Status of the response. */
  readonly status: number;
  /** One sentence for the error page. */
  readonly explanation: string;

  /** @param code - identifies the problem, with its status, message and explanation */
  constructor(code: ProtocolErrorCode) {
    const [status, message, explanation] = PROTOCOL_ERRORS[code];
    super(message);
    this.code = code;
    this.status = status;
    this.explanation = explanation;
  }
}
