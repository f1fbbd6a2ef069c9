import { Duplex } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { checkOptions, defineOptions, type OptionNames, optionsOf } from "../errors/check-options.js";
import { CodedError } from "../errors/coded-error.js";
import { OptionError } from "../errors/option-error.js";
import { type Awaitable, isPromise } from "../io/awaitable.js";
import { Connection } from "../io/connection.js";
import { isDisconnection, TimeoutError } from "../io/connection-errors.js";
import { timerDelay } from "../io/timer-delay.js";
import { errorChannel } from "./channels.js";
import {
  checkHandlerArgs,
  checkHandlerClass,
  type HandlerLike,
  placeOfOption,
  type RequestHandlerClass,
} from "./handler-class.js";
import { type Link, LinkedList } from "./linked-list.js";
import { ServeLoop } from "./serve-loop.js";
import { ServerError } from "./server-error.js";
import { checkSettings, defineSettings, SECONDS, TIME_LIMIT, WAIT } from "./settings.js";
import { TaskSet } from "./task-set.js";

/** The field that tells which requests are verified where they are served, since more is known of them there; `null` for none. */
export const verifiedLater = Symbol("verifiedLater");

/**
 * What every server's constructor takes as its last argument.
 *
 * @typeParam Args - what the handler's constructor takes as its last argument
 */
export interface BaseServerOptions<Args extends object = object> {
  /** Handed to each handler's constructor: Python's `functools.partial(Handler, directory=…)`. */
  handler_args?: Args | undefined;
}

/** What {@link BaseServer.serve_forever} takes. */
export interface ServeForeverOptions {
  /** Seconds from one call of `service_actions` to the next while no request comes; 0.5 when left out. */
  poll_interval?: number | undefined;
  /** Ends the serving, as `shutdown()` does. */
  signal?: AbortSignal | undefined;
  /**
   * `false` makes the server a daemon, as {@link BaseServer.unref} does; `true` takes that back. Without it the server stays what it is.
   */
  ref?: boolean | undefined;
}

/** The request that {@link BaseServer.handle_request} serves, among those of connections that are open side by side. */
export interface FirstRequest {
  /** Resolves when it is served; `undefined` until it has come. */
  readonly served: PromiseLike<void> | undefined;
  /** True if the connection that was taken last waits for its request apart from the loop. */
  isApart: boolean;
  /** Has all other requests wait for the next call. */
  close(): void;
}

const SERVE_FOREVER_OPTIONS: OptionNames<ServeForeverOptions> = {
  poll_interval: true,
  signal: true,
  ref: true,
};

// Seconds for a handler to notice that it was cut off; one that waits for something else never does.
const CUT_OFF = 0.25;

// Seconds: more than a timer can have.
const FOR_EVER = Number.POSITIVE_INFINITY;

/**
 * The root of the servers: the loop, and the order of the hooks. Python's `socketserver.BaseServer`.
 *
 * Every hook may be overridden, and may be `async`. For one request they are called in this order:
 *
 * ```text
 * get_request → verify_request → process_request → finish_request → shutdown_request → close_request
 * ```
 *
 * where `finish_request` makes the handler and runs its `setup`, `handle` and `finish`. What any of them throws goes to
 * {@link handle_error}, and never ends the loop.
 *
 * @typeParam Request - what is served: a connection, a datagram
 * @typeParam Address - what an address is
 * @typeParam Args - what the constructor of its handlers takes as its last argument; known by the handler's class
 */
export abstract class BaseServer<Request = unknown, Address = unknown, Args extends object = object> {
  /**
   * Seconds that {@link handle_request} waits before it calls {@link handle_timeout}; `null` is for ever.
   * {@link serve_forever} never looks at it.
   *
   * @category Settings
   */
  static timeout: number | null = null;
  /** {@inheritDoc BaseServer.timeout} */
  declare timeout: number | null;
  /**
   * Seconds that {@link server_close} gives the requests that are still served before it cuts them off; `null` is for
   * ever, as in Python.
   *
   * @category Settings
   */
  static drain_timeout: number | null = null;
  /** {@inheritDoc BaseServer.drain_timeout} */
  declare drain_timeout: number | null;
  /**
   * Seconds that {@link serve_forever} goes on taking requests after {@link shutdown} was called. {@link is_closing} is true meanwhile, so
   * that health checks fail and HTTP responses end their connections: a balancer has the time to send its requests elsewhere. Default 0.
   *
   * @category Settings
   */
  static drain_delay = 0;
  /** {@inheritDoc BaseServer.drain_delay} */
  declare drain_delay: number;

