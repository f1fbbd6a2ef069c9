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
import type { ByteSink } from "../io/byte-writer.js";
import { DisconnectedError } from "../io/connection-errors.js";
import type { SocketSink } from "../io/socket-sink.js";

/** Content whose length nobody has announced is held back up to this many bytes; then it is sent in chunks. */
const HOLD_SIZE = 64 * 1024;

/** What has come together up to this size is sent without waiting for the handler. */
const FLUSH_SIZE = 64 * 1024;

const INTERIM_CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

/** What a handler can do in the wrong order; stable, to be compared with. */
export type ResponseErrorCode =
  | "PYSERVE_HEAD_NOT_ENDED"
  | "PYSERVE_HEAD_ALREADY_SENT"
  | "PYSERVE_CONTENT_TOO_LONG"
  | "PYSERVE_RESPONSE_ENDED"
  | "PYSERVE_REQUEST_ENDED"
  | "PYSERVE_REQUEST_NOT_AWAITED"
  | "PYSERVE_REQUEST_NOT_READ"
  | "PYSERVE_CONTENT_UNREAD";

/** A handler said one thing and did another: its fault, not the client's. */
export class ResponseError extends CodedError<ResponseErrorCode> {
  /** Always `ResponseError`. */
  override readonly name = "ResponseError";
}

/** Questions that a response asks its exchange. */
export interface ResponseOwner {
  /** The content of the request, where it has one. */
  readonly content: { readonly ended: boolean } | undefined;
  /** Decides what to say about the connection, when the head is sent. */
  connectionOption(): ConnectionOption | null;
  /** The field line for a connection that goes on; empty for none. */
  readonly keepAliveField: string;
}

/**
 * One response: a status line, fields, and content in a framing that always ends. It is the sink of the handler's `wfile`.
 *
 * Nothing is sent before the head has ended. Where the handler has announced no length, content is held back: if all
 * of it has come when the handler returns, it gets a `Content-Length`; what is longer or later is chunked, or ends with the
 * connection for HTTP/1.0. Bytes beyond an announced length are never sent, since they would be read as the next response.
 *
 * A response is also held back while content of its request is still to come: whether the connection can go on is not known yet.
 */
export class Response implements ByteSink, ResponseFacts {
  // Fields, and not getters: they are asked for many times with each request. Only a response writes its own.
  /** How far it is. Up to `kept`, nothing of it was sent. */
  phase: "empty" | "head" | "held" | "kept" | "sending" | "ended" = "empty";
  /** How its content ends; known when the head is sent. */
  framing: ResponseFraming = "none";
  /** The option of its `Connection` field. */
  connection: ConnectionOption | null = null;
  /** True while the client waits for `100 Continue` before it sends its content. */
  isAwaited = false;
  /** Why it will never be whole: a stream that was to give the content has failed. */
  failure: Error | undefined;
  /** True if fields that are added give way to others of their names, added before them or later. */
  addsDefaults = false;
  /** True if the client can tell that it has all of it. */
  isComplete = false;
  /** Bytes of content that were sent, without their framing. */
  size = 0;
  readonly #sink: SocketSink;
  readonly #owner: ResponseOwner;
  // Of the request.
  #method = "";
  #minorVersion: 0 | 1 = 0;
  // Of the response.
  #status = 0;
  #head = "";
  // Names of single fields in the head: those that give way, and those that do not.
  #defaults = 0;
  #owns = 0;
  #length: number | null = null;
  #isCoded = false;
  #left = 0;
  #held: (string | Buffer)[] = [];
  #heldSize = 0;
  /** Fields that came behind the head: those of a part of the content. */
  #partFields = "";
  #isLate = false;
  #flushScheduled = false;

  /**
   * @param sink - where it is sent
   * @param owner - knows its request, and the connection
   */
  constructor(sink: SocketSink, owner: ResponseOwner) {
    this.#sink = sink;
    this.#owner = owner;
  }

