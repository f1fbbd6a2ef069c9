import { type BodyDecoder, bodyDecoder, NEED_DATA } from "./body-decoders.js";
import { ByteWindow, NOTHING } from "./byte-window.js";
import { parseFieldLines } from "./field-lines.js";
import { isToken } from "./grammar.js";
import { DEFAULT_LIMITS, type Limits } from "./limits.js";
import type { FieldLines } from "./message.js";
import { ProtocolError } from "./protocol-error.js";
import { PROXY_SIGNATURE } from "./proxy-preface.js";
import { type FieldFacts, judgeFields, type RequestHead, requestHead } from "./request-head.js";
import { parseRequestLine, type RequestLine } from "./request-line.js";

/** A piece of a request's decoded body. */
export interface ContentPiece {
  readonly type: "content";
  readonly bytes: Buffer;
}

/** End of a request. The next event belongs to the next request. */
export interface EndOfRequest {
  readonly type: "end";
  /** Trailer fields of a chunked body. */
  readonly trailers: FieldLines;
}

/** The client has ended its sending side. */
export interface EndOfInput {
  readonly type: "closed";
}

/** Result of {@link ServerConnection.next}. */
export type RequestEvent = RequestHead | ContentPiece | EndOfRequest | EndOfInput | typeof NEED_DATA;

const END_WITHOUT_TRAILERS: EndOfRequest = Object.freeze({
  type: "end",
  trailers: Object.freeze([]) as FieldLines,
});
const CLOSED: EndOfInput = Object.freeze({ type: "closed" });

const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;

/** Bytes that are kept to recognise a repeated head. */
const MAX_REMEMBERED = 4096;

// RFC 9112 §2.2: at least one should be skipped. Clients that send more than a few don't speak HTTP.
const MAX_EMPTY_LINES = 8;

/**
 * Parses the server's side of an HTTP/1.1 connection: bytes in, events out.
 *
 * It uses no socket and no clock. For each request, it returns a head, any number of content pieces, and an end. The
 * result does not depend on how the bytes are split. The parser scans each byte once. An error is final: each later
 * call throws it again, because the following bytes may not be a request.
 *
 * ```ts
 * connection.receive(bytes); // only stores them
 * for (let event = connection.next(); event !== NEED_DATA; event = connection.next()) {
 *   // a head, a piece of content, an end
 * }
 * ```
 */
export class ServerConnection {
  readonly #limits: Limits;
  readonly #window = new ByteWindow();
  #ended = false;
  #error: ProtocolError | undefined;
  #refused: RequestHead | undefined;
  #inRequest = false;
  #decoder: BodyDecoder | null = null;
  // Progress of the search for the end of a head, as distances from the window's start.
  #scanned = 0;
  #lineStart = 0;
  #requestLineEnd = -1;
  #emptyLines = 0;
  #requestLine = "";
  #requestParts: RequestLine | undefined;
  /** The last head. Clients often send the same head again, or one that differs only in the request line. */
  #lastHead: RequestHead | undefined;
  /** The text of the last head after its request line, with the empty line. Each character is a byte. */
  #lastRest = "";

  constructor(limits: Limits = DEFAULT_LIMITS) {
    this.#limits = limits;
  }

  /** Number of bytes that `next` has not consumed. */
  get buffered(): number {
    return this.#window.end - this.#window.start;
  }

  /** Last request line, even if it was malformed; empty if it was too long. */
  get requestLine(): string {
    return this.#requestLine;
  }

  /** Head of the refused request, if the error is about its body's framing; otherwise `undefined`. */
  get refusedHead(): RequestHead | undefined {
    return this.#refused;
  }

  /** Adds received bytes for {@link next}. Don't change the buffer afterwards. */
  receive(bytes: Buffer): void {
    this.#window.append(bytes);
  }

  /** Reports that the client has ended its sending side. A complete request in the window is still valid. */
  receiveEnd(): void {
    this.#ended = true;
  }

