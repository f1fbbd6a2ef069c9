import type { Framing } from "../http1/framing.js";
import { listMembers } from "../http1/grammar.js";
import {
  type ConnectionOption,
  type ExchangeFacts,
  endsConnection,
  optionToSend,
} from "../http1/persistence.js";
import { ProtocolError } from "../http1/protocol-error.js";
import type { RequestHead } from "../http1/request-head.js";
import type { Awaitable } from "../io/awaitable.js";
import { ByteReader, type ByteSource } from "../io/byte-reader.js";
import { ByteWriter } from "../io/byte-writer.js";
import { DisconnectedError, isDisconnection, TimeoutError } from "../io/connection-errors.js";
import { connectionController } from "../io/connection-signal.js";
import { dropConnection } from "../io/drop-connection.js";
import type { SocketSink } from "../io/socket-sink.js";
import type { BaseHTTPRequestHandler } from "./base-http-request-handler.js";
import { type ResponseOutcome, responseChannel } from "./channels.js";
import { currentDate } from "./current-date.js";
import type { Awaited100, RequestContent } from "./request-content.js";
import type { RequestMeter } from "./request-meter.js";
import type { RequestStream } from "./request-stream.js";
import { Response, ResponseError, type ResponseOwner } from "./response.js";

/** A handler: its settings, its files, and the hooks that answer. */
export type ExchangeHandler = Pick<BaseHTTPRequestHandler, keyof BaseHTTPRequestHandler>;

/**
 * One request and its response.
 *
 * It begins with the head of a request, or with an error in that head. Then the handler answers, and the exchange
 * completes or fails. At its end, it knows whether the connection stays open ({@link mustClose}), and its
 * {@link outcome}. It belongs to a connection, and is reused for the next request, because no code keeps a reference to
 * an exchange that has ended. A handler may keep `rfile` and `wfile`, so these are created again if necessary.
 */
export class Exchange implements ExchangeFacts, ResponseOwner, ByteSource, Awaited100 {
  isUnderstood = true;
  clientPersists = true;
  isConnect = false;
  keepAliveField = "";
  serverEnds = false;
  isContentInTheWay = false;
  hasFailed = false;
  /** The body of the request, if it has one. */
  content: RequestContent | undefined;
  /** The response; the sink of the handler's `wfile`. */
  response: Response;
  /** True if the connection was dropped. */
  isAborted = false;
  readonly #handler: ExchangeHandler;
  readonly #stream: RequestStream;
  readonly #sink: SocketSink;
  readonly #meter: RequestMeter;
  readonly #isObserved: boolean;
  readonly #maxRequests: number;
  /**
   * True if the connection left the server's queue while the server was already closing. It is still served until the
   * server ends its connections.
   */
  readonly #isLate: boolean;
  #minorVersion: 0 | 1 = 1;
  #isOpen = false;
  #began = 0;
  #reader: ByteReader | undefined;
  /**
   * Created at the first use of the handler's signal. All requests share it: after it is aborted, no other request
   * follows.
   */
  #leaving: AbortController | undefined;

  /**
   * @param handler - the handler, which answers
   * @param stream - requests of the connection
   * @param meter - counters of the server's requests
   * @param isObserved - true if the handler uses the outcome of its responses
   */
  constructor(handler: ExchangeHandler, stream: RequestStream, meter: RequestMeter, isObserved: boolean) {
    this.#handler = handler;
    this.#stream = stream;
    this.#sink = stream.sink;
    this.#meter = meter;
    this.#isObserved = isObserved || meter.collects;
    this.#maxRequests = handler.max_requests_per_connection;
    this.#isLate = handler.server.is_closing;
    this.response = this.#newResponse();
  }

  /** True if no other request may follow, even if the handler wants to keep the connection. */
  get mustClose(): boolean {
    return this.isAborted || endsConnection(this, this.response);
  }

  /**
   * Aborted when the connection is closed, and when the client has ended its sending side after this request. In the
   * second case, a response is still sent: some clients continue to read, and the server can't tell which.
   */
  get signal(): AbortSignal {
    this.#leaving ??= this.#watchLeaving();
    this.#noteLeaving(this.#leaving);
    return this.#leaving.signal;
  }

