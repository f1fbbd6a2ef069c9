import { type BodyDecoder, bodyDecoder, NEED_DATA } from "./body-decoders.js";
import { ByteWindow } from "./byte-window.js";
import { parseFieldLines } from "./field-lines.js";
import { isToken } from "./grammar.js";
import { DEFAULT_LIMITS, type Limits } from "./limits.js";
import type { FieldLines } from "./message.js";
import { ProtocolError } from "./protocol-error.js";
import { PROXY_SIGNATURE } from "./proxy-preface.js";
import { type FieldFacts, judgeFields, type RequestHead, requestHead } from "./request-head.js";
import { parseRequestLine, type RequestLine } from "./request-line.js";

/** A piece of a request's content, out of its framing. */
export interface ContentPiece {
  readonly type: "content";
  readonly bytes: Buffer;
}

/** A request is complete; what comes next is another one. */
export interface EndOfRequest {
  readonly type: "end";
  /** The trailer fields of a chunked request. */
  readonly trailers: FieldLines;
}

/** The client sends nothing more. */
export interface EndOfInput {
  readonly type: "closed";
}

/** Result of `next`. */
export type RequestEvent = RequestHead | ContentPiece | EndOfRequest | EndOfInput | typeof NEED_DATA;

const END_WITHOUT_TRAILERS: EndOfRequest = Object.freeze({
  type: "end",
  trailers: Object.freeze([]) as FieldLines,
});
const CLOSED: EndOfInput = Object.freeze({ type: "closed" });

const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;

const NOTHING = Buffer.alloc(0);

/** Bytes that a connection may keep to recognise a head that is repeated. */
const MAX_REMEMBERED = 4096;

// RFC 9112 §2.2 asks to skip one at least; clients that send more than a few don't speak HTTP.
const MAX_EMPTY_LINES = 8;