  /**
   * Makes it the response to another request. The one before has ended.
   *
   * @param method - of the request; empty where it is unknown
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

  /** Returns another response to the same request. This one takes nothing any more; nothing of it was sent. */
  again(): Response {
    const other = new Response(this.#sink, this.#owner);
    other.answer(this.#method, this.#minorVersion);
    other.isAwaited = this.isAwaited;
    other.#isLate = this.#isLate;
    this.phase = "ended";
    return other;
  }

  /** True if nothing of it was sent, so that another response can take its place. */
  get isReplaceable(): boolean {
    return this.phase !== "sending" && this.phase !== "ended";
  }

  /** The status code that was sent; `null` if none was, or no final one. */
  get status(): number | null {
    return this.isReplaceable || this.#status < 200 ? null : this.#status;
  }

  /** True if the end of its head changes the protocol: `101`, or a tunnel. */
  get willBeRaw(): boolean {
    return this.phase === "head" && isTunnel(this.#status, this.#method);
  }

  /** True if only the connection's end can show the content's. */
  get endsWithConnection(): boolean {
    return this.framing === "close" || this.framing === "raw";
  }

  /** Drops all of it. Only where it is replaceable. */
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
    if (this.#heldSize > 0) this.#held = [];
    this.#heldSize = 0;
  }

  /** Begins the head. A head that has begun and not ended gives way. */
  start(version: string, status: number, reason: string): void {
    if (this.phase !== "empty") this.#checkStart(status);
    this.phase = "head";
    this.#status = status;
    this.#head = statusLine(version, status, reason);
  }

  /**
   * Adds a field to the head. Behind the head it is one of a part of the content, as multipart contents have them, and is written
   * with the others when {@link endHead} is called again.
   */
  add(name: string, value: string): void {
    if (this.phase !== "head") return this.#addToPart(name, value);
    const line = fieldLine(name, value);
    if (line.single !== 0 && !this.#noteSingle(name, line.single)) return;
    if (line.role === null || this.#note(line)) this.#head += line.text;
  }

  /** Adds several fields to the head, which give way to others of their names. */
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
    // It must not have content, and its length says so, since a client looks there for it (RFC 9110 §15.3.6).
    if (status === 205 && !isTunnel(status, this.#method)) this.#head += "Content-Length: 0\r\n";
    this.#left = this.#length ?? 0;
    const framing = this.#frame();
    if (framing !== "raw" && this.#mustBeHeld()) this.phase = "held";
    else this.#sendHead(framing, "");
    if (this.#isLate) this.#scheduleFlush();
  }

  /** Lets a client that waits for it send its content, where that still makes sense. */
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

  /** The handler goes on in another turn of the event loop: from now on, what it has written is sent when a turn ends. */
  becomeLate(): void {
    this.#isLate = true;
    if (this.phase === "held" || this.phase === "sending" || this.#sink.size > 0) this.#scheduleFlush();
  }

  /** Takes nothing any more, and is kept back until {@link end}. */
  keep(): void {
    if (this.phase === "held") this.phase = "kept";
  }

  /**
   * Ends it: the handler is done.
   *
   * @returns true if the client can tell that it is complete
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

  /** Answers with 500 and nothing else, whatever was begun; for a handler whose hooks can't be asked. Only where it is replaceable. */
  apologise(version: string, date: string): void {
    this.reset();
    this.start(version, 500, "Internal Server Error");
    this.add("Date", date);
    this.add("Content-Type", "text/plain; charset=utf-8");
    this.add("Content-Length", "0");
    this.endHead();
    this.end();
  }

  readonly #flushLater = (): void => {
    this.#flushScheduled = false;
    if (this.phase !== "ended") this.flush();
  };

  #checkStart(status: number): void {
    if (this.phase === "ended" || this.phase === "kept") throw this.#over();
    if (this.phase !== "head") {
      throw new ResponseError(
        "PYSERVE_HEAD_ALREADY_SENT",
        `The response has a head already; ${status} comes too late.`,
      );
    }
    this.reset();
  }

  #addToPart(name: string, value: string): void {
    if ((this.phase !== "held" && this.phase !== "sending") || this.framing === "raw")
      throw this.#noHead(`field ${name}`);
    this.#partFields += fieldLine(name, value).text;
  }

  #endPartHead(): void {
    if (this.#partFields === "") throw this.#noHeadToEnd();
    const head = Buffer.from(`${this.#partFields}\r\n`, "latin1");
    this.#partFields = "";
    this.write(head, head.length);
  }

  #addEach(fields: FieldBlock["fields"]): void {
    this.addsDefaults = true;
    for (const [name, value] of fields) this.add(name, value);
    this.addsDefaults = false;
  }

  /** Takes note of a field that a head has once. Says whether it is to be sent. */
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

  /** Takes note of a field that frames the response. Says whether it is to be sent. */
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
      throw new TypeError("HTTP/1.0 has no Transfer-Encoding (RFC 9112 §6.1): leave the framing out.");
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

  /** True if something is still to be learned before the head can be sent: the length, or the fate of the connection. */
  #mustBeHeld(): boolean {
    const { content } = this.#owner;
    return (content !== undefined && !content.ended) || (this.#length === null && this.#lacksLength());
  }

  #lacksLength(): boolean {
    return this.#length === null && !this.#isCoded && mayHaveContent(this.#status);
  }

  #sendInterim(): void {
    // HTTP/1.0 has none, and would take it for the final response: RFC 9110 §15.2.
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
    // A "close" of the handler's says it all; beside another, "close" wins.
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
      this.#held.push(typeof data === "string" ? data : Buffer.from(data));
      this.#heldSize += byteLength;
    }
  }

  /** All of the content is there. */
  #sendHeld(): void {
    let field = "";
    let framing = this.#frame();
    if (this.#lacksLength()) {
      // HEAD has the length that GET would have, or none: a handler that writes nothing for HEAD has told us none.
      if (framing !== "none" || this.#heldSize > 0) field = `Content-Length: ${this.#heldSize}\r\n`;
      if (framing !== "none") framing = "length";
      this.#left = this.#heldSize;
    }
    this.#sendHead(framing, field);
    this.#sendAllHeld();
  }

  /** More content is to come than can be waited for. */
  #stream(): void {
    const framing = this.#frame();
    this.#sendHead(framing, framing === "chunked" ? "Transfer-Encoding: chunked\r\n" : "");
    this.#sendAllHeld();
  }

  #sendAllHeld(): void {
    const held = this.#held;
    this.#held = [];
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
    // A chunk of length zero would be the end.
    if (byteLength === 0) return;
    this.#sink.addLatin1(`${byteLength.toString(16)}\r\n`);
    this.size += byteLength;
    this.#sink.add(data, byteLength);
    this.#sink.addLatin1("\r\n");
  }