  /**
   * The address: as it was asked for, and the one that was really bound as soon as there is one.
   *
   * @category State
   */
  server_address: Address;
  /**
   * What {@link finish_request} makes for each request.
   *
   * @category State
   */
  RequestHandlerClass: RequestHandlerClass<Request, Address>;
  /**
   * What each handler's constructor is given as its last argument.
   *
   * @category State
   */
  handler_args: object | undefined;

  /** @internal */
  [verifiedLater]: ((client_address: unknown) => boolean) | null = null;
  readonly #tasks = new TaskSet<Request>();
  readonly #handlers = new LinkedList<HandlerLike>();
  #serving: Promise<void> | undefined;
  #handling: PromiseLike<void> | undefined;
  #stopping = false;
  #closing = false;
  #draining = false;
  /** True from the beginning of {@link drain_delay} on. */
  #isLeaving = false;
  #current: Request | undefined;
  #wake: () => void = () => {};
  /** True if the request that was to be taken last was gone. */
  #wentAway = false;
  #hasRef = true;
  /** Keeps the process alive while this serves. */
  #holder: { ref(): unknown; unref(): unknown } | undefined;

  /**
   * Only stores. Servers of sockets bind and listen then, unless told not to.
   *
   * @param server_address - where to listen: `[host, port]`, or a path for a socket in the file system
   * @param RequestHandlerClass - made for each request
   * @param options - see {@link BaseServerOptions}
   * @throws {@link OptionError} for an option that there is not, and for an argument that the handler's class does not take
   */
  constructor(
    server_address: Address,
    RequestHandlerClass: RequestHandlerClass<Request, Address, Args>,
    options: BaseServerOptions<NoInfer<Args>> = {},
  ) {
    checkHandlerClass(RequestHandlerClass);
    const Server = this.constructor as typeof BaseServer;
    checkOptions(options, optionsOf(Server), Server.name, (key) =>
      placeOfOption(key, RequestHandlerClass, Server),
    );
    checkHandlerArgs(RequestHandlerClass, options.handler_args);
    this.server_address = server_address;
    this.RequestHandlerClass = RequestHandlerClass;
    this.handler_args = options.handler_args;
  }

  /**
   * Waits for requests and handles them until {@link shutdown}.
   *
   * What comes while nothing serves waits, and is served by the next call. The process stays alive as long, unless
   * {@link unref} was called.
   *
   * @category Call
   * @param options - seconds between two calls of {@link service_actions}, or an object with `poll_interval`, `signal` and `ref`
   * @returns a promise that resolves when the loop has ended; it rejects when the address can't be bound, on Nodes that
   *   can't tell the constructor, with a {@link ServerError} when the server serves already or is closed, and with a
   *   `RangeError` for a `poll_interval` that is not above 0, or a setting that can't be right
   */
  async serve_forever(options: number | ServeForeverOptions = {}): Promise<void> {
    const {
      poll_interval = 0.5,
      signal,
      ref,
    } = typeof options === "number" ? { poll_interval: options } : options;
    if (typeof options === "object") checkOptions(options, SERVE_FOREVER_OPTIONS, "serve_forever()");
    if (ref !== undefined) this.#setRef(ref);
    if (!(poll_interval > 0))
      throw new RangeError(`poll_interval must be a number of seconds above 0, not ${poll_interval}.`);
    await this.#exclusively(() => this.#serve(poll_interval, signal));
  }

  /**
   * Called by the constructor of a server with a socket, after `server_bind`. Does nothing here.
   *
   * @category Override
   */
  server_activate(): void {}

