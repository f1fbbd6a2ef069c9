import { type Content, type OpenContent, openContent } from "../files/content.js";
import { type Representation, replyTo } from "../files/content-reply.js";
import { isReasonPhrase } from "../http1/grammar.js";
import { formatHttpDate } from "../http1/http-date.js";
import { type FieldLines, HTTPMessage } from "../http1/message.js";
import type { FieldBlock } from "../http1/response-head.js";
import { type Awaitable, after, isPromise, quiet } from "../io/awaitable.js";
import type { ByteReader } from "../io/byte-reader.js";
import type { Connection } from "../io/connection.js";
import { mappedIPv4 } from "../socketserver/address-block.js";
import type { InetAddress, UnixAddress } from "../socketserver/addresses.js";
import { locate } from "../socketserver/class-location.js";
import {
  ANY,
  defineSettings,
  FLAG,
  limit,
  type OneOf,
  oneOf,
  optional,
  RATE,
  type Rules,
  SECONDS,
  setField,
  TIME_LIMIT,
} from "../socketserver/settings.js";
import {
  openFiles,
  StreamRequestHandler,
  type StreamSettings,
} from "../socketserver/stream-request-handler.js";
import type { TCPServer } from "../socketserver/tcp-server.js";
import { escapeControls, formatMessage, logDateTimeNow, writeLogLine } from "./access-log.js";
import { methodsOf } from "./actions.js";
import type { ResponseOutcome } from "./channels.js";
import { type ContentOptions, representationOf } from "./content-options.js";
import { closingAfter, closingOnError, copyContent, fieldValue, replyRequest } from "./content-sending.js";
import { currentDate, serverAndDate } from "./current-date.js";
import { DEFAULT_ERROR_CONTENT_TYPE, DEFAULT_ERROR_MESSAGE, errorPage } from "./error-page.js";
import type { Exchange } from "./exchange.js";
import { askedHost } from "./forwarding.js";
import type { HTTPServer } from "./http-server.js";
import { formatEntry, isLoggedAtEnd, jsonMessage, type LogFormat } from "./log-formats.js";
import { type OperatedServer, operatedServers } from "./operation.js";
import { type CycleHandler, RequestCycle } from "./request-cycle.js";
import { TARGET_PATH } from "./setting-rules.js";
import { responses } from "./status.js";

export interface BaseHTTPRequestHandler<
  Server extends TCPServer<InetAddress> | TCPServer<UnixAddress> = HTTPServer,
> extends Pick<typeof BaseHTTPRequestHandler, keyof typeof SETTINGS> {}
/**
 * Serves the requests of a connection. Each HTTP method has its own method, such as `do_GET` and `do_POST`. Python's
 * `http.server.BaseHTTPRequestHandler`.
 *
 * ```ts
 * class Hello extends BaseHTTPRequestHandler {
 *   do_GET() {
 *     this.send_response(200);
 *     this.send_header("Content-Type", "text/plain; charset=utf-8");
 *     this.end_headers();
 *     this.wfile.write(`Hello from ${this.path}\n`);
 *   }
 * }
 * ```
 *
 * A `do_` method may be `async`; the next request of the connection waits for it. {@link rfile} is the body of the
 * request, and {@link wfile} writes the body of the response. One instance serves all requests of a connection, one
 * after another.
 *
 * @typeParam Server - the class of `this.server`
 */
export class BaseHTTPRequestHandler<
  Server extends TCPServer<InetAddress> | TCPServer<UnixAddress> = HTTPServer,