  #tooLong(): ResponseError {
    return new ResponseError(
      "PYSERVE_CONTENT_TOO_LONG",
      `The content is longer than the announced Content-Length of ${this.#length} bytes. Count bytes, not characters: Buffer.byteLength(text), or announce no length.`,
    );
  }

  #over(): ResponseError {
    return new ResponseError("PYSERVE_RESPONSE_ENDED", "The response has ended: its handler has returned.");
  }

  #noHead(what: string): ResponseError {
    if (this.phase === "ended" || this.phase === "kept") return this.#over();
    return new ResponseError(
      "PYSERVE_HEAD_ALREADY_SENT",
      `The ${what} has no head to go to: it comes before send_response or after end_headers.`,
    );
  }

  #noHeadToEnd(): ResponseError {
    if (this.phase === "ended") return this.#over();
    return new ResponseError("PYSERVE_HEAD_NOT_ENDED", "There is no head to end: call send_response first.");
  }

  #misplaced(): ResponseError {
    if (this.phase === "ended" || this.phase === "kept") return this.#over();
    return new ResponseError(
      "PYSERVE_HEAD_NOT_ENDED",
      this.#partFields === ""
        ? "Content comes after the head: call send_response and end_headers first."
        : "Fields that come behind the head begin a part of the content: end them by end_headers.",
    );
  }

  #scheduleFlush(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    // After all promises that are settled by now: a handler that awaits nothing else has then returned, and its response has a length.
    queueMicrotask(() => process.nextTick(this.#flushLater));
  }
}

// Which of two a client believes can't be known: RFC 9112 §6.3.
function ambiguousFraming(): TypeError {
  return new TypeError("A response has one Content-Length, or a Transfer-Encoding, and not both.");
}