  /** Reads the body: the handler's `rfile`. Created at the first use, because most requests have no body. */
  get reader(): ByteReader {
    this.#reader ??= new ByteReader(this.content ?? this);
    return this.#reader;
  }

  set reader(reader: ByteReader) {
    this.#reader = reader;
  }

  /** True if the server wants to end the connection: it is closing, or other connections wait for this one. */
  get isServerDone(): boolean {
    const { server, request } = this.#handler;
    return this.#isClosing || server.is_waiting_for(request);
  }

  /** Begins with a request. */
  begin({ method, minorVersion, persistent, saysKeepAlive, framing }: RequestHead): void {
    const handler = this.#handler;
    const canPersist = handler.protocol_version >= "HTTP/1.1";
    this.#minorVersion = minorVersion;
    this.isUnderstood = true;
    this.clientPersists = persistent;
    this.keepAliveField = saysKeepAlive ? this.#stream.keepAliveField : "";
    this.isConnect = method === "CONNECT";
    this.serverEnds = this.#stream.taken >= this.#maxRequests || this.isServerDone;
    handler.close_connection = !canPersist || !persistent || this.serverEnds;
    this.#open(method, canPersist ? minorVersion : 0);
    if (framing.kind !== "none") this.#takeContent(framing);
  }

  /**
   * Begins with a malformed request. It has no method and no fields. Those of the previous request don't apply.
   *
   * @param line - the received part of the request line
   */
  beginUnknown(line: string): void {
    this.isUnderstood = false;
    this.isConnect = false;
    this.keepAliveField = "";
    this.#handler.close_connection = true;
    this.#open(line.startsWith("HEAD ") ? "HEAD" : "", 0);
  }

  /** Gives the handler a new `wfile`, so that a forgotten call of an earlier handler can't write into this response. */
  renewResponse(): void {
    if (this.response.phase === "empty") this.#adopt(this.response.again());
  }