> extends StreamRequestHandler<Server> {
  /**
   * Protocol version in responses. Default `"HTTP/1.1"`; with it, a connection can serve several requests.
   *
   * @category Settings
   */
  static protocol_version = "HTTP/1.1";
  /**
   * The first half of {@link version_string}.
   *
   * @category Settings
   */
  static server_version = "BaseHTTP/0.6";
  /**
   * The second half of {@link version_string}.
   *
   * @category Settings
   */
  static sys_version = `Node/${process.versions.node}`;
  /**
   * Page of {@link send_error}, with the placeholders `%(code)d`, `%(message)s` and `%(explain)s`.
   *
   * @category Settings
   */
  static error_message_format = DEFAULT_ERROR_MESSAGE;
  /**
   * Content type of {@link error_message_format}.
   *
   * @category Settings
   */
  static error_content_type = DEFAULT_ERROR_CONTENT_TYPE;
  /**
   * Value of {@link request_version} until the request line was parsed. Default `"HTTP/1.1"`. With Python's default,
   * `HTTP/0.9`, the response to a malformed request has no status line.
   *
   * @category Settings
   */
  static default_request_version = "HTTP/1.1";
  /**
   * The class that creates {@link headers}.
   *
   * @category Settings
   */
  static MessageClass: new (lines: FieldLines) => HTTPMessage = HTTPMessage;
  /**
   * The phrase and the explanation for each status code.
   *
   * @category Settings
   */
  static responses: Readonly<Record<number, readonly [phrase: string, explanation: string]>> = responses;
  /**
   * The English names of the days, from Monday on.
   *
   * @category Settings
   */
  static weekdayname: readonly string[] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
  /**
   * The English names of the months, January at 1.
   *
   * @category Settings
   */
  static monthname: readonly (string | null)[] = [
    null,
    ..."Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" "),
  ];

  /**
   * Format of the request log: see {@link LogFormat}.
   *
   * @category Settings
   */
  static log_format: OneOf<LogFormat> = "python";

  /**
   * Path of health checks, such as `/healthz`. Default `null`: none. A GET gets 200, or 503 once the server is closing
   * (`is_closing`, `drain_delay`). Below it, `/healthz/live` gets 200 as long as the server answers. These requests
   * need no credentials, are not logged, and don't reach a `do_` method.
   *
   * @category Settings
   */
  static health_path: string | null = null;
  /**
   * Path of the server's metrics, such as `/metrics`. Default `null`: none. The format is Prometheus' text format, or
   * OpenMetrics if the client prefers it. Any client that may request a page may also read the metrics. To serve them
   * only on another address, use the option `admin` of `run()`. Such requests are not logged, and don't reach a `do_`
   * method.
   *
   * @category Settings
   */
  static metrics_path: string | null = null;
  /**
   * True if requests are counted by method, and their durations measured, for `stats()` of the server. Default `false`; a
   * {@link metrics_path} turns it on.
   *
   * @category Settings
   */
  static collect_metrics = false;

  /**
   * Small writes are sent at once: a response is usually one write, and need not wait for the client's acknowledgement.
   */
  static override disable_nagle_algorithm = true;

  /**
   * Maximum bytes of a request line. A longer one gets 414. Apache and nginx 8 KiB, Python 64 KiB.
   *
   * @category Settings
   */
  static max_request_line = 16 * 1024;
  /**
   * Maximum bytes of all header fields of a request. Longer ones get 431. Node 16 KiB, nginx 32 KiB, Python 6.4 MiB.
   *
   * @category Settings
   */
  static max_header_size = 64 * 1024;
  /**
   * Maximum number of header fields of a request. More get 431. Apache and Python 100.
   *
   * @category Settings
   */
  static max_headers = 100;
  /**
   * Maximum bytes of a request's body. A longer one gets 413. Default no limit, because pyserve keeps no body in
   * memory; nginx 1 MiB, Apache 1 GiB.
   *
   * @category Settings
   */
  static max_content_length = Number.POSITIVE_INFINITY;
  /**
   * Minimum bytes per second of a request's body, while a handler waits for it. A slower client gets 408; 0 means no
   * limit. This protects against clients that send a byte now and then. Kestrel 240, Apache 500.
   *
   * @category Settings
   */
  static min_content_rate = 240;
  /**
   * Extra seconds that a handler may wait for a body, in addition to the time of {@link min_content_rate}. Kestrel 5,
   * Apache 20.
   *
   * @category Settings
   */
  static content_rate_grace = 20;
  /**
   * Minimum bytes per second at which a client reads the response, while data waits for it. The connection of a slower
   * client is closed. Default 0, no limit: a paused player may wait. While connections are scarce, the server's
   * `crowded_stall_timeout` is a limit. Kestrel 240, nginx none.
   *
   * The progress of a client is visible in steps of up to 1.5 MB, so each client gets the time for such a step at this
   * rate. A low rate therefore takes effect late: 8000 after 4 minutes at the earliest, 240 after two hours.
   *
   * It also applies to the protocol after a `101`. Read by {@link setup}.
   *
   * @category Settings
   */
  static min_response_rate = 0;
  /**
   * Seconds that a client may fall behind {@link min_response_rate}. This is also its longest pause. Kestrel 5.
   *
   * @category Settings
   */
  static response_rate_grace = 60;
  /**
   * Maximum number of requests on a connection. The last response has `Connection: close`. Default no limit. Apache
   * 100, nginx 1000, Node none.
   *
   * @category Settings
   */
  static max_requests_per_connection = Number.POSITIVE_INFINITY;
  /**
   * Maximum bytes of an unread body that are read and dropped, so that the connection can stay open. If the body is
   * longer, the connection is closed. Go 256 KiB.
   *
   * @category Settings
   */
  static max_discarded_content = 256 * 1024;
  /**
   * Seconds for reading and dropping an unread body; `null` means no limit. nginx 30, as `lingering_time`.
   *
   * @category Settings
   */
  static discard_timeout: number | null = 10;
  /**
   * Seconds from the start of a connection to its first byte; `null` means no limit. It protects descriptors. nginx 60.
   *
   * @category Settings
   */
  static first_byte_timeout: number | null = 30;
  /**
   * Seconds from the first byte of a request to the end of its header, before the client gets 408. `null` means no
   * limit. It protects against clients that send a byte now and then. Apache 20 to 40, nginx and Node 60.
   *
   * @category Settings
   */
  static header_timeout: number | null = 20;
  /**
   * Seconds that a connection may be idle between two requests; `null` means no limit. Apache and Node 5, nginx 75.
   *
   * A client that sends `Connection: keep-alive` gets `Keep-Alive: timeout=5`, in whole seconds. The connection is kept
   * one second longer, so that a request that was sent in time is answered. Less than a second is neither announced nor
   * extended.
   *
   * While connections are scarce, the maximum is 5 seconds. They are scarce when three quarters of `max_connections`
   * are open, and always if the server serves one connection after another, or in processes. Behind a load balancer
   * that keeps connections open, set a longer time than the balancer's.
   *
   * @category Settings
   */
  static keep_alive_timeout: number | null = 5;
  /**
   * Seconds without progress in reading the body or sending the response, unless `timeout` is shorter. Default `null`,
   * no limit: {@link min_content_rate} limits the body, and a slow reader is closed only while connections are scarce.
   * Progress of a client is visible in steps of up to 1.5 MB. nginx 60.
   *
   * @category Settings
   */
  static stall_timeout: number | null = null;

  /**
   * True if the connection ends after this request. Set by {@link parse_request} and by
   * `send_header("Connection", …)`; a handler may set it.
   *
   * @category State
   */
  close_connection = true;
  /**
   * The request line, without its end.
   *
   * @category State
   */
  requestline = "";
  /**
   * The method, as the client sent it; `null` until it is known.
   *
   * @category State
   */
  command: string | null = null;
  /**
   * The path and the query, as the client sent them. Several leading slashes become one (CVE-2021-28861). A host in the
   * target becomes the `Host` of {@link headers}.
   *
   * @category State
   */
  path = "";
  /**
   * The version of the request, `HTTP/1.1`.
   *
   * @category State
   */
  request_version = "HTTP/1.1";
  /**
   * Name of the authenticated user for the log; `null` if it is unknown. A handler that authenticates clients sets it
   * for each request.
   *
   * @category State
   */
  remote_user: string | null = null;

  /**
   * Serves the requests of one HTTP method: `do_GET`, `do_POST`, … Add these methods in your subclass. Called by
   * {@link handle_one_request}, after {@link parse_request}, on the thread that serves the connection. An HTTP method
   * without a `do_` method gets 501.
   *
   * It has no arguments: the request is `this`. If it throws an error before anything was sent, the client gets 500.
   *
   * @category Override
   */
  [method: `do_${Uppercase<string>}`]: (() => Awaitable<void>) | undefined;

  // Both fields last as long as the connection. `setup` creates them.
  #cycle!: RequestCycle;
  #exchange!: Exchange;

  /**
   * The header fields of the request.
   *
   * @category State
   */
  get headers(): HTTPMessage {
    if (this.#cycle !== undefined) return this.#cycle.headers;
    const none = new this.MessageClass([]);
    setField(this, "headers", none);
    return none;
  }

  set headers(headers: HTTPMessage) {
    // A handler without a connection, as in a test, stores them in a field.
    if (this.#cycle === undefined) setField(this, "headers", headers);
    else this.#cycle.headers = headers;
  }

  /**
   * Reads the body of the request. Created at the first use.
   *
   * @category State
   */
  override get rfile(): ByteReader {
    return this.#exchange?.reader;
  }

  override set rfile(rfile: ByteReader) {
    if (this.#exchange === undefined) setField(this, "rfile", rfile);
    else this.#exchange.reader = rfile;
  }

  /**
   * Aborted when the client disconnects: when the connection is closed, or when the client ends its sending side during
   * a request. Also aborted when the server has closed and `drain_timeout` has passed. Pass it to work that is useless
   * without a client:
   *
   * ```ts
   * const answer = await fetch(upstream, { signal: this.signal });
   * ```
   *
   * Errors from such work are then not logged, and need no `catch`. pyserve can't distinguish a client that has only
   * ended its sending side, as `nc -N` does, from one that has disconnected. Such a client still gets the response: if
   * your handler must answer it, don't use this signal.
   *
   * pyserve notices the end late if it must first read other bytes: a body of unknown length, or another request. After
   * `101`, and in a tunnel, the handler itself reads the end of the input, so only a closed connection aborts the
   * signal. Python has no counterpart.
   *
   * @category State
   */
  override get signal(): AbortSignal {
    return this.#exchange === undefined ? super.signal : this.#exchange.signal;
  }

  /**
   * The request line as it was received, with a line end.
   *
   * @category State
   */
  get raw_requestline(): Buffer {
    return Buffer.from(`${this.requestline}\r\n`, "latin1");
  }

  /**
   * The scheme of the request: `https` if it came over TLS, or if one of {@link TCPServer.trusted_proxies} reports it,
   * in a header field or by the PROXY protocol. Python has no counterpart.
   *
   * @category State
   */
  get scheme(): "http" | "https" {
    const { forwarding, isEncrypted } = this.#cycle;
    return forwarding?.told.scheme ?? (isEncrypted ? "https" : "http");
  }

  /**
   * The id that one of {@link TCPServer.trusted_proxies} has given to the request in `X-Request-ID`: 1 to 128 printable
   * ASCII characters. `null` if there is none, an invalid one, or several. The `json` log has it as `request_id`. From
   * other peers, the field has no effect, because a client could send the id of another request.
   *
   * @category State
   */
  get proxy_request_id(): string | null {
    if (!this.#cycle?.forwarding) return null;
    const [id = "", ...others] = this.headers.get_all("X-Request-ID", []);
    return others.length === 0 && /^[!-~]{1,128}$/.test(id) ? id : null;
  }

  /**
   * The requested host and port: the field `Host`, unless one of {@link TCPServer.trusted_proxies} reports another
   * host. `null` if an HTTP/1.0 client has sent no `Host`. With {@link scheme}, you can build the URL of the request:
   * `new URL(this.path, scheme + "://" + authority)`. Python has no counterpart.
   *
   * @category State
   */
  get authority(): string | null {
    return this[askedHost];
  }

  /** @internal */
  protected get [askedHost](): string | null {
    return this.#cycle?.forwarding?.told.host ?? this.headers.get("Host");
  }

  /**
   * Serves the requests of the connection: calls {@link handle_one_request} until {@link close_connection} is set.
   *
   * @category Override
   */
  override handle(): Awaitable<void> {
    this.close_connection = true;
    return this.#cycle.run();
  }

  /**
   * Waits for a request, and serves it: {@link parse_request}, then the `do_` method.
   *
   * An error from the method goes to the server's `handle_error`. If nothing was sent, the client gets 500.
   *
   * @category Override
   */
  handle_one_request(): Awaitable<void> {
    return this.#cycle.serveOne();
  }

  /**
   * Parses the request, and sets {@link command}, {@link path}, {@link request_version}, {@link headers} and
   * {@link close_connection}.
   *
   * Called by {@link handle_one_request}.
   *
   * @category Override
   * @returns true to serve the request; otherwise, a response was sent
   */
  parse_request(): boolean {
    return this.#cycle.parse();
  }

  /**
   * Called by {@link parse_request} if the client waits for `100 Continue` before it sends the body. By default,
   * pyserve sends it when the handler begins to read {@link rfile}. If the handler answers without reading, the client
   * need not send the body.
   *
   * @category Override
   * @returns true to serve the request; otherwise, the override has sent a final response
   */
  handle_expect_100(): boolean {
    return true;
  }

  /**
   * Answers with an error page, and logs it. A client whose `Accept` prefers JSON to HTML gets an object of RFC 9457
   * (`application/problem+json`) with `title`, `status` and `detail`. If you set {@link error_message_format} or {@link
   * error_content_type}, every client gets your page.
   *
   * @category Call
   * @param code - the status code
   * @param message - the reason phrase; without it, that of {@link responses}
   * @param explain - a sentence for the page; without it, that of {@link responses}
   */
  send_error(code: number, message?: string | null, explain?: string | null): void {
    const [phrase, explanation] = this.responses[code] ?? ["???", "???"];
    const text = message ?? phrase;
    // The other formats log the code with the request.
    if (this.log_format === "python") this.log_error("code %d, message %s", code, text);
    this.send_response(code, isReasonPhrase(text) ? text : phrase);
    // RFC 9110 §15.5.6 requires it for 405. It is useful for 501 too.
    if (code === 405 || (code === 501 && this.command !== null)) {
      const allowed = methodsOf(this).filter((method) => method !== this.command);
      this.send_default_headers([["Allow", allowed.join(", ")]]);
    }
    const page = errorPage({
      code,
      message: text,
      explain: explain ?? explanation,
      format: this.error_message_format,
      type: this.error_content_type,
      accept: () => fieldValue(this.headers, "Accept"),
    });
    if (page !== null) this.send_default_headers(page.fields);
    this.end_headers();
    if (page !== null && this.command !== "HEAD") this.wfile.write(page.content);
  }

  /**
   * Begins the response: logs the request, and adds the status line, `Server` and `Date`. If the handler sends one of
   * these two fields, its value replaces the default.
   *
   * @category Call
   * @param code - the status code
   * @param message - the reason phrase; without it, that of {@link responses}
   */
  send_response(code: number, message?: string | null): void {
    this.log_request(code);
    this.send_response_only(code, message);
    const { response } = this.#exchange;
    if (this.send_header === BaseHTTPRequestHandler.prototype.send_header)
      return response.addBlock(serverAndDate(this.version_string(), this.date_time_string()));
    response.addsDefaults = true;
    this.send_header("Server", this.version_string());
    this.send_header("Date", this.date_time_string());
    response.addsDefaults = false;
  }

  /**
   * Begins the response with only the status line. It replaces a response whose header was not ended yet.
   *
   * @category Call
   * @param code - the status code
   * @param message - the reason phrase; without it, that of {@link responses}
   * @throws `RangeError` for an invalid status code, `TypeError` for a phrase with line ends or other forbidden
   *   characters
   */
  send_response_only(code: number, message?: string | null): void {
    if (!Number.isInteger(code) || code < 100 || code > 999) {
      throw new RangeError(`A status code must have three digits, not ${code}.`);
    }
    if (code === 101 && this.request_version === "HTTP/1.0")
      throw new TypeError(
        "An HTTP/1.0 client can't change the protocol (RFC 9110 §7.8): answer with 400 or 426.",
      );
    this.#exchange.response.start(this.protocol_version, code, message ?? this.responses[code]?.[0] ?? "");
  }

  /**
   * Adds a header field. Nothing is sent before {@link end_headers}.
   *
   * After {@link end_headers}, it begins the header of a part of a `multipart` body: the fields are checked in
   * the same way, and written into the body when {@link end_headers} is called again.
   *
   * `Connection` also decides whether the connection stays open.
   *
   * @category Call
   * @param keyword - the name of the field
   * @param value - its value; a number is written in decimal
   * @throws `TypeError` for an invalid name, and for a value with line ends or other forbidden characters, which could
   *   add fields
   */
  send_header(keyword: string, value: string | number): void {
    const text = typeof value === "string" ? value : String(value);
    this.#exchange.response.add(keyword, text);
    if (keyword.length === 10 && keyword.toLowerCase() === "connection")
      this.#exchange.decideConnection(text);
  }

  /**
   * Adds default header fields with {@link send_header}. If the handler sends a field with the same name, before or
   * after, it replaces the default. This applies to fields that a response has only once, such as `Content-Type` or
   * `Cache-Control`.
   *
   * @category Call
   * @param fields - names and values
   */
  protected send_default_headers(fields: readonly (readonly [keyword: string, value: string])[]): void {
    const { response } = this.#exchange;
    response.addsDefaults = true;
    try {
      for (const [keyword, value] of fields) this.send_header(keyword, value);
    } finally {
      response.addsDefaults = false;
    }
  }

  /**
   * Adds header fields as {@link send_default_headers} does. If {@link send_header} is overridden, it is called for
   * each field. Otherwise all fields are added at once, without checking them again.
   *
   * @category Call
   * @param block - created by {@link fieldBlock}
   */
  protected send_header_block(block: FieldBlock): void {
    if (this.send_header === BaseHTTPRequestHandler.prototype.send_header)
      this.#exchange.response.addBlock(block);
    else this.send_default_headers(block.fields);
  }

  /**
   * Ends the header fields. To add one to every response, override this and call `super.end_headers()` last.
   *
   * @category Override
   */
  end_headers(): void {
    this.flush_headers();
  }

  /**
   * Sends the header, together with the beginning of the body if that follows at once. Called by {@link end_headers}.
   *
   * @category Override
   */
  flush_headers(): void {
    this.#exchange.endHead();
  }

  /**
   * Logs a request. Called by {@link send_response}. It does nothing if {@link log_response} writes the lines of the
   * {@link log_format}.
   *
   * @category Override
   * @param code - the status of the response
   * @param size - the bytes of its body; `"-"` if they are unknown, as in {@link send_response}
   */
  log_request(code: number | string = "-", size: number | string = "-"): void {
    if (this.log_format === "python")
      this.log_message('"%s" %s %s', this.requestline, String(code), String(size));
  }

  /**
   * Called when the response to a request has ended, completely or not. Then its size and duration are known, unlike in
   * {@link log_request}. Writes the line of {@link log_format}, except for `python` and `none`. With these, nothing is
   * measured unless a class overrides this method.
   *
   * Called once for each request, after its handler has finished and before the next request of the connection begins;
   * even if the handler has failed, or the client has disconnected.
   *
   * @category Override
   * @param outcome - status, bytes and seconds
   */
  protected log_response(outcome: ResponseOutcome): void {
    const { log_format } = this;
    if (isLoggedAtEnd(log_format) && !this.#cycle.isOperation)
      writeLogLine(formatEntry(log_format as Exclude<LogFormat, "python" | "none">, this, outcome));
  }

  /**
   * Logs an error with {@link log_message}. Called by {@link send_error}, and after a timeout.
   *
   * @category Override
   * @param format - as for {@link log_message}
   * @param args - values for its placeholders
   */
  log_error(format: string, ...args: unknown[]): void {
    this.log_message(format, ...args);
  }

  /**
   * Writes a log line to standard error: the client's address, the time, and the message with escaped control
   * characters. If {@link log_format} is `json`, the line is an object; with `none`, nothing is written. All logging
   * uses this method, except {@link log_response}.
   *
   * @category Override
   * @param format - as in Python: `%s`, `%d`, …
   * @param args - one value for each of its placeholders
   */
  log_message(format: string, ...args: unknown[]): void {
    if (this.log_format === "none") return;
    const message = formatMessage(format, args);
    const line =
      this.log_format === "json"
        ? jsonMessage(this, message)
        : `${this.address_string()} - - [${this.log_date_time_string()}] ${escapeControls(message)}`;
    writeLogLine(line);
  }

  /**
   * Returns the value of `Server`: {@link server_version} and {@link sys_version}.
   *
   * @category Override
   * @returns the value of the field
   */
  version_string(): string {
    return `${this.server_version} ${this.sys_version}`;
  }

  /**
   * Returns a time in the format of HTTP: `Sun, 06 Nov 1994 08:49:37 GMT`.
   *
   * @category Override
   * @param timestamp - seconds since 1970. Default: now
   * @returns a date in the format of RFC 9110 §5.6.7, in GMT
   */
  date_time_string(timestamp?: number | null): string {
    return timestamp === undefined || timestamp === null ? currentDate() : formatHttpDate(timestamp);
  }

  /**
   * Returns the current time for the log: `06/Nov/1994 08:49:37`, local time.
   *
   * @category Override
   * @returns the time, to the second
   */
  log_date_time_string(): string {
    return logDateTimeNow();
  }

  /**
   * Returns the client's address for the log: its host. No name is looked up. An IPv4 client has an IPv4 address, even
   * if the server's socket is for both families, and `client_address` begins with `::ffff:`.
   *
   * @category Override
   * @returns a numeric address; `"-"` for a client of a Unix socket
   */
  address_string(): string {
    const address = this.client_address as UnixAddress | InetAddress;
    const host = typeof address === "string" ? address : address[0];
    return (mappedIPv4(host) ?? host) || "-";
  }

  /**
   * Sends any content with the features of a file: HEAD, conditions and 304, ranges, and a file name for saving it. It
   * also sends the header.
   *
   * ```ts
   * this.send_content("city,people\nLyon,522000\n", { name: "cities.csv" });
   * ```
   *
   * @category Call
   * @param content - the content to send
   * @param options - its properties
   * @returns a promise, if the content is not available at once, or if the client is slow
   * @throws `TypeError` for an invalid option. If a function throws before anything was sent, the client gets 500
   */
  send_content(content: Content, options: ContentOptions = {}): Awaitable<void> {
    const sent = after(representationOf(content, options), (representation) => {
      const open = openContent(content, representation.size, false);
      return closingOnError(open, () => this.#sendReply(representation, open));
    });
    return isPromise(sent) ? this.hold_request(sent) : sent;
  }

  /**
   * Closes the connection at once, without a response or with a part of it. Use it for requests that should get no
   * response.
   *
   * @category Call
   */
  abort(): void {
    this.#exchange.abort();
  }

  /** Closes an idle connection. Otherwise, the current response gets `Connection: close`. */
  override drain(): void {
    this.#cycle.stream.drain();
  }

  override finish(): Awaitable<void> {
    const { stream } = this.#cycle;
    stream.close();
    const closed = super.finish();
    // If the handler closed the writer itself, closing it again sends nothing. Later bytes are sent here.
    stream.sink.flush();
    return closed;
  }

  /**
   * Extends the request until `work` has finished, even if an override of the `do_` method does not return its promise:
   * in Python, `super.do_GET()` needs no `return` either.
   *
   * @category Call
   * @param work - a promise that the request waits for; if it rejects, the request fails
   * @returns `work`; its failure is handled, even if nobody awaits it
   */
  protected hold_request(work: PromiseLike<void>): Promise<void> {
    // Tests may call a method of a handler that has no connection.
    return this.#cycle?.hold(work) ?? quiet(Promise.resolve(work));
  }

  /** @internal */
  protected override [openFiles](connection: Connection, settings: StreamSettings): void {
    const isObserved = this.log_response !== BaseHTTPRequestHandler.prototype.log_response;
    const handler = this as unknown as CycleHandler;
    this.#cycle = new RequestCycle(handler, connection, settings as ConnectionSettings, isObserved);
    this.#exchange = this.#cycle.exchange;
    // Fields that were assigned earlier would hide the accessors.
    for (const name of ["headers", "rfile"])
      if (Object.hasOwn(this, name)) Reflect.deleteProperty(this, name);
  }

  /** @internal */
  protected [operatedServers](): readonly OperatedServer[] {
    return [this.server];
  }

  #sendReply(representation: Representation, open: OpenContent): Awaitable<void> {
    const { lastModified } = representation;
    const { status, body, fields } = replyTo(representation, open, replyRequest(this.command, this.headers));
    this.send_response(status);
    this.send_default_headers(fields(lastModified === null ? null : this.date_time_string(lastModified)));
    if (body === null && status !== 304) this.send_default_headers([["Content-Length", "0"]]);
    this.end_headers();
    if (body === null) return;
    if (this.command === "HEAD") return body.close();
    return closingAfter(body, this.request, () => copyContent(body, this.wfile));
  }
}

locate(BaseHTTPRequestHandler, import.meta.url);
const SETTINGS = {
  protocol_version: ANY,
  server_version: ANY,
  sys_version: ANY,
  error_message_format: ANY,
  error_content_type: ANY,
  default_request_version: ANY,
  MessageClass: ANY,
  log_format: oneOf("python", "common", "combined", "json", "none"),
  health_path: optional(TARGET_PATH),
  metrics_path: optional(TARGET_PATH),
  collect_metrics: FLAG,
  responses: ANY,
  weekdayname: ANY,
  monthname: ANY,
  max_request_line: limit(0),
  max_header_size: limit(0),
  max_headers: limit(0),
  max_content_length: limit(0),
  min_content_rate: RATE,
  content_rate_grace: SECONDS,
  min_response_rate: RATE,
  response_rate_grace: SECONDS,
  max_requests_per_connection: limit(1),
  max_discarded_content: limit(0),
  discard_timeout: TIME_LIMIT,
  first_byte_timeout: TIME_LIMIT,
  header_timeout: TIME_LIMIT,
  keep_alive_timeout: TIME_LIMIT,
  stall_timeout: TIME_LIMIT,
} satisfies Rules;
defineSettings(BaseHTTPRequestHandler, SETTINGS);

/** Settings of a handler for a whole connection. */
export type ConnectionSettings = StreamSettings &
  Readonly<Pick<typeof BaseHTTPRequestHandler, keyof typeof SETTINGS>>;
