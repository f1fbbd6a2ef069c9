import { CodedError } from "../errors/coded-error.js";
import { listMembers } from "../http1/grammar.js";
import {
  type FieldBlock,
  type FieldLine,
  fieldLine,
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
  | "PYSERVE_CONTENT_UNREAD";

/** A handler said one thing and did another: its fault, not the client's. */
export class ResponseError extends CodedError<ResponseErrorCode> {
  /** Always `ResponseError`. */
  override readonly name = "ResponseError";
}

/**
 * One response: a status line, fields, and content in a framing that always ends. It is the sink of the handler's `wfile`.
 *
 * Nothing is sent before the head has ended. Where the handler has announced no length, content is held back: if all
 * of it has come when the handler returns, it gets a `Content-Length`; what is longer or later is chunked, or ends with the
 * connection for HTTP/1.0. Bytes beyond an announced length are never sent, since they would be read as the next response.
 */
export class Response implements ByteSink {
  readonly #sink: SocketSink;
  readonly #connectionOption: () => "close" | "keep-alive" | null;
  // Of the request.
  #isHead = false;
  #isConnect = false;
  #canChunk = false;
  #isAwaited = false;
  // Of the response.
  #phase: "empty" | "head" | "held" | "sending" | "ended" = "empty";
  #status = 0;
  #head = "";
  // Names of single fields in the head: those that give way, and those that do not.
  #defaults = 0;
  #owns = 0;
  #addsDefaults = false;
  #announced: number | null = null;
  #ownFraming = false;
  #ownConnection: "close" | "keep-alive" | null = null;
  #framing: "none" | "length" | "chunked" | "close" | "raw" = "none";
  #left = 0;
  #size = 0;
  #isComplete = false;
  #failure: Error | undefined;
  #held: (string | Buffer)[] = [];
  #heldSize = 0;
  #isLate = false;
  #flushScheduled = false;

  /**
   * @param sink - where it is sent
   * @param connectionOption - what to say about the connection, where the handler has not
   */
  constructor(sink: SocketSink, connectionOption: () => "close" | "keep-alive" | null) {
    this.#sink = sink;
    this.#connectionOption = connectionOption;
  }

  /** Makes it the response to another request. The one before has ended. */
  answer(isHead: boolean, isConnect: boolean, canChunk: boolean): void {
    this.#isHead = isHead;
    this.#isConnect = isConnect;
    this.#canChunk = canChunk;
    this.#isAwaited = false;
    this.#isLate = false;
    this.#failure = undefined;
    this.#framing = "none";
    this.reset();
  }

  /** Another response to the same request. This one takes nothing any more; nothing of it was sent. */
  again(): Response {
    const other = new Response(this.#sink, this.#connectionOption);
    other.answer(this.#isHead, this.#isConnect, this.#canChunk);
    other.#isAwaited = this.#isAwaited;
    other.#isLate = this.#isLate;
    this.#phase = "ended";
    return other;
  }

  /** Whether nothing of it was sent, so that another response can take its place. */
  get isReplaceable(): boolean {
    return this.#phase === "empty" || this.#phase === "head" || this.#phase === "held";
  }

  /** Whether there is a status line that waits for the end of its head. */
  get inHead(): boolean {
    return this.#phase === "head";
  }

  /** Whether there is nothing at all. */
  get isEmpty(): boolean {
    return this.#phase === "empty";
  }

  /** The status code that was sent; `null` where none was, or no final one. */
  get status(): number | null {
    return this.isReplaceable || this.#status < 200 ? null : this.#status;
  }

  /** Bytes of content that were sent, without their framing. */
  get size(): number {
    return this.#size;
  }

  /** Whether the client can tell that it has all of it. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Why it never will be whole, where a stream that was to give the content has said so. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Whether the end of its head changes the protocol: `101`, or a tunnel. */
  get willBeRaw(): boolean {
    return this.#phase === "head" && this.#isTunnel();
  }

  /** Whether the connection now speaks another protocol: `101`, or a tunnel. */
  get isRaw(): boolean {
    return this.#framing === "raw";
  }

  /** Whether only the connection's end can show the content's. */
  get endsWithConnection(): boolean {
    return this.#framing === "close" || this.#framing === "raw" || this.#ownFraming;
  }

  /** Drops all of it. Only where it is replaceable. */
  reset(): void {
    this.#phase = "empty";
    this.#status = 0;
    this.#size = 0;
    this.#isComplete = false;
    this.#head = "";
    this.#defaults = 0;
    this.#owns = 0;
    this.#addsDefaults = false;
    this.#announced = null;
    this.#ownFraming = false;
    this.#ownConnection = null;
    if (this.#heldSize > 0) this.#held = [];
    this.#heldSize = 0;
  }

  /** Begins the head. A head that has begun and not ended gives way. */
  start(version: string, status: number, reason: string): void {
    if (this.#phase === "ended") throw this.#over();
    if (!this.isReplaceable || this.#phase === "held") {
      throw new ResponseError(
        "PYSERVE_HEAD_ALREADY_SENT",
        `The response has a head already; ${status} comes too late.`,
      );
    }
    this.reset();
    this.#phase = "head";
    this.#status = status;
    this.#head = statusLine(version, status, reason);
  }

  /** Whether the fields that are added give way to others of their names, added before them or later. */
  set addsDefaults(addsDefaults: boolean) {
    this.#addsDefaults = addsDefaults;
  }

  /** Adds a field to the head. */
  add(name: string, value: string): void {
    if (this.#phase !== "head") throw this.#noHead(`field ${name}`);
    const line = fieldLine(name, value);
    if (line.single !== 0 && !this.#noteSingle(name, line.single)) return;
    if (line.role === null || this.#note(line)) this.#head += line.text;
  }

  /** Adds several fields to the head, which give way to others of their names. */
  addBlock({ before, length, after, singles, fields }: FieldBlock): void {
    if (this.#phase !== "head") throw this.#noHead("block of fields");
    if ((this.#owns & singles) !== 0) return this.#addEach(fields);
    this.#defaults |= singles;
    this.#head += before;
    if (length !== null && this.#note(length)) this.#head += length.text;
    this.#head += after;
  }

  /** Ends the head. */
  endHead(): void {
    if (this.#phase === "ended") throw this.#over();
    if (this.#phase !== "head") {
      throw new ResponseError("PYSERVE_HEAD_NOT_ENDED", "There is no head to end: call send_response first.");
    }
    if (this.#status < 200 && !(this.#status === 101 && this.#canChunk)) return this.#sendInterim();
    const framing = this.#announcedFraming();
    if (framing === null) this.#phase = "held";
    else this.#sendHead(framing, "");
    if (this.#isLate) this.#scheduleFlush();
  }

  /** The client waits for `100 Continue` before it sends its content. */
  expectContinue(): void {
    this.#isAwaited = true;
  }

  /** Whether the client still waits for `100 Continue`. */
  get isAwaited(): boolean {
    return this.#isAwaited;
  }

  /** Lets a client that waits for it send its content, where that still makes sense. */
  sendContinue(): void {
    if (!this.#isAwaited || !this.isReplaceable || this.#sink.broken) return;
    this.#isAwaited = false;
    this.#sink.addLatin1(INTERIM_CONTINUE);
    this.#sink.flush();
  }

  write(data: string | Uint8Array, byteLength: number): boolean {
    if (this.#sink.broken) throw new DisconnectedError("The client has closed the connection.", "EPIPE");
    if (this.#phase === "sending") this.#send(data, byteLength);
    else if (this.#phase === "held") this.#hold(data, byteLength);
    else throw this.#misplaced();
    if (this.#sink.size >= FLUSH_SIZE) return this.#sink.flush();
    if (this.#isLate) this.#scheduleFlush();
    return !this.#sink.full;
  }

  flush(): boolean {
    if (this.#phase === "held" && this.#failure === undefined) this.#stream();
    return this.#sink.broken || this.#sink.flush();
  }

  fail(reason: Error): void {
    this.#failure = reason;
  }

  drained(): Promise<void> {
    return this.#sink.drained();
  }

  /**
   * The handler goes on in another turn of the event loop: from now on, what it writes is sent when the turn ends.
   */
  becomeLate(): void {
    this.#isLate = true;
    if (this.#phase === "held" || this.#phase === "sending" || this.#sink.size > 0) this.#scheduleFlush();
  }

  /**
   * The handler is done.
   *
   * @returns whether the client can tell that the response is complete
   */
  end(): boolean {
    if (this.#phase === "held") this.#sendHeld();
    const isWhole = this.#framing !== "length" || this.#left === 0;
    this.#isComplete = this.#phase === "sending" && isWhole;
    if (this.#phase === "sending" && this.#framing === "chunked") this.#sink.addLatin1("0\r\n\r\n");
    this.#phase = "ended";
    return this.#isComplete;
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

  #addEach(fields: FieldBlock["fields"]): void {
    this.#addsDefaults = true;
    for (const [name, value] of fields) this.add(name, value);
    this.#addsDefaults = false;
  }

  /** Takes note of a field that a head has once. Says whether it is to be sent. */
  #noteSingle(name: string, bit: number): boolean {
    if (this.#addsDefaults) {
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
    if (options.includes("close")) this.#ownConnection = "close";
    else if (options.includes("keep-alive")) this.#ownConnection ??= "keep-alive";
  }

  #noteLength(value: string): boolean {
    const length = /^[0-9]+$/.test(value) ? Number(value) : Number.NaN;
    if (!Number.isSafeInteger(length))
      throw new TypeError(`Content-Length must be a number of bytes, not ${JSON.stringify(value)}.`);
    if (this.#hasNoFraming()) return false;
    this.#checkFraming(this.#ownFraming || (this.#announced ?? length) !== length);
    const isFirst = this.#announced === null;
    this.#announced = length;
    return isFirst;
  }

  #noteCoding(): boolean {
    if (this.#hasNoFraming()) return false;
    this.#checkFraming(this.#announced !== null);
    if (!this.#canChunk)
      throw new TypeError("HTTP/1.0 has no Transfer-Encoding (RFC 9112 §6.1): leave the framing out.");
    this.#ownFraming = true;
    return true;
  }

  // Which of two a client believes can't be known: RFC 9112 §6.3.
  #checkFraming(isAmbiguous: boolean): void {
    if (isAmbiguous)
      throw new TypeError("A response has one Content-Length, or a Transfer-Encoding, and not both.");
  }

  // RFC 9110 §8.6, RFC 9112 §6.1: none of both in 1xx, 204 and the tunnel of a CONNECT. That of 205 is known: §15.3.6.
  #hasNoFraming(): boolean {
    return this.#status < 200 || this.#status === 204 || this.#status === 205 || this.#isTunnel();
  }

  #isTunnel(): boolean {
    return this.#status === 101 || (this.#isConnect && this.#status >= 200 && this.#status < 300);
  }

  #hasNoContent(): boolean {
    return this.#isHead || this.#neverHasContent();
  }

  #neverHasContent(): boolean {
    return this.#status === 204 || this.#status === 205 || this.#status === 304;
  }

  /** The framing, as far as the head alone decides it. */
  #announcedFraming(): "none" | "length" | "close" | "raw" | null {
    if (this.#isTunnel()) return "raw";
    // It must not have content, and its length says so, since a client looks there for it (RFC 9110 §15.3.6).
    if (this.#status === 205) this.#head += "Content-Length: 0\r\n";
    if (this.#neverHasContent()) return "none";
    if (this.#isHead) return this.#announced === null && !this.#ownFraming ? null : "none";
    if (this.#ownFraming) return "close";
    return this.#announced === null ? null : "length";
  }

  #sendInterim(): void {
    // HTTP/1.0 has none, and would take it for the final response: RFC 9110 §15.2.
    if (this.#canChunk) {
      if (this.#status === 100) this.#isAwaited = false;
      this.#sink.addLatin1(`${this.#head}\r\n`);
      this.#sink.flush();
    }
    this.reset();
  }

  #sendHead(framing: "none" | "length" | "chunked" | "close" | "raw", field: string): void {
    this.#phase = "sending";
    this.#framing = framing;
    this.#left = this.#announced ?? 0;
    if (framing === "close") this.#sink.endsReply();
    this.#sink.addLatin1(`${this.#head}${field}${this.#connectionField()}\r\n`);
    this.#head = "";
  }

  #connectionField(): string {
    if (this.#framing === "raw") return "";
    const option = this.endsWithConnection ? "close" : this.#connectionOption();
    // A "close" of the handler's says it all; beside another, "close" wins.
    if (option === null || this.#ownConnection === "close" || option === this.#ownConnection) return "";
    return `Connection: ${option}\r\n`;
  }

  #hold(data: string | Uint8Array, byteLength: number): void {
    if (this.#heldSize + byteLength > HOLD_SIZE) {
      this.#stream();
      this.#send(data, byteLength);
    } else {
      this.#held.push(typeof data === "string" ? data : Buffer.from(data));
      this.#heldSize += byteLength;
    }
  }

  /** All of the content is there. */
  #sendHeld(): void {
    this.#announced = this.#heldSize;
    // HEAD has the length that GET would have, or none: a handler that writes nothing for HEAD has told us none.
    const isKnown = this.#heldSize > 0 || !this.#isHead;
    const field = isKnown ? `Content-Length: ${this.#heldSize}\r\n` : "";
    this.#sendHead(this.#isHead ? "none" : "length", field);
    this.#sendAllHeld();
  }

  /** More content is to come than can be waited for. */
  #stream(): void {
    if (this.#hasNoContent()) this.#sendHead("none", "");
    else if (this.#canChunk) this.#sendHead("chunked", "Transfer-Encoding: chunked\r\n");
    else this.#sendHead("close", "");
    this.#sendAllHeld();
  }

  #sendAllHeld(): void {
    const held = this.#held;
    this.#held = [];
    this.#heldSize = 0;
    for (const data of held) this.#send(data, Buffer.byteLength(data));
  }

  #send(data: string | Uint8Array, byteLength: number): void {
    if (this.#framing === "length") this.#sendCounted(data, byteLength);
    else if (this.#framing === "chunked") this.#sendChunk(data, byteLength);
    else if (this.#framing !== "none") this.#add(data, byteLength);
  }

  #add(data: string | Uint8Array, byteLength: number): void {
    this.#size += byteLength;
    this.#sink.add(data, byteLength);
  }

  #sendCounted(data: string | Uint8Array, byteLength: number): void {
    if (byteLength > this.#left) {
      throw new ResponseError(
        "PYSERVE_CONTENT_TOO_LONG",
        `The content is longer than the announced Content-Length of ${this.#announced} bytes.`,
      );
    }
    this.#left -= byteLength;
    this.#add(data, byteLength);
  }

  #sendChunk(data: string | Uint8Array, byteLength: number): void {
    // A chunk of length zero would be the end.
    if (byteLength === 0) return;
    this.#sink.addLatin1(`${byteLength.toString(16)}\r\n`);
    this.#add(data, byteLength);
    this.#sink.addLatin1("\r\n");
  }

  #over(): ResponseError {
    return new ResponseError("PYSERVE_RESPONSE_ENDED", "The response has ended: its handler has returned.");
  }

  #noHead(what: string): ResponseError {
    if (this.#phase === "ended") return this.#over();
    return new ResponseError(
      "PYSERVE_HEAD_ALREADY_SENT",
      `The ${what} has no head to go to: it comes before send_response or after end_headers.`,
    );
  }

  #misplaced(): ResponseError {
    return this.#phase === "ended"
      ? this.#over()
      : new ResponseError(
          "PYSERVE_HEAD_NOT_ENDED",
          "Content comes after the head: call send_response and end_headers first.",
        );
  }

  #scheduleFlush(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    process.nextTick(() => {
      this.#flushScheduled = false;
      if (this.#phase !== "ended") this.flush();
    });
  }
}
