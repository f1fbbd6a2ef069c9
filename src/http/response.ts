import { CodedError } from "../errors/coded-error.js";
import { listMembers } from "../http1/grammar.js";
import type { ConnectionOption, ResponseFacts } from "../http1/persistence.js";
import {
  frame,
  isTunnel,
  mayBeFramed,
  mayHaveContent,
  type ResponseFraming,
} from "../http1/response-framing.js";
import {
  type FieldBlock,
  type FieldLine,
  fieldLine,
  KEEP_ALIVE,
  statusLine,
  withoutField,
} from "../http1/response-head.js";
import type { ByteSink, Recyclable } from "../io/byte-writer.js";
import { DisconnectedError } from "../io/connection-errors.js";
import type { SocketSink } from "../io/socket-sink.js";

/** A body without an announced length is buffered up to this number of bytes; a longer one is sent in chunks. */
const HOLD_SIZE = 64 * 1024;

/** When this number of bytes is buffered, they are sent without waiting for the handler. */
const FLUSH_SIZE = 64 * 1024;

const INTERIM_CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

/** Codes for calls in the wrong order. They are stable: compare with them. */
export type ResponseErrorCode =
  | "PYSERVE_HEAD_NOT_ENDED"
  | "PYSERVE_HEAD_ALREADY_SENT"
  | "PYSERVE_CONTENT_TOO_LONG"
  | "PYSERVE_RESPONSE_ENDED"
  | "PYSERVE_REQUEST_ENDED"
  | "PYSERVE_REQUEST_NOT_AWAITED"
  | "PYSERVE_REQUEST_NOT_READ"
  | "PYSERVE_CONTENT_UNREAD";

/** A mistake of the handler, not of the client: calls in the wrong order, or a wrong length. */
export class ResponseError extends CodedError<ResponseErrorCode> {
  /** Always `ResponseError`. */
  override readonly name = "ResponseError";
}

/** The parts of an exchange that a response needs. */
export interface ResponseOwner {
  /** The body of the request, if it has one. */
  readonly content: { readonly ended: boolean } | undefined;
  /** Returns the option for the `Connection` field. Called when the head is sent. */
  connectionOption(): ConnectionOption | null;
  /** The field line for a connection that stays open; empty for none. */
  readonly keepAliveField: string;
}

/**
 * One response: a status line, fields, and a body with a framing that always ends. It is the sink of the handler's
 * `wfile`.
 *
 * Nothing is sent before the head has ended. Without an announced length, the body is buffered. If it is complete when
 * the handler returns, the response gets a `Content-Length`. Otherwise it is chunked; for HTTP/1.0, it ends with the
 * connection. Bytes beyond an announced length are never sent, because the client would read them as the next response.
 *
 * A response is also held back until the body of its request has arrived: before that, it is unknown whether the
 * connection can stay open.
 */
export class Response implements ByteSink, ResponseFacts {
  // Fields, not getters, because each request reads them many times. Only the response itself writes them.
  /** Progress. Up to `kept`, nothing was sent. */
  phase: "empty" | "head" | "held" | "kept" | "sending" | "ended" = "empty";
  /** Framing of the body; known when the head is sent. */
  framing: ResponseFraming = "none";
  /** Option of its `Connection` field. */
  connection: ConnectionOption | null = null;
  /** True while the client waits for `100 Continue` before it sends its content. */
  isAwaited = false;
  /** Reason why it will never be complete: a stream for the body has failed. */
  failure: Error | undefined;
  /**
   * True while default fields are added. Other fields with the same name replace them, whether added before or after.
   */
  addsDefaults = false;
  /** True if the client can see that it has the whole response. */
  isComplete = false;
  /** Bytes of content that were sent, without their framing. */
  size = 0;
  readonly #sink: SocketSink;
  readonly #owner: ResponseOwner;
  // State of the request.
  #method = "";
  #minorVersion: 0 | 1 = 0;
  // State of the response.
  #status = 0;
  #head = "";
  // Bits for fields that a head may have only once: for default fields, and for fields of the handler.
  #defaults = 0;
  #owns = 0;
  #length: number | null = null;
  #isCoded = false;
  #left = 0;
  #held: (string | Buffer)[] | undefined;
  #heldSize = 0;
  /** Fields after the head: those of a part of a multipart body. */
  #partFields = "";
  #isLate = false;
  #flushScheduled = false;