  /**
   * Returns the next event.
   *
   * @throws {@link ProtocolError} if the client violates the protocol
   */
  next(): RequestEvent {
    if (this.#error !== undefined) throw this.#error;
    try {
      return this.#inRequest ? this.#nextOfContent() : this.#nextHead();
    } catch (error) {
      if (error instanceof ProtocolError) this.#error = error;
      throw error;
    }
  }

  /** Returns the bytes after the last request. They belong to the protocol that the connection has changed to. */
  takeRest(): Buffer {
    return this.#window.take(this.#window.length);
  }

  #nextOfContent(): RequestEvent {
    if (this.#decoder === null) return this.#endRequest(END_WITHOUT_TRAILERS);
    const decoded = this.#decoder.decode(this.#window);
    if (decoded === "end") return this.#endRequest({ type: "end", trailers: this.#decoder.trailers });
    if (decoded !== NEED_DATA) return { type: "content", bytes: decoded };
    // An incomplete body must never look complete: RFC 9112 §8.
    if (this.#ended) throw new ProtocolError("INCOMPLETE_CONTENT");
    return NEED_DATA;
  }

  #endRequest(event: EndOfRequest): EndOfRequest {
    this.#inRequest = false;
    this.#decoder = null;
    return event;
  }

  #nextHead(): RequestEvent {
    // An error in this request must not be reported with the request line of the previous one.
    if (this.#scanned === 0) this.#requestLine = "";
    if (this.#ended && this.#window.start === this.#window.end) return CLOSED;
    const head = this.#repeatedHead() ?? this.#newHead();
    if (head === undefined) {
      if (!this.#ended) return NEED_DATA;
      if (this.buffered > 0) throw new ProtocolError("INCOMPLETE_HEAD");
      return CLOSED;
    }
    this.#refused = head;
    this.#decoder = bodyDecoder(head.framing, this.#limits);
    this.#refused = undefined;
    this.#inRequest = true;
    return head;
  }

  /** Returns the last head if the received bytes begin with exactly the same head. */
  #repeatedHead(): RequestHead | undefined {
    const last = this.#lastHead;
    if (last === undefined || this.#scanned > 0) return undefined;
    const { bytes, start, end } = this.#window;
    const { line } = last;
    const length = line.length + this.#lastRest.length;
    if (end - start < length || !beginsWith(bytes, start, line, this.#lastRest)) return undefined;
    this.#startNextHead(start + length);
    this.#requestLine = line;
    return last;
  }

  #newHead(): RequestHead | undefined {
    const length = this.#scanHead();
    return length < 0 ? undefined : this.#parseHead(length);
  }

  /** Returns the length of the head with its empty line, or -1 if it is incomplete. */
  #scanHead(): number {
    const { bytes, start, end } = this.#window;
    let at = start + this.#scanned;
    if (this.#scanned === 0 && start < end && !this.#beginsRequest(bytes, start, end)) return -1;
    for (; at < end; at++) {
      if (bytes[at] !== LF) continue;
      const lineLength = at - start - this.#lineStart;
      const isEmpty = lineLength === 0 || (lineLength === 1 && bytes[at - 1] === CR);
      if (isEmpty && this.#requestLineEnd >= 0) {
        this.#scanned = 0;
        return at + 1 - start;
      }
      if (isEmpty) return this.#skipEmptyLine(at + 1);
      this.#endLine(at - start);
    }
    this.#scanned = at - start;
    this.#checkSize(this.#scanned);
    return -1;
  }

  /**
   * True if a request may begin here; false while the bytes may be an incomplete signature of the PROXY protocol.
   *
   * Other bytes, such as a TLS handshake, are refused without waiting for a line end.
   */
  #beginsRequest(bytes: Buffer, start: number, end: number): boolean {
    const first = bytes[start] as number;
    if (first === CR || first === LF || isToken(String.fromCharCode(first))) return true;
    const signature = PROXY_SIGNATURE.slice(0, end - start);
    if (this.#emptyLines !== 2 || !beginsWith(bytes, start, signature))
      throw new ProtocolError("BAD_REQUEST_LINE");
    if (signature.length === PROXY_SIGNATURE.length) throw new ProtocolError("PROXY_PROTOCOL");
    return false;
  }

  #endLine(lineFeed: number): void {
    if (this.#requestLineEnd < 0) this.#endRequestLine(lineFeed);
    this.#lineStart = lineFeed + 1;
  }

  // Checked before the fields arrive, as in Python. A client of HTTP/0.9 or HTTP/2 sends no fields, and waits.
  #endRequestLine(lineFeed: number): void {
    const { bytes, start } = this.#window;
    const length = bytes[start + lineFeed - 1] === CR ? lineFeed - 1 : lineFeed;
    if (length > this.#limits.requestLine) throw this.#lineTooLong();
    this.#requestLine = bytes.toString("latin1", start, start + length);
    this.#requestParts = parseRequestLine(this.#requestLine);
    this.#requestLineEnd = lineFeed;
  }

  // "A server that is expecting to receive and parse a request-line SHOULD ignore at least one empty line": RFC 9112 §2.2
  #skipEmptyLine(next: number): number {
    if (++this.#emptyLines > MAX_EMPTY_LINES) throw new ProtocolError("BAD_REQUEST_LINE");
    this.#window.start = next;
    this.#scanned = 0;
    this.#lineStart = 0;
    return this.#scanHead();
  }

  // One byte above the limit is allowed: a CR whose LF has not arrived.
  #checkSize(scanned: number): void {
    const line = this.#requestLineEnd;
    if (line < 0 && scanned > this.#limits.requestLine + 1) throw this.#lineTooLong();
    if (line >= 0 && scanned - line - 1 > this.#limits.fieldSection + 1)
      throw new ProtocolError("FIELDS_TOO_LONG");
  }

  // 501 for a method that is too long, 414 for a target: RFC 9112 §3.
  #lineTooLong(): ProtocolError {
    const { bytes, start } = this.#window;
    const hasMethod = bytes.subarray(start, start + this.#limits.requestLine).includes(SPACE);
    return new ProtocolError(hasMethod ? "REQUEST_LINE_TOO_LONG" : "METHOD_TOO_LONG");
  }

  #parseHead(length: number): RequestHead {
    const { bytes, start } = this.#window;
    const lineLength = this.#requestLine.length;
    const rest = bytes.toString("latin1", start + lineLength, start + length);
    const section = rest.slice(this.#requestLineEnd + 1 - lineLength, this.#lineStart - lineLength);
    if (section.length > this.#limits.fieldSection) throw new ProtocolError("FIELDS_TOO_LONG");
    this.#startNextHead(start + length);
    const parts = this.#requestParts as RequestLine;
    this.#requestParts = undefined;
    const facts = this.#judge(section, rest, parts);
    const head = requestHead(this.#requestLine, parts, facts);
    if (length > MAX_REMEMBERED) return head;
    this.#lastHead = head;
    this.#lastRest = rest;
    return head;
  }

  #startNextHead(start: number): void {
    this.#window.start = start;
    // The next bytes may come much later.
    if (start === this.#window.end) this.#window.bytes = NOTHING;
    this.#lineStart = 0;
    this.#requestLineEnd = -1;
    this.#emptyLines = 0;
  }

  #judge(section: string, rest: string, { minorVersion }: RequestLine): FieldFacts {
    const last = this.#lastHead;
    const isSame = rest === this.#lastRest && last?.minorVersion === minorVersion;
    // A host in the target of the last head has replaced one of its fields.
    if (isSame && last.authority === null) return last;
    return judgeFields(parseFieldLines(section, this.#limits.fieldCount), minorVersion);
  }
}

// Faster than `Buffer.compare` for a few hundred bytes, because that is a call out of JavaScript.
function beginsWith(bytes: Buffer, start: number, ...parts: readonly string[]): boolean {
  let at = start;
  for (const part of parts) {
    for (let index = 0; index < part.length; index++) {
      if (bytes[at++] !== part.charCodeAt(index)) return false;
    }
  }
  return true;
}
