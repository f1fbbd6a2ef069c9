import type { FieldLines, HTTPMessage } from "../http1/message.js";
import { ProtocolError } from "../http1/protocol-error.js";
import type { RequestHead } from "../http1/request-head.js";
import { type Awaitable, isPromise, quiet } from "../io/awaitable.js";
import { Connection } from "../io/connection.js";
import { TimeoutError } from "../io/connection-errors.js";
import type { TCPServer } from "../socketserver/tcp-server.js";
import { repr, writeLogLine } from "./access-log.js";
import { actionOf, mayBeLate, noteLate } from "./actions.js";
import type { ConnectionSettings } from "./base-http-request-handler.js";
import { type ResponseOutcome, requestChannel, responseChannel } from "./channels.js";
import { Exchange, requestNotRead } from "./exchange.js";
import { Forwarding } from "./forwarding.js";
import { isLoggedAtEnd, jsonError } from "./log-formats.js";
import {
  answerProbe,
  asksForMetrics,
  type OperatedHandler,
  type OperationSettings,
  probeOf,
  sendMetrics,
} from "./operation.js";
import { RequestMeter } from "./request-meter.js";
import { connectionLimits, type NextRequest, RequestStream, type Waiter } from "./request-stream.js";
import { ResponseError } from "./response.js";

/** A handler whose requests a cycle serves. */
export type CycleHandler = OperatedHandler & { log_response(outcome: ResponseOutcome): void };

/** The parts of a head that a handler shows. */
type ShownHead = Pick<RequestHead, "path" | "version" | "fields"> & { readonly method: string | null };

/** Responses to pipelined requests are sent together, up to this number of bytes. */
const FLUSH_SIZE = 64 * 1024;

const NO_FIELDS: FieldLines = [];

/** Message for an override that returns early. Without the error, it would be called again and again. */
const NOT_RETURNED = "handle_one_request() has returned before its request was served: return its promise.";

/**
 * Serves the requests of a connection, one after another. Each one waits in the queue of the server. Then the handler
 * parses it and acts on it, and its exchange completes or fails.
 */
export class RequestCycle implements Waiter {
  /** Facts from a trusted proxy; `null` if there is none. */
  readonly forwarding: Forwarding | null;
  /** True if the current request is for monitoring: such requests are not logged. */
  isOperation = false;
  /** Where requests come from. */
  readonly stream: RequestStream;
  /** Each request with its response. */
  readonly exchange: Exchange;
  readonly #handler: CycleHandler;
  readonly #meter: RequestMeter;
  readonly #operation: OperationSettings | null;
  #next: NextRequest | undefined;
  #fields = NO_FIELDS;
  #headers: HTTPMessage | undefined;
  #isServing = false;
  #unfinished: Promise<void> | undefined;
  #ended!: () => void;
  #reject!: (error: unknown) => void;

  /**
   * @param handler - parses requests, and acts on them
   * @param connection - the connection of its requests
   * @param settings - the handler's settings, checked
   * @param isObserved - true if the handler uses the outcome of each response
   */
  constructor(
    handler: CycleHandler,
    connection: Connection,
    settings: ConnectionSettings,
    isObserved: boolean,
  ) {
    const { limits, timeouts, stall, rate, operation, log_format } = connectionLimits(settings);
    const { server, client_address } = handler;
    const stream = new RequestStream(connection, limits, timeouts);
    if (settings.disable_nagle_algorithm) stream.sink.sendAtOnce();
    stream.source.timeout = stall;
    stream.sink.timeout = stall;
    if (rate.bytesPerSecond > 0) connection.limitWriteRate(rate);
    if (log_format === "json") connection.tellError = (error) => writeLogLine(jsonError(handler, error));
    const { trusted_proxies = null } = server as Partial<TCPServer>;
    const meter = RequestMeter.of(server);
    if (operation?.collect_metrics) meter.collect();
    this.#handler = handler;
    this.stream = stream;
    this.exchange = new Exchange(handler, stream, meter, isObserved || isLoggedAtEnd(log_format));
    this.#meter = meter;
    this.forwarding = Forwarding.of(trusted_proxies, client_address);
    this.#operation = operation;
  }

  /** The header fields of the request. Created at the first use: many handlers never use them. */
  get headers(): HTTPMessage {
    this.#headers ??= new this.#handler.MessageClass(this.#fields);
    return this.#headers;
  }

  set headers(headers: HTTPMessage) {
    this.#headers = headers;
  }

  /** True if the connection uses TLS, here or between the client and the proxy that has opened it. */
  get isEncrypted(): boolean {
    const { connection } = this.#handler;
    if ((connection as { encrypted?: boolean }).encrypted === true) return true;
    return Connection.announcementOf(connection)?.header.ssl?.isUsed === true;
  }