  /**
   * Ends {@link serve_forever}, after {@link drain_delay}: no further request is taken.
   *
   * It may be called from anywhere, a handler included, and before or after the loop runs. A request that is being served
   * goes on; {@link server_close} waits for it. The address stays bound.
   *
   * @category Call
   * @returns a promise that resolves when the loop has ended
   */
  async shutdown(): Promise<void> {
    if (this.#serving === undefined) return;
    this.#stopping = true;
    this.#wake();
    await this.#serving.catch(() => {});
  }

  /**
   * Handles one request; waits for it as long as {@link timeout} says, and calls {@link handle_timeout} if none comes.
   *
   * @category Call
   * @returns a promise that resolves when the request is served, when time is up, or after {@link shutdown}; where requests
   *   are served apart from the loop, when it has begun. It rejects as that of {@link serve_forever} does
   */
  handle_request(): Promise<void> {
    return this.#exclusively(() => this.#handleNext());
  }

  /**
   * Makes the server a daemon: neither its loop nor its connections keep the process alive, except for those that child processes serve.
   * Python's `Thread(target=httpd.serve_forever, daemon=True)`, and `unref()` of Node's servers.
   *
   * Call it at any time. It holds for the serving that goes on, and for connections that come later. Don't `await` the `serve_forever()` of a daemon: the
   * program would wait for a promise that keeps nothing alive, and Node ends it with status 13.
   *
   * @category Call
   * @returns the server
   */
  unref(): this {
    return this.#setRef(false);
  }

  /**
   * Has the serving keep the process alive, as it does from the beginning: takes {@link unref} back.
   *
   * @category Call
   * @returns the server
   */
  ref(): this {
    return this.#setRef(true);
  }

  /**
   * Called by {@link serve_forever} after each request, and each time that `poll_interval` has passed without one. Does
   * nothing here. The loop waits for it; what it throws goes to {@link handle_error}.
   *
   * @category Override
   */
  service_actions(): Awaitable<void> {}

  /**
   * Called by {@link handle_request} when no request came within {@link timeout} seconds. Does nothing here. What it throws
   * goes to {@link handle_error}.
   *
   * @category Override
   */
  handle_timeout(): Awaitable<void> {}

  /**
   * Gives the next request and who sent it.
   *
   * Called by the loop when there is one. An `Error` with a `code` of the operating system's is taken for a request that
   * went away; any other goes to {@link handle_error}.
   *
   * @category Override
   * @returns what the other hooks are called with; an array of two, as Python's tuple
   */
  abstract get_request(): Awaitable<readonly [request: Request, client_address: Address]>;

  /**
   * Decides whether a request is served at all.
   *
   * Called by the loop after {@link get_request}, on the accepting thread, before a byte has been read. The loop waits for it:
   * while it asks somebody, no other request is taken. The default accepts everyone. `false` closes the connection without a
   * reply; to refuse with a status code, do so in the handler, where there is a request to answer.
   *
   * @category Override
   * @param _request - leave it unread
   * @param _client_address - who sent it
   * @returns whether {@link process_request} is called
   */
  verify_request(_request: Request, _client_address: Address): Awaitable<boolean> {
    return true;
  }

  /**
   * Serves a request: {@link finish_request}, then {@link shutdown_request}. The loop waits for it, so one request is
   * served after the other; `ThreadingMixIn` replaces it.
   *
   * Called by the loop after {@link verify_request} has agreed, on the accepting thread. What it throws goes to
   * {@link handle_error}, and the request is then released.
   *
   * @category Override
   * @param request - the connection; of datagrams, the datagram and its socket
   * @param client_address - who has sent it
   */
  process_request(request: Request, client_address: Address): Awaitable<void> {
    const finished = this.finish_request(request, client_address);
    return isPromise(finished)
      ? finished.then(() => this.shutdown_request(request))
      : this.shutdown_request(request);
  }

  /**
   * Makes a handler and runs it. Called by {@link process_request}; with threads or processes, in the one that serves the
   * request.
   *
   * Override it to give the handler's constructor other arguments, and hand the handler to {@link run_handler}.
   *
   * @category Override
   * @param request - the connection; of datagrams, the datagram and its socket
   * @param client_address - who has sent it
   * @throws what the handler throws
   */
  finish_request(request: Request, client_address: Address): Awaitable<void> {
    const { RequestHandlerClass } = this;
    return this.run_handler(new RequestHandlerClass(request, client_address, this, this.handler_args));
  }

  /**
   * Runs `setup`, `handle` and `finish` of a handler. For an override of {@link finish_request} that makes the handler
   * itself; in Python the handler's constructor does it.
   *
   * @category Call
   * @param handler - that was made for the request
   * @returns nothing where none of the three returns a promise; else a promise that resolves when `finish` is done, and
   *   rejects with what any of them has thrown
   * @throws what any of the three throws
   */
  run_handler(handler: HandlerLike): Awaitable<void> {
    const ready = handler.setup();
    return isPromise(ready) ? ready.then(() => this.#handle(handler)) : this.#handle(handler);
  }

  /**
   * The last step for every request, also for one that was refused or failed. Here it only calls {@link close_request}.
   *
   * Called on the thread that has served the request, after the handler's `finish`. What it throws goes to
   * {@link handle_error}, and the connection is dropped.
   *
   * @category Override
   * @param request - the connection; of datagrams, the datagram and its socket
   */
  shutdown_request(request: Request): Awaitable<void> {
    return this.close_request(request);
  }

  /**
   * Releases a request: closes the connection. Called by {@link shutdown_request}. Does nothing here.
   *
   * @category Override
   * @param _request - the connection; of datagrams, the datagram and its socket
   */
  close_request(_request: Request): Awaitable<void> {}

  /**
   * Called with what was thrown while a request was handled. Writes it to standard error, where the handler's `log_format` is `"json"` as
   * one line with method and path; nothing about a client that went away. The server goes on.
   *
   * Called on the thread that serves the request. What it throws itself is written to standard error.
   *
   * @category Override
   * @param request - `undefined`, like the address, where it was thrown by a hook that is not for one request
   * @param client_address - who has sent the request
   * @param error - what was thrown; Python has it in `sys.exc_info()`
   */
  handle_error(request: Request, client_address: Address, error: unknown): Awaitable<void> {
    if (isDisconnection(error)) return;
    const tell = request instanceof Duplex ? Connection.of(request).tellError : null;
    if (tell !== null) return tell(error);
    const line = "-".repeat(40);
    const during =
      client_address === undefined
        ? "work of the server"
        : `processing of request from ${repr(client_address)}`;
    console.error(`${line}\nException occurred during ${during}\n${describe(error)}\n${line}`);
  }

  /**
   * Releases what the server holds: ends the loop, has handlers come to an end, and waits for them as long as
   * {@link drain_timeout} says. Not to be awaited in a handler, which would wait for itself. It may be called again.
   *
   * @category Call
   * @returns a promise that resolves when the address is free, and no request is served any more that is waited for
   */
  async server_close(): Promise<void> {
    this.begin_closing();
    await this.shutdown();
    this.begin_draining();
    if (!this.waits_for_requests()) return;
    if (!(await this.#tasks.settled(this.drain_timeout))) {
      this.abort_requests();
      await this.#tasks.settled(CUT_OFF);
    }
  }

  /** `await using`: Python's `with`. The same as {@link server_close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.server_close();
  }

  /**
   * The descriptor of the listening socket; -1 when it is closed, or where the system has none.
   *
   * @category Call
   * @returns a number of the system's, for what can't be asked of Node
   */
  abstract fileno(): number;

  /**
   * Returns how many connections this thread can have before they are scarce. A server that serves one after the other has place for one,
   * so the second one waits.
   *
   * @internal
   * @param limit - of all connections of the server
   */
  protected fair_share(limit: number): number {
    return Math.min(limit, 2);
  }

  /**
   * True if the loop takes no other request before this one is done, so that a handler which idles keeps others waiting.
   *
   * Asked by HTTP handlers: a connection that others wait for is not kept alive.
   *
   * @category State
   * @param request - that asks
   * @returns `true` where others wait for its connection
   */
  is_waiting_for(request: Request): boolean {
    return this.#current === request;
  }

  /**
   * True if {@link server_close} was called, and from the beginning of {@link drain_delay} on: handlers should come to an end.
   *
   * @category State
   */
  get is_closing(): boolean {
    return this.#closing || this.#isLeaving;
  }

  /**
   * True if {@link get_request} would give one at once: Python asks its selector. Asked by the loop.
   *
   * @returns `true` where the loop need not wait
   */
  protected abstract has_waiting_request(): boolean;

  /**
   * True if threads accept connections by themselves while {@link serve_forever} runs. Asked before binding. Here none does.
   *
   * @returns `false`, here
   * @throws where they are to, and can't
   */
  protected accepts_in_threads(): boolean {
    return false;
  }

  /**
   * True if a connection that is taken holds up no other one: those that wait when the server closes are then served, too.
   *
   * @returns `false`, here: as in Python, they are closed
   */
  protected serves_side_by_side(): boolean {
    return false;
  }

  /** Called by {@link serve_forever} when it begins to take requests. Does nothing here. */
  protected begin_accepting(): void {}

  /** Called by {@link serve_forever} when it takes no more requests, and waited for. Does nothing here. */
  protected end_accepting(): Awaitable<void> {}

  /** Takes requests as they come, for good, in a thread that accepts by itself. `service_actions` is not called there. */
  protected take_requests(): void {
    const loop = this.#newLoop(FOR_EVER, false);
    this.#wake = () => loop.wake();
    this.#wake();
  }

  /** Takes the requests that wait when the server closes. */
  protected async take_waiting(): Promise<void> {
    while (this.has_waiting_request()) await this.#handleOne();
  }

  /** Resolves when no request is served. */
  protected async requests_done(): Promise<void> {
    await this.#tasks.settled(null);
  }

  /** Cuts off the requests that are served. */
  protected abort_requests(): void {
    for (const request of this.#tasks.requests()) void this.#guarded(() => this.abort_request(request));
  }

  /** Resolves when requests can come; rejects when they never can. Here they can at once. Called when serving begins. */
  protected ready_to_serve(): Awaitable<void> {}

  /**
   * Tells how {@link handle_request} finds the request that it serves, where connections wait for theirs apart from the loop.
   *
   * @returns `null`, here: the first connection that comes is the request
   */
  protected first_request(): FirstRequest | null {
    return null;
  }

  /**
   * Tells whether what serves keeps the process alive.
   *
   * @returns `false` after {@link unref}
   */
  protected has_ref(): boolean {
    return this.#hasRef;
  }

  /** To be called by a server when {@link has_waiting_request} has become true: wakes the loop. */
  protected request_arrived(): void {
    this.#wake();
  }

  /**
   * Remembers a request that is served apart from the loop until it is done. What `work` rejects with goes to
   * {@link handle_error}, and the request is released then.
   *
   * @param request - the connection; of datagrams, the datagram and its socket
   * @param client_address - who has sent it
   * @param work - is done when the request is served
   * @param _closed - resolves when nothing is left of it, where another thread or process serves it
   * @param counted - what counts it; it is told of the end
   * @returns a promise that resolves when it is done, and never rejects
   */
  protected track_request(
    request: Request,
    client_address: Address,
    work: PromiseLike<void>,
    _closed?: PromiseLike<unknown>,
    counted?: { release(): void },
  ): PromiseLike<void> {
    const task = this.#tasks.add(request);
    const done = () => {
      this.#tasks.remove(task);
      counted?.release();
    };
    return work.then(done, (error) => {
      const failed = this.request_failed(request, client_address, error);
      return isPromise(failed) ? failed.then(done) : done();
    });
  }

  /**
   * The requests that are being served: Python's `_threads` and `active_children`.
   *
   * @returns those that are served now, in the order in which they came; also those that threads and processes serve
   */
  protected active_requests(): Iterable<Request> {
    return this.#tasks.requests();
  }

  /**
   * True if {@link server_close} waits for the requests that are being served.
   *
   * @returns `false` where they are left to themselves
   */
  protected waits_for_requests(): boolean {
    return true;
  }

  /**
   * True while {@link serve_forever} or {@link handle_request} runs.
   *
   * @returns `false` before, and after {@link shutdown}
   */
  protected takes_requests(): boolean {
    return this.#serving !== undefined;
  }

  /** Makes {@link is_closing} true. Called by {@link server_close}, first. */
  protected begin_closing(): void {
    this.#closing = true;
  }

  /**
   * Says whether the server is about to end, so that {@link is_closing} is true. Called when {@link drain_delay} begins, and when the
   * server serves once more.
   *
   * @param isLeaving - true for the first
   */
  protected set_leaving(isLeaving: boolean): void {
    this.#isLeaving = isLeaving;
  }

  /** Has the handlers that are at work, and those that are still made, come to an end. Called by {@link server_close}. */
  protected begin_draining(): void {
    this.#closing = true;
    this.#draining = true;
    for (const handler of this.#handlers.values()) this.#drain(handler);
  }

  /**
   * Tells the server in each thread or process something: {@link apply_update} is called there. Here there are none.
   *
   * @param _update - what can be copied by structured clone
   */
  protected update_workers(_update: unknown): void {}

  /**
   * What the server in each thread or process says of itself; `null` from one that does not answer. Here there are none.
   *
   * @returns a promise of one entry for each thread or process
   */
  protected worker_reports(): Promise<unknown[]> {
    return Promise.resolve([]);
  }

  /**
   * In a thread or process, takes what {@link update_workers} was called with.
   *
   * @param _update - a copy of what was given there
   */
  protected apply_update(_update: unknown): void {}

  /**
   * Serves a request that another thread or process has taken: what is left of {@link process_request} then.
   *
   * @param request - the connection; of datagrams, the datagram and its socket
   * @param client_address - who has sent it
   */
  protected serve_handed_over(request: Request, client_address: Address): Awaitable<void> {
    return this.serve_apart(request, client_address, this.serve_and_release(request, client_address));
  }

  /**
   * Cuts off a request whose {@link drain_timeout} is over. Called by {@link server_close}. Does nothing here.
   *
   * @param _request - the connection; of datagrams, the datagram and its socket
   */
  protected abort_request(_request: Request): void {}

  /**
   * {@link finish_request} and {@link shutdown_request} with their errors caught: Python's `process_request_thread`.
   *
   * @param request - the connection; of datagrams, the datagram and its socket
   * @param client_address - who has sent it
   */
  protected serve_and_release(request: Request, client_address: Address): Awaitable<void> {
    try {
      const finished = this.finish_request(request, client_address);
      if (isPromise(finished)) return this.#releaseBehind(finished, request, client_address);
    } catch (error) {
      return this.request_failed(request, client_address, error);
    }
    return this.#release(request, client_address);
  }

  /**
   * Has the loop go on while a request is served: {@link track_request}, where there is anything to wait for.
   *
   * @param request - the connection; of datagrams, the datagram and its socket
   * @param client_address - who has sent it
   * @param work - what {@link serve_and_release} has returned
   */
  protected serve_apart(request: Request, client_address: Address, work: Awaitable<void>): Awaitable<void> {
    if (isPromise(work)) return this.track_request(request, client_address, work);
  }

  /**
   * {@link handle_error}, then {@link shutdown_request}: what follows on an error while a request was handled.
   *
   * @param request - the connection; of datagrams, the datagram and its socket
   * @param client_address - who has sent it
   * @param error - what was thrown
   */
  protected request_failed(request: Request, client_address: Address, error: unknown): Awaitable<void> {
    const reported = this.report_error(request, client_address, error);
    return isPromise(reported)
      ? reported.then(() => this.#release(request, client_address))
      : this.#release(request, client_address);
  }

  #exclusively(work: () => Promise<void>): Promise<void> {
    try {
      this.#checkMayServe();
    } catch (error) {
      return Promise.reject(error);
    }
    this.#stopping = false;
    const serving = work().finally(() => {
      this.#serving = undefined;
    });
    this.#serving = serving;
    return serving;
  }

  #checkMayServe(): void {
    if (this.#closing)
      throw new ServerError("PYSERVE_SERVER_CLOSED", "The server is closed: make another one.");
    if (this.#serving !== undefined) {
      throw new ServerError(
        "PYSERVE_SERVER_SERVING",
        "The server is serving already: call shutdown() first, or wait for handle_request().",
      );
    }
    checkSettings(this);
  }

  async #serve(pollInterval: number, signal: AbortSignal | undefined): Promise<void> {
    const stop = () => void this.shutdown();
    if (signal?.aborted) return;
    signal?.addEventListener("abort", stop);
    if (this.#isLeaving) this.set_leaving(false);
    try {
      await this.#boundOrStopped();
      await this.#loop(pollInterval);
      await this.end_accepting();
    } finally {
      signal?.removeEventListener("abort", stop);
    }
  }

  #loop(pollInterval: number): Promise<void> {
    const loop = this.#newLoop(pollInterval, true);
    this.#hold(loop);
    if (!this.#stopping) this.begin_accepting();
    this.#wake = () => (this.#stopping ? this.#leave(loop) : loop.wake());
    this.#wake();
    return loop.ended;
  }

  /** Ends the loop; with {@link drain_delay}, later. */
  #leave(loop: ServeLoop): void {
    if (this.#isLeaving) return loop.wake();
    const { drain_delay } = this;
    if (drain_delay === 0) return loop.stop();
    this.set_leaving(true);
    setTimeout(() => loop.stop(), timerDelay(drain_delay)).unref();
  }

  #newLoop(pollInterval: number, hasActions: boolean): ServeLoop {
    return new ServeLoop(
      {
        hasRequest: () => this.has_waiting_request(),
        handleRequest: () => this.#handleOne(),
        serviceActions: () => (hasActions ? this.#guarded(() => this.service_actions()) : undefined),
        hasServiceActions: () => hasActions && this.service_actions !== BaseServer.prototype.service_actions,
      },
      pollInterval,
    );
  }

  async #handleNext(): Promise<void> {
    await this.#boundOrStopped();
    const first = this.first_request();
    try {
      await this.#handleFirst(first);
    } finally {
      first?.close();
    }
  }

  /** @param first - `null` where the first connection that comes is the request */
  async #handleFirst(first: FirstRequest | null): Promise<void> {
    const { timeout } = this;
    const until = timeout === null ? Number.POSITIVE_INFINITY : performance.now() + timeout * 1000;
    // Connections arrive between two turns of the event loop: a timeout of 0 must let one pass to see any.
    if (!this.has_waiting_request()) await setImmediate();
    while (!this.#stopping) {
      if (first?.served !== undefined) return this.#untilStopped(first.served);
      if (!this.has_waiting_request()) {
        const left = until - performance.now();
        if (left <= 0) return this.#untilStopped(this.#guarded(() => this.handle_timeout()));
        await this.#sleep(left);
      } else if (await this.#handledOne(first)) return;
    }
  }

  /** Takes what waits. Returns whether that was the request. */
  async #handledOne(first: FirstRequest | null): Promise<boolean> {
    await this.#untilStopped(this.#handling);
    if (this.#stopping) return true;
    if (first !== null) first.isApart = false;
    this.#wentAway = false;
    await this.#untilStopped(this.#handleOne());
    return first === null || !(first.isApart || this.#wentAway);
  }

  /** What {@link ready_to_serve} waits for may take as long as it wants: `shutdown` does not. */
  async #boundOrStopped(): Promise<void> {
    const stopped = new Promise<void>((resolve) => {
      this.#wake = () => {
        if (this.#stopping) resolve();
      };
    });
    await Promise.race([this.ready_to_serve(), stopped]);
  }

  #setRef(hasRef: boolean): this {
    this.#hasRef = hasRef;
    if (hasRef) this.#holder?.ref();
    else this.#holder?.unref();
    return this;
  }

  /** Takes note of what keeps the process alive while this serves, if anything may. */
  #hold(holder: { ref(): unknown; unref(): unknown }): void {
    this.#holder = holder;
    if (!this.#hasRef) holder.unref();
  }

  /** Waits for a request, for the end of the serving, or for the time to pass. Its timer keeps the process alive. */
  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timerDelay(milliseconds / 1000));
      this.#hold(timer);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Waits for work, or for `shutdown`, which the work itself may wait for: it then goes on by itself. */
  async #untilStopped(work: Awaitable<void>): Promise<void> {
    if (!isPromise(work)) return;
    await new Promise<void>((resolve) => {
      this.#wake = () => {
        if (this.#stopping) resolve();
      };
      this.#wake();
      work.then(resolve);
    });
  }

  /** Handles a request, behind one that an earlier shutdown left at work: a server that serves one at a time goes on doing so. */
  #handleOne(): Awaitable<void> {
    if (this.#handling !== undefined) return this.#handling;
    const handled = this.#acceptOne();
    if (!isPromise(handled)) return;
    this.#handling = handled.then(() => {
      this.#handling = undefined;
    });
    return this.#handling;
  }

  #acceptOne(): Awaitable<void> {
    try {
      const accepted = this.get_request();
      if (!isPromise(accepted)) return this.#serveAccepted(accepted);
      return accepted.then((pair) => this.#serveAccepted(pair)).then(undefined, this.#notAccepted);
    } catch (error) {
      return this.#notAccepted(error);
    }
  }

  readonly #notAccepted = async (error: unknown): Promise<void> => {
    this.#wentAway = isSystemError(error);
    if (!this.#wentAway) await this.report_error(undefined as Request, undefined as Address, error);
    // An override that fails each time leaves the request where it is: everything else must have its turn too.
    await setImmediate();
  };

  /** @throws where an override has given something else */
  #serveAccepted([request, client_address]: readonly [Request, Address]): Awaitable<void> {
    this.#current = request;
    if (!this.#hasRef) (request as { unref?(): unknown } | null)?.unref?.();
    const work = this.#verifyAndProcess(request, client_address);
    const done = () => {
      this.#current = undefined;
    };
    return isPromise(work) ? this.track_request(request, client_address, work).then(done) : done();
  }

  #verifyAndProcess(request: Request, client_address: Address): Awaitable<void> {
    try {
      if (this[verifiedLater]?.(client_address)) return this.process_request(request, client_address);
      const verified = this.verify_request(request, client_address);
      if (!isPromise(verified)) return this.#process(verified, request, client_address);
      return verified.then((isWanted) => this.#process(isWanted, request, client_address));
    } catch (error) {
      return this.request_failed(request, client_address, error);
    }
  }

  #process(isWanted: boolean, request: Request, client_address: Address): Awaitable<void> {
    return isWanted ? this.process_request(request, client_address) : this.shutdown_request(request);
  }

  #handle(handler: HandlerLike): Awaitable<void> {
    const link = this.#handlers.add(handler);
    try {
      if (this.#draining) this.#drain(handler);
      const handled = handler.handle();
      if (isPromise(handled)) {
        return handled.then(
          () => this.#finish(link),
          (error) => this.#finishFailed(link, error),
        );
      }
    } catch (error) {
      return this.#finishFailed(link, error);
    }
    return this.#finish(link);
  }

  #finish(link: Link<HandlerLike>): Awaitable<void> {
    this.#handlers.remove(link);
    return link.value.finish();
  }

  #finishFailed(link: Link<HandlerLike>, error: unknown): Awaitable<void> {
    const finished = this.#finish(link);
    if (!isPromise(finished)) throw error;
    return finished.then(() => {
      throw error;
    });
  }

  // Not waited for: what a handler does to come to an end is a part of its work, which has its own time limit.
  #drain(handler: HandlerLike): void {
    void this.#guarded(() => handler.drain?.());
  }

  #releaseBehind(work: PromiseLike<void>, request: Request, client_address: Address): PromiseLike<void> {
    return work.then(
      () => this.#release(request, client_address),
      (error) => this.request_failed(request, client_address, error),
    );
  }

  #release(request: Request, client_address: Address): Awaitable<void> {
    try {
      const released = this.shutdown_request(request);
      if (!isPromise(released)) return;
      return released.then(undefined, (error) => this.#releaseFailed(request, client_address, error));
    } catch (error) {
      return this.#releaseFailed(request, client_address, error);
    }
  }

  async #releaseFailed(request: Request, client_address: Address, error: unknown): Promise<void> {
    await this.report_error(request, client_address, error);
    await this.#guarded(() => this.abort_request(request));
  }

  /** A hook that fails never ends the loop: in Python it does, and with it the service. */
  #guarded(hook: () => Awaitable<void>): Awaitable<void> {
    const failed = (error: unknown) => this.report_error(undefined as Request, undefined as Address, error);
    try {
      const done = hook();
      return isPromise(done) ? done.then(undefined, failed) : undefined;
    } catch (error) {
      return failed(error);
    }
  }

  /**
   * {@link handle_error}, with what it throws caught in its turn.
   *
   * @param request - the connection; of datagrams, the datagram and its socket; `undefined` for work that is for none
   * @param client_address - who has sent it
   * @param error - what was thrown
   */
  protected report_error(request: Request, client_address: Address, error: unknown): Awaitable<void> {
    if (errorChannel.hasSubscribers) errorChannel.publish({ server: this, request, client_address, error });
    try {
      const handled = this.handle_error(request, client_address, error);
      return isPromise(handled)
        ? handled.then(undefined, (failure) => tellFailure(failure, error))
        : undefined;
    } catch (failure) {
      tellFailure(failure, error);
    }
  }
}

defineOptions<BaseServerOptions>(BaseServer, { handler_args: true });
defineSettings(BaseServer, { timeout: WAIT, drain_timeout: TIME_LIMIT, drain_delay: SECONDS });

function tellFailure(failure: unknown, error: unknown): void {
  console.error("handle_error failed:", failure, "It was to handle:", error);
}

/** An address as Python shows it. */
function repr(address: unknown): string {
  return Array.isArray(address) ? `('${address[0]}', ${address[1]})` : `'${address}'`;
}

/** Where an error comes from, and which page explains it. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stack = error.stack ?? String(error);
  return error instanceof CodedError || error instanceof OptionError ? `${stack}\nSee ${error.help}` : stack;
}

/** What Python calls an `OSError`: the system's, not the program's. */
function isSystemError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, syscall } = error as { code?: unknown; syscall?: unknown };
  if (isDisconnection(error) || error instanceof TimeoutError) return true;
  return typeof code === "string" && typeof syscall === "string";
}