/**
 * The server's side of an HTTP/1.1 connection, without a connection: bytes in, events out.
 *
 * It knows no socket and no clock. Its events do not depend on how the bytes were cut, and its cost is linear in their
 * number: each is looked at once. For each request there is a head, content in any number of pieces, and an end. An
 * error is final: every later call throws it again, since what follows can't be told from a request any more.
 *
 * ```ts
 * connection.receive(bytes); // only stores
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
  // Where the scan for the end of a head stands, as distances from the window's start.
  #scanned = 0;
  #lineStart = 0;
  #requestLineEnd = -1;
  #emptyLines = 0;
  #requestLine = "";
  #requestParts: RequestLine | undefined;
  // Clients repeat themselves, all of a head or its fields; what that means is then known.
  #lastHead: RequestHead | undefined;
  #lastHeadBytes: Uint8Array = NOTHING;
  #lastSection = "";
  #lastMinorVersion = -1;
  #lastFacts: FieldFacts | undefined;

  constructor(limits: Partial<Limits> = {}) {
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
  }

  /** How many bytes wait for `next`. */
  get buffered(): number {
    return this.#window.end - this.#window.start;
  }

  /** The request line that was read last, also where it is no good; empty where it is too long. */
  get requestLine(): string {
    return this.#requestLine;
  }

  /** The head of the request that an error is about, where the head itself is good; else `undefined`. */
  get refusedHead(): RequestHead | undefined {
    return this.#refused;
  }

  /** Takes bytes as they come. Nothing is looked at before `next`; the buffer may not be changed afterwards. */
  receive(bytes: Buffer): void {
    this.#window.append(bytes);
  }

  /** The client has ended its sending. What is in the window is still a request, if it is complete. */
  receiveEnd(): void {
    this.#ended = true;
  }

  /**
   * The next event.
   *
   * @throws {@link ProtocolError} when the client broke the protocol
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

  /**
   * Returns the bytes after the last request that was read. They belong to the protocol that the connection
   * has changed to.
   */
  takeRest(): Buffer {
    return this.#window.take(this.#window.length);
  }

  #nextOfContent(): RequestEvent {
    if (this.#decoder === null) return this.#endRequest(END_WITHOUT_TRAILERS);
    const decoded = this.#decoder.decode(this.#window);
    if (decoded === "end") return this.#endRequest({ type: "end", trailers: this.#decoder.trailers });
    if (decoded !== NEED_DATA) return { type: "content", bytes: decoded };
    // Content that breaks off must never look complete: RFC 9112 §8.
    if (this.#ended) throw new ProtocolError("INCOMPLETE_CONTENT");
    return NEED_DATA;
  }

  #endRequest(event: EndOfRequest): EndOfRequest {
    this.#inRequest = false;
    this.#decoder = null;
    return event;
  }

  #nextHead(): RequestEvent {
    // An error in the next request must not be reported with the line of the last one.
    if (this.#scanned === 0) this.#requestLine = "";
    const head = this.#repeatedHead() ?? this.#newHead();
    if (head === undefined) return this.#ended ? this.#endOfInput() : NEED_DATA;
    this.#refused = head;
    this.#decoder = bodyDecoder(head.framing, this.#limits);
    this.#refused = undefined;
    this.#inRequest = true;
    return head;
  }

  /** The last head, where what has come begins with the same bytes: its empty line is among them. */
  #repeatedHead(): RequestHead | undefined {
    const { bytes, start, end } = this.#window;
    const length = this.#lastHeadBytes.length;
    if (this.#scanned > 0 || length === 0 || end - start < length) return undefined;
    if (!beginsWith(bytes, start, this.#lastHeadBytes)) return undefined;
    this.#startNextHead(start + length);
    this.#requestLine = (this.#lastHead as RequestHead).line;
    return this.#lastHead;
  }

  #newHead(): RequestHead | undefined {
    const length = this.#scanHead();
    return length < 0 ? undefined : this.#parseHead(length);
  }

  #endOfInput(): EndOfInput {
    if (this.#window.length > 0) throw new ProtocolError("INCOMPLETE_HEAD");
    return CLOSED;
  }

  /** The length of the head with its empty line, or -1 when that has not come yet. */
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
   * True if a request may begin here; the PROXY protocol is told by several bytes, and may have to wait for them.
   *
   * What begins with no method is no request, however it goes on: a TLS handshake, say. It need not wait for a line end.
   */
  #beginsRequest(bytes: Buffer, start: number, end: number): boolean {
    const first = bytes[start] as number;
    if (first === CR || first === LF || isToken(String.fromCharCode(first))) return true;
    const signature = PROXY_SIGNATURE.subarray(0, end - start);
    if (this.#emptyLines !== 2 || !beginsWith(bytes, start, signature))
      throw new ProtocolError("BAD_REQUEST_LINE");
    if (signature.length === PROXY_SIGNATURE.length) throw new ProtocolError("PROXY_PROTOCOL");
    return false;
  }

  #endLine(lineFeed: number): void {
    if (this.#requestLineEnd < 0) this.#endRequestLine(lineFeed);
    this.#lineStart = lineFeed + 1;
  }

  // Judged before the fields come, as in Python: who speaks HTTP/0.9 or 2 sends none, and waits.
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

  // One byte more than the limit may be there: the CR of a line end whose LF has not come.
  #checkSize(scanned: number): void {
    const line = this.#requestLineEnd;
    if (line < 0 && scanned > this.#limits.requestLine + 1) throw this.#lineTooLong();
    if (line >= 0 && scanned - line - 1 > this.#limits.fieldSection + 1)
      throw new ProtocolError("FIELDS_TOO_LONG");
  }

  // RFC 9112 §3: 501 for a method that is longer than any, 414 for a target that is.
  #lineTooLong(): ProtocolError {
    const { bytes, start } = this.#window;
    const hasMethod = bytes.subarray(start, start + this.#limits.requestLine).includes(SPACE);
    return new ProtocolError(hasMethod ? "REQUEST_LINE_TOO_LONG" : "METHOD_TOO_LONG");
  }

  #parseHead(length: number): RequestHead {
    const { bytes, start } = this.#window;
    const section = bytes.toString("latin1", start + this.#requestLineEnd + 1, start + this.#lineStart);
    if (section.length > this.#limits.fieldSection) throw new ProtocolError("FIELDS_TOO_LONG");
    this.#startNextHead(start + length);
    const parts = this.#requestParts as RequestLine;
    const head = requestHead(this.#requestLine, parts, this.#judge(section, parts.minorVersion));
    this.#remember(head, bytes.subarray(start, start + length));
    return head;
  }

  #remember(head: RequestHead, bytes: Buffer): void {
    const isSmall = bytes.length <= MAX_REMEMBERED;
    this.#lastHead = isSmall ? head : undefined;
    this.#lastHeadBytes = isSmall ? withoutSurroundings(bytes) : NOTHING;
  }

  #startNextHead(start: number): void {
    this.#window.start = start;
    this.#lineStart = 0;
    this.#requestLineEnd = -1;
    this.#emptyLines = 0;
  }

  #judge(section: string, minorVersion: 0 | 1): FieldFacts {
    if (
      this.#lastFacts !== undefined &&
      section === this.#lastSection &&
      minorVersion === this.#lastMinorVersion
    ) {
      return this.#lastFacts;
    }
    const facts = judgeFields(parseFieldLines(section, this.#limits.fieldCount), minorVersion);
    this.#lastSection = section;
    this.#lastMinorVersion = minorVersion;
    this.#lastFacts = facts;
    return facts;
  }
}

// As they are where they have memory of their own; a copy where they would keep much more of it alive, as over TLS, where Node hands
// out parts of one large piece.
function withoutSurroundings(bytes: Buffer): Uint8Array {
  return bytes.buffer.byteLength <= MAX_REMEMBERED ? bytes : new Uint8Array(bytes);
}

// For the few hundred bytes of a head quicker than Buffer.compare, which is a call out of JavaScript.
function beginsWith(bytes: Buffer, start: number, prefix: Uint8Array): boolean {
  for (let at = 0; at < prefix.length; at++) {
    if (bytes[start + at] !== prefix[at]) return false;
  }
  return true;
}