  /** Calls `handle_one_request` until the handler closes the connection. */
  run(): Promise<void> {
    // Not an async loop, because its promises would cost as much as parsing, even for a request that waits for nothing.
    return new Promise((ended, reject) => {
      this.#ended = ended;
      this.#reject = reject;
      this.#wait();
    });
  }

  /** Waits for a request, and serves it. */
  serveOne(): Awaitable<void> {
    if (this.#isServing)
      throw notAwaited("A request is being served. Await handle_one_request() before the next call.");
    if (this.stream.isReady) return this.#serveFromQueue();
    return new Promise<void>((resolve) => this.stream.whenReady({ ready: resolve })).then(() =>
      this.#serveFromQueue(),
    );
  }

  /**
   * Gives the request to the handler, and checks if it can be served.
   *
   * @returns false if a response was sent
   */
  parse(): boolean {
    const next = this.#next;
    if (!this.#isServing) throw requestNotRead();
    if (next instanceof ProtocolError) return this.#refuseFor(next);
    const head = next as RequestHead;
    const handler = this.#handler;
    this.#show(head);
    const isClear = this.forwarding === null || this.#follow(this.forwarding);
    if (requestChannel.hasSubscribers) requestChannel.publish({ handler });
    if (!isClear) return this.#refuseFor(new ProtocolError("CONTRADICTORY_FORWARDED"));
    if (this.#operation !== null && this.#answersProbe(this.#operation)) return false;
    // RFC 9110 §7.4: a resource of an https URI is never served on an unencrypted connection.
    if (head.isSecure && this.forwarding?.told.scheme !== "https" && !this.isEncrypted)
      return this.#refuse(421);
    if (head.expectation === "none" || handler.protocol_version < "HTTP/1.1") return true;
    this.exchange.expectContinue();
    return head.expectation === "unknown" ? this.#refuse(417) : handler.handle_expect_100();
  }

  /** Extends the request until `work` has finished. */
  hold(work: PromiseLike<void>): Promise<void> {
    this.#unfinished = quiet(Promise.resolve(work));
    return this.#unfinished;
  }

  #wait(): void {
    if (this.stream.isReady) this.ready();
    else this.stream.whenReady(this);
  }

  /** Serves the requests that have arrived. */
  ready(): void {
    const handler = this.#handler;
    try {
      do {
        const handled = handler.handle_one_request();
        if (isPromise(handled))
          return void handled.then(
            () => this.#goOn(),
            (error) => this.#fail(error),
          );
        if (this.#isServing) throw notAwaited(NOT_RETURNED);
        if (handler.close_connection) return this.#end();
      } while (this.stream.isReady);
      this.stream.whenReady(this);
    } catch (error) {
      this.#fail(error);
    }
  }

  #goOn(): void {
    if (this.#handler.close_connection) this.#end();
    else this.#wait();
  }

  #end(): void {
    if (this.stream.sink.size > 0) this.stream.sink.flush();
    this.#ended();
  }

  #fail(error: unknown): void {
    this.stream.sink.flush();
    this.#reject(error);
  }

  #serveFromQueue(): Awaitable<void> {
    const stream = this.stream;
    if (stream.isOver) return this.#endConnection();
    this.#isServing = true;
    const queued = stream.joinQueue();
    if (queued === undefined) return this.#serve();
    this.stream.sink.flush();
    return queued.then(() =>
      stream.isOver || this.#handler.connection.destroyed ? this.#leaveQueue() : this.#serve(),
    );
  }

