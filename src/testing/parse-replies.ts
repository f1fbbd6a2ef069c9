import { ChunkedDecoder, NEED_DATA } from "../http1/body-decoders.js";
import { ByteWindow } from "../http1/byte-window.js";
import { parseFieldLines } from "../http1/field-lines.js";
import { DEFAULT_LIMITS } from "../http1/limits.js";
import { HTTPMessage } from "../http1/message.js";

/** A parsed HTTP response. */
export interface ParsedReply {
  /** The status code. */
  readonly status: number;
  /** The reason phrase. */
  readonly reason: string;
  /** HTTP version: `HTTP/1.1`. */
  readonly version: string;
  /** The header fields. */
  readonly headers: HTTPMessage;
  /** The content, without the framing. */
  readonly body: Buffer;
  /** True if the body is complete; false if the connection ended too early. */
  readonly isComplete: boolean;
}

const STATUS_LINE = /^(HTTP\/1\.[01]) ([0-9]{3}) (.*)$/;

/**
 * Parses all responses of a connection: RFC 9112 §6.3.
 *
 * @param bytes - all bytes of a connection
 * @param methods - methods of the requests; a response to HEAD has no body
 * @returns the final responses, without 1xx responses
 * @throws `Error` for an invalid response
 */
export function parseReplies(bytes: Buffer, methods: readonly string[]): ParsedReply[] {
  const window = new ByteWindow();
  window.append(bytes);
  const replies: ParsedReply[] = [];
  while (window.length > 0) {
    const head = takeHead(window);
    const isInterim = head.status < 200 && head.status !== 101;
    if (!isInterim) replies.push({ ...head, ...takeContent(window, head, methods[replies.length]) });
  }
  return replies;
}

type Head = Omit<ParsedReply, "body" | "isComplete">;
type Content = Pick<ParsedReply, "body" | "isComplete">;

function takeHead(window: ByteWindow): Head {
  const end = window.bytes.indexOf("\r\n\r\n", window.start);
  const text = window.take(end < 0 ? window.length : end + 4 - window.start).toString("latin1");
  const [line = ""] = text.split("\r\n", 1);
  const [, version, status, reason] = STATUS_LINE.exec(line) ?? [];
  if (version === undefined || reason === undefined || end < 0)
    throw new Error(`This is not an HTTP response: ${JSON.stringify(text.slice(0, 200))}`);
  const fields = parseFieldLines(text.slice(line.length + 2, -2), Number.POSITIVE_INFINITY);
  return { version, status: Number(status), reason, headers: new HTTPMessage(fields) };
}

function takeContent(window: ByteWindow, { status, headers }: Head, method: string | undefined): Content {
  if (method === "HEAD" || status === 204 || status === 304)
    return { body: Buffer.alloc(0), isComplete: true };
  if (headers.has("Transfer-Encoding")) return takeChunks(window);
  const announced = headers.get("Content-Length");
  // Without a length, the body ends with the connection. The same applies to another protocol (101) and to a tunnel.
  const length = announced === null ? window.length : Number(announced);
  const body = window.take(length);
  return { body, isComplete: body.length === length };
}

function takeChunks(window: ByteWindow): Content {
  const decoder = new ChunkedDecoder(DEFAULT_LIMITS);
  const pieces: Buffer[] = [];
  for (;;) {
    const decoded = decoder.decode(window);
    if (decoded === "end" || decoded === NEED_DATA)
      return { body: Buffer.concat(pieces), isComplete: decoded === "end" };
    pieces.push(decoded);
  }
}