  /**
   * The source of `rfile` for a request without a body: it is at its end. Also used if a handler reads before a request
   * has arrived.
   */
  pull(): null {
    if (this.#stream.taken > 0) return null;
    throw requestNotRead();
  }

  /** Allows the client to send the body when the handler begins to read it. */
  expectContinue(): void {
    // A client without content waits for nothing, even if it has sent an expectation.
    if (this.content !== undefined) this.response.isAwaited = true;
  }

  /** Called when the handler begins to read the body. */
  sendContinue(): void {
    this.response.sendContinue();
  }

  connectionOption(): ConnectionOption | null {
    const handler = this.#handler;
    if (this.#isClosing) this.serverEnds = true;
    if (this.content !== undefined && this.#isEarly(this.content)) this.isContentInTheWay = true;
    return optionToSend(
      handler.close_connection || endsConnection(this, this.response),
      this.#minorVersion,
      this.keepAliveField !== "",
    );
  }

  /**
   * Completes the response after the handler has finished. Every response gets an end, so a handler can't leave its
   * client waiting.
   *
   * @returns a promise if a part of the request's body must be read first
   */
  complete(): Awaitable<void> {
    if (this.isAborted) return;
    if (this.response.failure !== undefined) return this.fail(this.response.failure);
    if (this.response.phase === "head") this.#handler.end_headers();
    if (this.response.phase === "empty") {
      // A call that the handler did not await may still answer, perhaps during the next request. And if the handler has
      // written to the socket directly, nobody knows what it sent.
      this.hasFailed = true;
      if (this.#sink.isBypassed || this.#leaving?.signal.aborted) return;
      this.#answerSilence();
    }
    if (this.content !== undefined) return this.#completeAfter(this.content);
    if (!this.response.end()) this.#endIncomplete();
  }

  /** Answers a failed request. If a response was already begun, it ends the connection so that the client notices. */
  fail(error: unknown): void {
    this.hasFailed = true;
    if (error instanceof ProtocolError) this.#meter.refuse(error);
    else if (error instanceof TimeoutError && !this.isUnderstood) this.#meter.refuse(null);
    this.content?.abandon();
    if (!isDisconnection(error)) this.#apologise(error);
  }

  /** Ends the head of the response. After `101`, and in a tunnel, the handler gets the unframed connection. */
  endHead(): void {
    const { response } = this;
    if (this.content?.ended === false && response.willBeRaw)
      throw new ResponseError(
        "PYSERVE_CONTENT_UNREAD",
        "The body of the request comes before the other protocol. Read all of rfile first.",
      );
    response.endHead();
    if (response.framing === "raw") this.#changeProtocol();
  }

  /** Reads the `Connection` field of the response, which decides whether the connection stays open. */
  decideConnection(value: string): void {
    if (this.response.phase !== "head") return; // a field of a part
    if (this.mustClose) this.#handler.close_connection = true;
    else if (listMembers(value).includes("keep-alive")) this.#handler.close_connection = this.isServerDone;
  }

  /** Closes the connection at once. Earlier responses must still arrive. */
  abort(): void {
    const { connection } = this.#handler;
    this.isAborted = true;
    this.#handler.close_connection = true;
    this.#sink.discard();
    if (this.#sink.size > 0) this.#sink.flushThen(() => dropConnection(connection));
    else dropConnection(connection);
  }

  /**
   * Ends the exchange. Called once.
   *
   * @returns the outcome; `null` if no code needs it
   */
  outcome(): ResponseOutcome | null {
    if (!this.#isOpen) return null;
    this.#isOpen = false;
    const { status, size, isComplete: complete } = this.response;
    this.#meter.end(status);
    if (this.#began === 0) return null;
    const seconds = (performance.now() - this.#began) / 1000;
    this.#began = 0;
    this.#meter.measure(this.#handler.command, status, seconds);
    return { status, size, seconds, complete };
  }

  /** Ends the content and the writer that the handler may still have. */
  leave(): void {
    this.content = undefined;
    this.#reader = undefined;
  }

  #changeProtocol(): void {
    const handler = this.#handler;
    // The handler may write to the socket directly.
    if (handler.disable_nagle_algorithm) handler.connection.setNoDelay?.(true);
    handler.close_connection = true;
    this.#reader = new ByteReader(this.#stream.raw(handler.timeout));
    this.content = undefined;
    this.response.flush();
  }

  #watchLeaving(): AbortController {
    const leaving = connectionController(this.#handler.request);
    this.#stream.onEnded(() => this.#noteLeaving(leaving));
    return leaving;
  }

  #noteLeaving(leaving: AbortController): void {
    // Another protocol may end one direction for its own reasons: its handler reads the end.
    if (leaving.signal.aborted || this.response.framing === "raw") return;
    const { content } = this;
    if (this.#stream.endsBehind(content === undefined || content.ended ? 0 : content.left))
      leaving.abort(new DisconnectedError("The client has disconnected, or has ended its sending side."));
  }

  get #isClosing(): boolean {
    return this.#stream.isClosing || (this.#handler.server.is_closing && !this.#isLate);
  }

  #open(method: string, minorVersion: 0 | 1): void {
    this.isContentInTheWay = false;
    this.hasFailed = false;
    this.content = undefined;
    this.#isOpen = true;
    this.#meter.counts.active++;
    if (this.#isObserved || responseChannel.hasSubscribers) this.#began = performance.now();
    if (this.#isWriterDone()) this.response = this.#newResponse();
    if (this.#reader?.closed) this.#reader = undefined;
    this.#sink.mark();
    this.response.answer(method, minorVersion);
  }

  #takeContent(framing: Framing): void {
    const { min_content_rate: bytesPerSecond, content_rate_grace: grace } = this.#handler;
    this.content = this.#stream.content(framing, { bytesPerSecond, grace }, this);
    this.#reader = undefined;
  }

  /**
   * True if a stream has ended the writer, or the handler has closed it. The writer then belongs to that response only.
   */
  #isWriterDone(): boolean {
    const { wfile } = this.#handler;
    return wfile.driven || wfile.closed || wfile.writableEnded;
  }

  #newResponse(): Response {
    return this.#adopt(new Response(this.#sink, this));
  }

  #adopt(response: Response): Response {
    this.response = response;
    this.#handler.wfile = new ByteWriter(response);
    return response;
  }

  /** Replaces a response of which nothing was sent. */
  #replaceResponse(): void {
    if (this.#isWriterDone()) this.#adopt(this.response.again());
    else this.response.reset();
  }

  /** True if the response would be sent before the content of the request was read, and no code is going to read it. */
  #isEarly(content: RequestContent): boolean {
    return !content.ended && (!content.isTouched || this.#isOutOfReach(content));
  }

  /**
   * True if the end of the content can't be reached. A client that never got `100 Continue` may send its content or
   * not, so the next bytes may be content or a request. Content that is too long is not read.
   */
  #isOutOfReach(content: RequestContent): boolean {
    return this.response.isAwaited || (content.left ?? 0) > this.#handler.max_discarded_content;
  }

  #answerSilence(): void {
    this.#handler.log_error("do_%s returned without a response", this.#handler.command);
    this.#replaceResponse();
    this.#handler.send_error(500);
  }

  /**
   * Completes a response after reading the content, or ends the connection. If a response is sent before its request is
   * complete, and a proxy interprets the length of the content differently, the server and the proxy disagree about the
   * beginning of the next request.
   */
  #completeAfter(content: RequestContent): Awaitable<void> {
    content.abandon();
    // A pending read that nobody awaits would take bytes after the content.
    const isReachable = !content.waiting && (content.ended || !this.#isOutOfReach(content));
    if (isReachable && this.#skip(content)) return this.#end();
    if (!isReachable || this.response.phase !== "held") {
      this.isContentInTheWay = true;
      return this.#end();
    }
    return this.#discard(content);
  }

  /** Drops content that has already arrived. Returns true if nothing is left. */
  #skip(content: RequestContent): boolean {
    try {
      return content.skip(this.#handler.max_discarded_content);
    } catch {
      return false;
    }
  }

  async #discard(content: RequestContent): Promise<void> {
    const { max_discarded_content, discard_timeout } = this.#handler;
    this.response.keep();
    this.#sink.flush();
    this.#stream.leaveQueue();
    const isEnded = await this.#stream.discard(content, max_discarded_content, discard_timeout);
    if (!isEnded) this.isContentInTheWay = true;
    this.#end();
  }

  #end(): void {
    if (!this.response.end()) this.#endIncomplete();
  }

  #endIncomplete(): void {
    this.hasFailed = true;
    // A client that has left is no fault of the handler, and bytes that it wrote to the socket were not counted.
    const { missing } = this.response;
    if (missing > 0 && !this.#sink.isBypassed && !this.#handler.connection.destroyed)
      this.#handler.log_error("The body is %d bytes shorter than its Content-Length", missing);
  }

  #apologise(error: unknown): void {
    if (this.isAborted) return;
    const handler = this.#handler;
    try {
      if (error instanceof TimeoutError) handler.log_error("Request timed out: %s", error.message);
      if (this.response.isReplaceable && this.#sink.isBypassed) return;
      if (this.response.isReplaceable) this.#sendApology(error);
      else if (this.response.endsWithConnection || this.#sink.full) handler.abort();
    } catch (failure) {
      // The handler's own hooks have failed too.
      if (this.response.isReplaceable) this.response.apologise(handler.protocol_version, currentDate());
      throw failure;
    }
  }

  #sendApology(error: unknown): void {
    const handler = this.#handler;
    this.#replaceResponse();
    if (error instanceof TimeoutError) handler.send_error(408);
    else if (error instanceof ProtocolError)
      handler.send_error(error.status, error.message, error.explanation);
    else handler.send_error(500);
    this.response.end();
  }
}

/** Returns the error for using a request that was not read from the connection yet. */
export function requestNotRead(): ResponseError {
  return new ResponseError(
    "PYSERVE_REQUEST_NOT_READ",
    "There is no request yet, because pyserve reads the request line itself. Override parse_request() or the do_ methods, and call super.handle_one_request().",
  );
}