  /** Handles a client that disconnected, or whose connection was closed, while its request waited in the queue. */
  #leaveQueue(): void {
    this.#isServing = false;
    this.stream.leaveQueue();
    this.#endConnection();
  }

  /** Handles a timeout. An incomplete request gets a response; an idle connection is just closed. */
  #endConnection(): void {
    const { end } = this.stream;
    this.#handler.close_connection = true;
    if (end === "gone") this.#handler.abort();
    if (end !== "timeout" || !this.stream.hasBegun) return;
    this.#becomeUnknown("");
    this.exchange.fail(new TimeoutError("The header of the request was not complete in time."));
    this.#tellOutcome();
  }

  #serve(): Awaitable<void> {
    const next = this.stream.take();
    this.#next = next;
    this.isOperation = false;
    this.#handler.remote_user = null;
    // Set before `parse_request` runs, because an override of it may use the request before it calls `super`.
    if (next instanceof ProtocolError) {
      this.#becomeRefused();
    } else {
      this.#handler.requestline = (next as RequestHead).line;
      this.exchange.begin(next as RequestHead);
    }
    try {
      const completed = this.#answer();
      if (!isPromise(completed)) return this.#leave();
      const served = completed.then(() => this.#leave()).then(undefined, (error) => this.#failed(error));
      return quiet(served as Promise<void>);
    } catch (error) {
      return this.#failed(error);
    }
  }

  /** Prepares for a request that violates the protocol. If its head is valid, the log and the response use it. */
  #becomeRefused(): void {
    this.#becomeUnknown(this.stream.requestLine);
    const head = this.stream.refusedHead;
    if (head !== undefined) this.#show(head);
  }

  /** Prepares the response to a malformed request. */
  #becomeUnknown(line: string): void {
    const handler = this.#handler;
    handler.requestline = line;
    this.#show({ method: null, path: "", version: handler.default_request_version, fields: NO_FIELDS });
    if (this.forwarding !== null) this.#follow(this.forwarding);
    this.exchange.beginUnknown(line);
  }

  /** Copies the head of a request to the handler's state. */
  #show({ method, path, version, fields }: ShownHead): void {
    const handler = this.#handler;
    handler.command = method;
    handler.path = path;
    handler.request_version = version;
    this.#fields = fields;
    this.#headers = undefined;
  }

  /** Uses the client that the proxy names. Returns false if the fields of the proxy contradict each other. */
  #follow(forwarding: Forwarding): boolean {
    const isClear = forwarding.read(this.#fields);
    this.#handler.client_address = forwarding.client_address as CycleHandler["client_address"];
    return isClear;
  }

  #answer(): Awaitable<void> {
    const acted = this.#handler.parse_request() ? this.#act() : undefined;
    const exchange = this.exchange;
    if (!isPromise(acted)) return exchange.complete();
    exchange.response.becomeLate();
    return acted.then(() => exchange.complete());
  }

  #act(): Awaitable<void> {
    const handler = this.#handler;
    const { command, path } = handler;
    if (this.#operation !== null && asksForMetrics(this.#operation.metrics_path, command, path)) {
      this.isOperation = true;
      return sendMetrics(handler);
    }
    const act = actionOf(handler, command as string);
    if (act === undefined) return handler.send_error(501, `Unsupported method (${repr(command)})`);
    // A call that an earlier handler did not await may still write to its own `wfile`, but not into this response. A
    // synchronous handler can't be interrupted, so it may reuse the previous writer.
    if (this.stream.taken > 1 && mayBeLate(act)) this.exchange.renewResponse();
    const acted = act.call(handler);
    const unfinished = this.#unfinished;
    this.#unfinished = undefined;
    const done = unfinished === undefined || unfinished === acted ? acted : bothDone(acted, unfinished);
    // A promise that the method has passed to `hold_request` is awaited already.
    if (isPromise(done) && acted !== unfinished) noteLate(act);
    return done;
  }

  #answersProbe({ health_path }: OperationSettings): boolean {
    const probe = probeOf(health_path, this.#handler.command, this.#handler.path);
    if (probe === null) return false;
    this.isOperation = true;
    answerProbe(this.#handler, probe);
    return true;
  }

  #refuseFor(error: ProtocolError): false {
    this.#meter.refuse(error);
    this.#handler.send_error(error.status, error.message, error.explanation);
    return false;
  }

  #refuse(status: number): false {
    this.#handler.send_error(status);
    return false;
  }

  #leave(): void {
    const exchange = this.exchange;
    this.#tellOutcome();
    if (exchange.content !== undefined) exchange.leave();
    this.#isServing = false;
    if (exchange.mustClose) this.#handler.close_connection = true;
    if (this.stream.sink.size >= FLUSH_SIZE) this.stream.sink.flush();
    this.stream.leaveQueue();
  }

  #failed(error: unknown): void {
    const isClients = error instanceof TimeoutError || error instanceof ProtocolError;
    this.isOperation = false; // a request that fails is logged
    try {
      this.exchange.fail(error);
    } catch (failure) {
      if (isClients) throw failure;
    } finally {
      this.#leave(); // even if the next call throws
    }
    if (!isClients) throw error;
  }

  /** Called once for each request, even if the hook itself throws. */
  #tellOutcome(): void {
    const outcome = this.exchange.outcome();
    if (outcome === null) return;
    const handler = this.#handler;
    if (responseChannel.hasSubscribers) responseChannel.publish({ handler, ...outcome });
    handler.log_response(outcome);
  }
}

async function bothDone(one: Awaitable<void>, other: Promise<void>): Promise<void> {
  await Promise.all([one, other]);
}

function notAwaited(message: string): ResponseError {
  return new ResponseError("PYSERVE_REQUEST_NOT_AWAITED", message);
}