  /**
   * @param sink - destination
   * @param owner - its exchange
   */
  constructor(sink: SocketSink, owner: ResponseOwner) {
    this.#sink = sink;
    this.#owner = owner;
  }

  /**
   * Reuses it for another request, after the last one has ended.
   *
   * @param method - method of the request; `""` if it is unknown
   * @param minorVersion - 1 if both sides speak HTTP/1.1
   */
  answer(method: string, minorVersion: 0 | 1): void {
    this.#method = method;
    this.#minorVersion = minorVersion;
    this.isAwaited = false;
    this.#isLate = false;
    this.failure = undefined;
    this.framing = "none";
    this.reset();
  }

  /**
   * Returns another response to the same request. Use it only if nothing was sent; this response accepts no more data.
   */
  again(): Response {
    const other = new Response(this.#sink, this.#owner);
    other.answer(this.#method, this.#minorVersion);
    other.isAwaited = this.isAwaited;
    other.#isLate = this.#isLate;
    this.phase = "ended";
    return other;
  }

  /** True if nothing of it was sent, so that another response can replace it. */
  get isReplaceable(): boolean {
    return this.phase !== "sending" && this.phase !== "ended";
  }

  /** The final status code that was sent; `null` if there was none. */
  get status(): number | null {
    return this.isReplaceable || this.#status < 200 ? null : this.#status;
  }

  /** True if another protocol follows its head: `101`, or a tunnel. */
  get willBeRaw(): boolean {
    return this.phase === "head" && isTunnel(this.#status, this.#method);
  }

  /** True if only the end of the connection shows where the content ends. */
  get endsWithConnection(): boolean {
    return this.framing === "close" || this.framing === "raw";
  }

  /** Drops the response. Only allowed if it is replaceable. */
  reset(): void {
    this.phase = "empty";
    this.#status = 0;
    this.size = 0;
    this.isComplete = false;
    this.#head = "";
    this.#defaults = 0;
    this.#owns = 0;
    this.addsDefaults = false;
    this.#length = null;
    this.#isCoded = false;
    this.connection = null;
    this.#partFields = "";
    this.#held = undefined;
    this.#heldSize = 0;
  }

  /** Begins the head. It replaces a head that was not ended. */
  start(version: string, status: number, reason: string): void {
    if (this.phase !== "empty") this.#checkStart(status);
    this.phase = "head";
    this.#status = status;
    this.#head = statusLine(version, status, reason);
  }

  /**
   * Adds a field to the head. After the head, it is a field of a part of a multipart body, and written when
   * {@link endHead} is called again.
   */
  add(name: string, value: string): void {
    if (this.phase !== "head") return this.#addToPart(name, value);
    const line = fieldLine(name, value);
    if (line.single !== 0 && !this.#noteSingle(name, line.single)) return;
    if (line.role === null || this.#note(line)) this.#head += line.text;
  }

  /** Adds several default fields to the head. Other fields with the same names replace them. */
  addBlock({ before, length, after, singles, fields }: FieldBlock): void {
    if (this.phase !== "head") throw this.#noHead("block of fields");
    if ((this.#owns & singles) !== 0) return this.#addEach(fields);
    this.#defaults |= singles;
    this.#head += before;
    if (length !== null && this.#note(length)) this.#head += length.text;
    this.#head += after;
  }

  /** Ends the head. */
  endHead(): void {
    if (this.phase !== "head") return this.#endPartHead();
    const status = this.#status;
    if (status < 200 && status !== 101) return this.#sendInterim();
    // A 205 must not have a body. It gets a length of 0, because clients look for a length (RFC 9110 §15.3.6).
    if (status === 205 && !isTunnel(status, this.#method)) this.#head += "Content-Length: 0\r\n";
    this.#left = this.#length ?? 0;
    const framing = this.#frame();
    if (framing !== "raw" && this.#mustBeHeld()) this.phase = "held";
    else this.#sendHead(framing, "");
    if (this.#isLate) this.#scheduleFlush();
  }

  /** Allows a waiting client to send its body, if that still makes sense. */
  sendContinue(): void {
    if (!this.isAwaited || !this.isReplaceable || this.#sink.broken) return;
    this.isAwaited = false;
    this.#sink.addLatin1(INTERIM_CONTINUE);
    this.#sink.flush();
  }

  write(data: string | Uint8Array, byteLength: number): boolean {
    const sink = this.#sink;
    if (sink.broken) throw new DisconnectedError("The client has closed the connection.", "EPIPE");
    if (this.#partFields !== "") throw this.#misplaced();
    if (this.phase === "sending") this.#send(data, byteLength);
    else if (this.phase === "held") this.#hold(data, byteLength);
    else throw this.#misplaced();
    if (sink.size >= FLUSH_SIZE) return sink.flush();
    if (this.#isLate) this.#scheduleFlush();
    return !sink.full;
  }

  flush(): boolean {
    if (this.phase === "held" && this.failure === undefined) this.#stream();
    return this.#sink.broken || this.#sink.flush();
  }

  fail(reason: Error): void {
    this.failure = reason;
  }

  drained(): Promise<void> {
    return this.#sink.drained();
  }

  /** @internal */
  recycleWhenSent(owner: Recyclable): void {
    this.#sink.recycleWhenSent(owner);
  }

  /**
   * Called when the handler continues in another iteration of the event loop. From now on, written data is sent at the
   * end of each iteration.
   */
  becomeLate(): void {
    this.#isLate = true;
    if (this.phase === "held" || this.phase === "sending" || this.#sink.size > 0) this.#scheduleFlush();
  }

  /** Accepts no more data, and holds the response back until {@link end}. */
  keep(): void {
    if (this.phase === "held") this.phase = "kept";
  }

  /**
   * Ends the response. Called when the handler has finished.
   *
   * @returns true if the client can see that it is complete
   */
  end(): boolean {
    if (this.#partFields !== "") throw this.#misplaced();
    if (this.phase === "held" || this.phase === "kept") this.#sendHeld();
    const isWhole = this.framing !== "length" || this.#left === 0;
    this.isComplete = this.phase === "sending" && isWhole;
    if (this.phase === "sending" && this.framing === "chunked") this.#sink.addLatin1("0\r\n\r\n");
    this.phase = "ended";
    return this.isComplete;
  }

  /** Number of bytes of the announced length that are not sent yet. */
  get missing(): number {
    return this.framing === "length" ? this.#left : 0;
  }

  /**
   * Sends a plain 500 instead of the response, without calling hooks of the handler. Only allowed if
   * {@link isReplaceable} is true.
   */
  apologise(version: string, date: string): void {
    this.reset();
    this.start(version, 500, "Internal Server Error");
    this.add("Date", date);
    this.add("Content-Type", "text/plain; charset=utf-8");
    this.add("Content-Length", "0");
    this.endHead();
    this.end();
  }

  #flushLater(): void {
    this.#flushScheduled = false;
    if (this.phase !== "ended") this.flush();
  }

  #checkStart(status: number): void {
    if (this.phase !== "head")
      throw this.#wrong(
        "PYSERVE_HEAD_ALREADY_SENT",
        `The response has already begun, so the status ${status} can't be sent. Send one response for each request.`,
      );
    this.reset();
  }

  #addToPart(name: string, value: string): void {
    if ((this.phase !== "held" && this.phase !== "sending") || this.framing === "raw")
      throw this.#noHead(`field ${name}`);
    this.#partFields += fieldLine(name, value).text;
  }

  #endPartHead(): void {
    if (this.#partFields === "")
      throw this.#wrong("PYSERVE_HEAD_NOT_ENDED", "No header has begun. Call send_response first.");
    const head = Buffer.from(`${this.#partFields}\r\n`, "latin1");
    this.#partFields = "";
    this.write(head, head.length);
  }

  #addEach(fields: FieldBlock["fields"]): void {
    this.addsDefaults = true;
    for (const [name, value] of fields) this.add(name, value);
    this.addsDefaults = false;
  }

  /** Records a field that a head may have only once. Returns true if it must be sent. */
  #noteSingle(name: string, bit: number): boolean {
    if (this.addsDefaults) {
      if ((this.#owns & bit) !== 0) return false;
      this.#defaults |= bit;
    } else {
      if ((this.#defaults & bit) !== 0) this.#head = withoutField(this.#head, name);
      this.#defaults &= ~bit;
      this.#owns |= bit;
    }
    return true;
  }

  /** Records a framing field. Returns true if it must be sent. */
  #note({ role, value }: FieldLine): boolean {
    switch (role) {
      case "connection":
        this.#noteConnection(value);
        return true;
      case "content-length":
        return this.#noteLength(value);
      case "transfer-encoding":
        return this.#noteCoding();
      default:
        return true;
    }
  }

  #noteConnection(value: string): void {
    const options = listMembers(value);
    if (options.includes("close")) this.connection = "close";
    else if (options.includes("keep-alive")) this.connection ??= "keep-alive";
  }

  #noteLength(value: string): boolean {
    const length = /^[0-9]+$/.test(value) ? Number(value) : Number.NaN;
    if (!Number.isSafeInteger(length))
      throw new TypeError(`Content-Length must be a number of bytes, not ${JSON.stringify(value)}.`);
    if (!mayBeFramed(this.#status, this.#method)) return false;
    const isFirst = this.#length === null;
    if (this.#isCoded || (this.#length ?? length) !== length) throw ambiguousFraming();
    this.#length = length;
    return isFirst;
  }

  #noteCoding(): boolean {
    if (!mayBeFramed(this.#status, this.#method)) return false;
    if (this.#length !== null) throw ambiguousFraming();
    if (this.#minorVersion === 0)
      throw new TypeError("HTTP/1.0 has no Transfer-Encoding (RFC 9112 §6.1). Don't set it.");
    this.#isCoded = true;
    return true;
  }

  #frame(): ResponseFraming {
    return frame(
      this.#status,
      this.#method,
      { length: this.#length, coded: this.#isCoded },
      this.#minorVersion,
    );
  }

  /** True if the head can't be sent yet, because the length is unknown, or because the connection may still end. */
  #mustBeHeld(): boolean {
    const { content } = this.#owner;
    return (content !== undefined && !content.ended) || (this.#length === null && this.#lacksLength());
  }

  #lacksLength(): boolean {
    return this.#length === null && !this.#isCoded && mayHaveContent(this.#status);
  }

  #sendInterim(): void {
    // HTTP/1.0 has no 1xx, and its clients would take a 1xx for the final response: RFC 9110 §15.2.
    if (this.#minorVersion === 1) {
      if (this.#status === 100) this.isAwaited = false;
      this.#sink.addLatin1(`${this.#head}\r\n`);
      this.#sink.flush();
    }
    this.reset();
  }

  #sendHead(framing: ResponseFraming, field: string): void {
    this.phase = "sending";
    this.framing = framing;
    if (framing === "close") this.#sink.endsReply();
    this.#sink.addLatin1(`${this.#head}${field}${framing === "raw" ? "" : this.#connectionField()}\r\n`);
    this.#head = "";
  }

  #connectionField(): string {
    const option = this.#owner.connectionOption();
    const own = this.connection;
    // If several options are given, "close" wins.
    if (option === null || own === "close") return "";
    const hasTime = ((this.#owns | this.#defaults) & KEEP_ALIVE) !== 0;
    const time = option === "close" || hasTime ? "" : this.#owner.keepAliveField;
    if (option === own) return time;
    this.connection = option;
    return option === "close" ? "Connection: close\r\n" : `Connection: keep-alive\r\n${time}`;
  }

  #hold(data: string | Uint8Array, byteLength: number): void {
    if (this.#heldSize + byteLength > HOLD_SIZE) {
      this.#stream();
      this.#send(data, byteLength);
    } else {
      if (this.#length !== null && this.#heldSize + byteLength > this.#length && this.#frame() === "length")
        throw this.#tooLong();
      this.#held ??= [];
      this.#held.push(typeof data === "string" ? data : Buffer.from(data));
      this.#heldSize += byteLength;
    }
  }

  /** The body is complete. */
  #sendHeld(): void {
    let field = "";
    let framing = this.#frame();
    if (this.#lacksLength()) {
      // HEAD has the length of GET, or none: if the handler writes nothing for HEAD, the length is unknown.
      if (framing !== "none" || this.#heldSize > 0) field = `Content-Length: ${this.#heldSize}\r\n`;
      if (framing !== "none") framing = "length";
      this.#left = this.#heldSize;
    }
    this.#sendHead(framing, field);
    this.#sendAllHeld();
  }

  /** The body is too long to wait for its end. */
  #stream(): void {
    const framing = this.#frame();
    this.#sendHead(framing, framing === "chunked" ? "Transfer-Encoding: chunked\r\n" : "");
    this.#sendAllHeld();
  }

  #sendAllHeld(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    this.#heldSize = 0;
    for (const data of held) this.#send(data, Buffer.byteLength(data));
  }

  #send(data: string | Uint8Array, byteLength: number): void {
    if (this.framing === "none") return;
    if (this.framing === "chunked") return this.#sendChunk(data, byteLength);
    if (this.framing === "length") {
      if (byteLength > this.#left) throw this.#tooLong();
      this.#left -= byteLength;
    }
    this.size += byteLength;
    this.#sink.add(data, byteLength);
  }

  #sendChunk(data: string | Uint8Array, byteLength: number): void {
    // An empty chunk would end the body.
    if (byteLength === 0) return;
    this.#sink.addLatin1(`${byteLength.toString(16)}\r\n`);
    this.size += byteLength;
    this.#sink.add(data, byteLength);
    this.#sink.addLatin1("\r\n");
  }

  #tooLong(): ResponseError {
    return new ResponseError(
      "PYSERVE_CONTENT_TOO_LONG",
      `The content is longer than the announced Content-Length of ${this.#length} bytes. Count bytes, not characters (Buffer.byteLength(text)), or don't set the length.`,
    );
  }

  /** Returns the error for a call at the wrong time. If the response has ended, the message says so. */
  #wrong(code: ResponseErrorCode, message: string): ResponseError {
    return this.phase === "ended" || this.phase === "kept"
      ? new ResponseError(
          "PYSERVE_RESPONSE_ENDED",
          "The response has ended, because its handler has returned. Await all work in the handler.",
        )
      : new ResponseError(code, message);
  }

  #noHead(what: string): ResponseError {
    return this.#wrong(
      "PYSERVE_HEAD_ALREADY_SENT",
      `The ${what} can't be sent here. Send it after send_response and before end_headers.`,
    );
  }

  #misplaced(): ResponseError {
    return this.#wrong(
      "PYSERVE_HEAD_NOT_ENDED",
      this.#partFields === ""
        ? "The body comes after the header. Call send_response and end_headers first."
        : "Fields after the header begin a part of the body. End them with end_headers.",
    );
  }

  #scheduleFlush(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    // Runs after all settled promises: a handler that awaits nothing else has then returned, and its response gets a
    // length.
    queueMicrotask(() => process.nextTick(() => this.#flushLater()));
  }
}

// Clients disagree about two framings: RFC 9112 §6.3.
function ambiguousFraming(): TypeError {
  return new TypeError("A response must have one Content-Length or one Transfer-Encoding, not both.");
}
