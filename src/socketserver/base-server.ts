import { Duplex } from "node:stream";
import { setTimeout as delay, setImmediate } from "node:timers/promises";
import { inspect } from "node:util";
import { checkOptions, defineOptions, type OptionNames, optionsOf } from "../errors/check-options.js";
import { CodedError, OptionError } from "../errors/coded-error.js";
import { type Awaitable, after, isPromise } from "../io/awaitable.js";
import { Connection } from "../io/connection.js";
import { isDisconnection, TimeoutError } from "../io/connection-errors.js";
import { timerDelay } from "../io/timer-delay.js";
import { Placement, placement } from "../workers/placement.js";
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
import { checkSettings, defineSettings, type Rules, SECONDS, TIME_LIMIT, WAIT } from "./settings.js";

/**
 * Key of a function that returns true if a request is verified by the thread or process that serves it. Only that
 * thread or process may know the client. `null` if the accepting thread verifies all requests.
 */
export const verifiedLater = Symbol("verifiedLater");

/**
 * Options of every server's constructor.
 *
 * @typeParam Args - type of the last argument of the handler's constructor
 */
export interface BaseServerOptions<Args extends object = object> {
  /** Passed to each handler's constructor: Python's `functools.partial(Handler, directory=…)`. */
  handler_args?: Args | undefined;
}

/** Options of {@link BaseServer.serve_forever}. */
export interface ServeForeverOptions {
  /** Seconds between two calls of `service_actions` while no request arrives. Default 0.5. */
  poll_interval?: number | undefined;
  /** Ends serving, as `shutdown()` does. */
  signal?: AbortSignal | undefined;
  /** `false` makes the server a daemon, as {@link BaseServer.unref} does; `true` undoes that. Default: no change. */
  ref?: boolean | undefined;
}

/** The request that {@link BaseServer.handle_request} serves, if several connections are open. */
export interface FirstRequest {
  /** Resolves when it is served; `undefined` until it has arrived. */
  readonly served: PromiseLike<void> | undefined;
  /** True if the last accepted connection waits for its request outside the loop. */
  isApart: boolean;
  /** Makes all other requests wait for the next call. */
  close(): void;
}

/** A request that is served outside the loop. */
interface Task<Request> {
  work: PromiseLike<void> | undefined;
  /** `undefined` if it is not tracked. */
  link: Link<Request> | undefined;
  /** Counter that is decreased at the end. */
  counted: { release(): void } | undefined;
}

const SERVE_FOREVER_OPTIONS: OptionNames<ServeForeverOptions> = {
  poll_interval: true,
  signal: true,
  ref: true,
};

// Seconds that a handler gets to notice that its connection was closed. A handler that waits for something else never
// notices.
const CUT_OFF = 0.25;

// Milliseconds before `get_request` is called again if it has failed and left the request in the queue. It may fail each
// time, and errors of the program are logged.
const FAILED_DELAY = 100;

// Longer than any timer.
const FOR_EVER = Number.POSITIVE_INFINITY;

export interface BaseServer<Request = unknown, Address = unknown, Args extends object = object>
  extends Pick<typeof BaseServer, keyof typeof SETTINGS> {}
/**
 * Base class of all servers: the loop, and the order of the hooks. Python's `socketserver.BaseServer`.
 *
 * Every hook may be overridden, and may be `async`. For one request they are called in this order:
 *
 * ```text
 * get_request → verify_request → process_request → finish_request → shutdown_request → close_request
 * ```
 *
 * `finish_request` creates the handler and runs its `setup`, `handle` and `finish`. Errors from hooks go to
 * {@link handle_error}, and never end the loop.
 *
 * @typeParam Request - type of a request: a connection, or a datagram
 * @typeParam Address - type of an address
 * @typeParam Args - type of the last argument of its handlers' constructor; inferred from the handler class
 */
export abstract class BaseServer<Request = unknown, Address = unknown, Args extends object = object> {
  /**
   * Seconds that {@link handle_request} waits before it calls {@link handle_timeout}. `null` means no limit.
   * {@link serve_forever} ignores it.
   *
   * @category Settings
   */
  static timeout: number | null = null;
  /**
   * Seconds that {@link server_close} waits for requests in progress before it closes their connections. `null` means
   * no limit, as in Python.
   *
   * @category Settings
   */
  static drain_timeout: number | null = null;
  /**
   * Seconds that {@link serve_forever} continues to take requests after {@link shutdown} was called. Default 0. During
   * this time, {@link is_closing} is true, so health checks fail and HTTP responses end their connections. A load
   * balancer can then send its requests elsewhere.
   *
   * @category Settings
   */
  static drain_delay = 0;

  /**
   * The requested address; after binding, the real one.
   *
   * @category State
   */
  server_address: Address;
  /**
   * Handler class: {@link finish_request} creates an instance for each request.
   *
   * @category State
   */
  RequestHandlerClass: RequestHandlerClass<Request, Address>;
  /**
   * Last argument of each handler's constructor.
   *
   * @category State
   */
  handler_args: object | undefined;

  /** @internal */
  readonly [placement] = new Placement();
  /** @internal */
  [verifiedLater]: ((client_address: unknown) => boolean) | null = null;
  readonly #tasks = new LinkedList<Request>();
  /**
   * The task of the last {@link serve_and_release}. The promise of that call ends the task, so {@link track_request}
   * creates no other one.
   */
  #last: Task<Request> | undefined;
  readonly #handlers = new LinkedList<HandlerLike>();
  #serving: Promise<void> | undefined;
  #handling: PromiseLike<void> | undefined;
  #stopping = false;
  #closing = false;
  #draining = false;
  /** True once {@link drain_delay} has begun. */
  #isLeaving = false;
  #current: Request | undefined;
  #wake: () => void = () => {};
  /** True if the client of the last request had disconnected before the request was taken. */
  #wentAway = false;
  #hasRef = true;
  /** Keeps the process alive while the server serves. */
  #holder: { ref(): unknown; unref(): unknown } | undefined;

  /**
   * Stores its arguments. Servers with a socket then bind and listen, unless `bind_and_activate` is false.
   *
   * @param server_address - address to listen on: `[host, port]`, or the path of a Unix socket
   * @param RequestHandlerClass - handler class; an instance is created for each request
   * @param options - see {@link BaseServerOptions}
   * @throws {@link OptionError} for an unknown option, and for an argument that the handler class does not accept
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
   * Requests that arrive while the server does not serve wait for the next call. The process stays alive while it
   * serves, unless {@link unref} was called.
   *
   * @category Call
   * @param options - seconds between two calls of {@link service_actions}, or an object with `poll_interval`, `signal` and `ref`
   * @returns a promise that resolves when the loop has ended. It rejects if the address can't be bound (on versions of
   *   Node where the constructor can't report this), with a {@link ServerError} if the server is already serving or
   *   closed, and with a `RangeError` for a `poll_interval` that is not above 0, or an invalid setting
   */
  async serve_forever(options: number | ServeForeverOptions = {}): Promise<void> {
    if (typeof options !== "number") checkOptions(options, SERVE_FOREVER_OPTIONS, "serve_forever()");
    const {
      poll_interval = 0.5,
      signal,
      ref,
    } = typeof options === "number" ? { poll_interval: options } : options;
    if (ref !== undefined) this.#setRef(ref);
    if (!(poll_interval > 0))
      throw new RangeError(`poll_interval must be a number of seconds above 0, not ${poll_interval}.`);
    await this.#exclusively(() => this.#serveForever(poll_interval, signal));
  }

  /**
   * Called by the constructor of a server with a socket, after `server_bind`. Does nothing here.
   *
   * @category Override
   */
  server_activate(): void {}

  /**
   * Ends {@link serve_forever}, after {@link drain_delay}. No further request is taken.
   *
   * You may call it from anywhere, even in a handler, and before or after the loop runs. Requests in progress continue;
   * {@link server_close} waits for them. The address stays bound.
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
   * Handles one request. Waits for it for {@link timeout} seconds, and calls {@link handle_timeout} if none arrives.
   *
   * @category Call
   * @returns a promise that resolves when the request is served, after the timeout, or after {@link shutdown}. If
   *   requests are served outside the loop, it resolves when serving has begun. It rejects in the same cases as
   *   {@link serve_forever}
   */
  handle_request(): Promise<void> {
    return this.#exclusively(() => this.#handleNext());
  }

  /**
   * Makes the server a daemon: its loop and its connections don't keep the process alive, except connections that child
   * processes serve. Python's `Thread(target=httpd.serve_forever, daemon=True)`, and `unref()` of Node's servers.
   *
   * Call it at any time. It applies to the current call of `serve_forever()` and to later connections. Don't `await`
   * the `serve_forever()` of a daemon: nothing would keep the process alive, and Node would end it with status 13.
   *
   * @category Call
   * @returns the server
   */
  unref(): this {
    return this.#setRef(false);
  }

  /**
   * Undoes {@link unref}: serving keeps the process alive, as by default.
   *
   * @category Call
   * @returns the server
   */
  ref(): this {
    return this.#setRef(true);
  }

  /**
   * Called by {@link serve_forever} after each request, and each time that `poll_interval` has passed without one. The
   * default does nothing. The loop waits for it. Its errors go to {@link handle_error}.
   *
   * @category Override
   */
  service_actions(): Awaitable<void> {}

  /**
   * Called by {@link handle_request} if no request arrived within {@link timeout} seconds. The default does nothing.
   * Its errors go to {@link handle_error}.
   *
   * @category Override
   */
  handle_timeout(): Awaitable<void> {}

  /**
   * Returns the next request and the client's address.
   *
   * Called by the loop when a request has arrived. An `Error` with a system `code` means that the client has already
   * disconnected; any other error goes to {@link handle_error}.
   *
   * @category Override
   * @returns the arguments of the other hooks; an array of two, like Python's tuple
   */
  abstract get_request(): Awaitable<readonly [request: Request, client_address: Address]>;

  /**
   * Decides whether a request is served.
   *
   * Called by the loop after {@link get_request}, on the accepting thread, before the first byte is read. The loop
   * takes no other request before it returns. The default accepts every client. `false` closes the connection without a
   * response. To refuse with a status code, answer in the handler.
   *
   * @category Override
   * @param _request - the connection; don't read from it
   * @param _client_address - address of the client
   * @returns true to call {@link process_request}
   */
  verify_request(_request: Request, _client_address: Address): Awaitable<boolean> {
    return true;
  }

  /**
   * Serves a request: {@link finish_request}, then {@link shutdown_request}. The loop waits for it, so requests are
   * served one after another; `ThreadingMixIn` replaces it.
   *
   * Called by the loop after {@link verify_request} has returned true, on the accepting thread. Its errors go to
   * {@link handle_error}, and the request is then released.
   *
   * @category Override
   * @param request - the connection, or the datagram with its socket
   * @param client_address - address of the client
   */
  process_request(request: Request, client_address: Address): Awaitable<void> {
    const finished = this.finish_request(request, client_address);
    return after(finished, () => this.shutdown_request(request));
  }

  /**
   * Creates a handler and runs it. Called by {@link process_request}, in the thread or process that serves the request.
   *
   * Override it to pass other arguments to the handler's constructor. Then call {@link run_handler} with the handler.
   *
   * @category Override
   * @param request - the connection, or the datagram with its socket
   * @param client_address - address of the client
   * @throws errors from the handler
   */
  finish_request(request: Request, client_address: Address): Awaitable<void> {
    const { RequestHandlerClass } = this;
    return this.run_handler(new RequestHandlerClass(request, client_address, this, this.handler_args));
  }

  /**
   * Runs `setup`, `handle` and `finish` of a handler. Call it in an override of {@link finish_request}. In Python, the
   * handler's constructor does this.
   *
   * @category Call
   * @param handler - created for the request
   * @returns nothing if none of the three returns a promise; otherwise a promise that resolves after `finish`, and
   * rejects with an error from any of them
   * @throws errors from any of the three
   */
  run_handler(handler: HandlerLike): Awaitable<void> {
    const ready = handler.setup();
    return ready !== undefined && isPromise(ready)
      ? ready.then(() => this.#handle(handler))
      : this.#handle(handler);
  }

  /**
   * The last step for every request, even if it was refused or has failed. The default only calls {@link
   * close_request}.
   *
   * Called on the thread that has served the request, after the handler's `finish`. Its errors go to
   * {@link handle_error}, and the connection is closed.
   *
   * @category Override
   * @param request - the connection, or the datagram with its socket
   */
  shutdown_request(request: Request): Awaitable<void> {
    return this.close_request(request);
  }

  /**
   * Releases a request, for example by closing its connection. Called by {@link shutdown_request}. The default does
   * nothing.
   *
   * @category Override
   * @param _request - the connection, or the datagram with its socket
   */
  close_request(_request: Request): Awaitable<void> {}

  /**
   * Called with an error that was thrown while a request was handled. The default writes it to standard error, unless
   * the client has disconnected. If the handler's `log_format` is `"json"`, it writes one line with method and path.
   * The server continues.
   *
   * Called on the thread that serves the request. Its own errors are written to standard error.
   *
   * @category Override
   * @param request - the request; `undefined`, like the address, if the hook does not belong to one request
   * @param client_address - address of the client
   * @param error - the thrown value; Python has it in `sys.exc_info()`
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
   * Releases the server's resources: ends the loop, asks handlers to end, and waits for them for {@link drain_timeout}
   * seconds. Don't await it in a handler, because it waits for the handler. You may call it again.
   *
   * @category Call
   * @returns a promise that resolves when the address is free and the awaited requests have ended
   */
  async server_close(): Promise<void> {
    this.begin_closing();
    await this.shutdown();
    this.begin_draining();
    if (!this.waits_for_requests()) return;
    if (!(await this.#tasks.emptied(this.drain_time()))) {
      this.abort_requests();
      await this.#tasks.emptied(CUT_OFF);
    }
  }

  /** `await using`: Python's `with`. The same as {@link server_close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.server_close();
  }

  /**
   * Returns the descriptor of the listening socket; -1 if it is closed, or if the system has none.
   *
   * @category Call
   * @returns a number for system calls that Node does not offer
   */
  abstract fileno(): number;

  /**
   * Returns the number of connections above which connections are scarce in this thread. It is one for a server that
   * serves one connection after another.
   *
   * @internal
   * @param limit - maximum number of connections of the whole server
   */
  protected fair_share(limit: number): number {
    return Math.min(limit, 2);
  }

  /**
   * Returns the part of {@link drain_timeout} that is left when {@link server_close} begins to wait for requests.
   *
   * @internal
   */
  protected drain_time(): number | null {
    return this.drain_timeout;
  }

  /**
   * True if the loop takes no other request before this one has ended. HTTP handlers then don't keep an idle connection
   * open, because it would delay other clients.
   *
   * @category State
   * @param request - the connection of the handler
   * @returns `true` if other connections wait for this one
   */
  is_waiting_for(request: Request): boolean {
    return this.#current === request;
  }

  /**
   * True once {@link drain_delay} has begun or {@link server_close} was called. Handlers should end soon.
   *
   * @category State
   */
  get is_closing(): boolean {
    return this.#closing || this.#isLeaving;
  }

  /**
   * True if {@link get_request} would return a request at once. Called by the loop. Python uses a selector instead.
   *
   * @returns `true` if the loop need not wait
   */
  protected abstract has_waiting_request(): boolean;

  /**
   * Returns an object for the request that {@link get_request} takes next, so that the loop knows whether an override
   * has taken it.
   *
   * @internal
   */
  protected first_waiting(): unknown {
    return undefined;
  }

  /**
   * True if threads accept their own connections while {@link serve_forever} runs. Called before binding.
   *
   * @returns `false` by default
   * @throws if this is requested but impossible
   */
  protected accepts_in_threads(): boolean {
    return false;
  }

  /**
   * True if a connection that is being served delays no other one. Connections that wait when the server closes are
   * then still served.
   *
   * @returns `false` by default: waiting connections are closed, as in Python
   */
  protected serves_side_by_side(): boolean {
    return false;
  }

  /** Called by {@link serve_forever} when it begins to take requests. The default does nothing. */
  protected begin_accepting(): void {}

  /**
   * Called by {@link serve_forever} when it takes no more requests. The server waits for it. The default does nothing.
   */
  protected end_accepting(): Awaitable<void> {}

  /**
   * Takes requests in a thread that accepts its own connections, until the thread ends. It does not call
   * `service_actions`.
   */
  protected take_requests(): void {
    const loop = this.#newLoop(FOR_EVER, false);
    this.#wake = () => loop.wake();
    this.#wake();
  }

  /** Takes one of the requests that wait, after the loop has ended. */
  protected take_waiting(): Awaitable<void> {
    return this.#handleOne();
  }

  /** Resolves when no request is served, and none waits. */
  protected async requests_done(): Promise<void> {
    await this.#handling; // its connection may not be among the tasks yet
    await this.#tasks.emptied(null);
  }

  /** Closes the connections of all requests in progress. */
  protected abort_requests(): void {
    for (const request of this.#tasks.values()) void this.#guarded(() => this.abort_request(request));
  }

  /**
   * Resolves when requests can arrive; rejects if they never can. By default, it resolves at once. Called when serving
   * begins.
   */
  protected ready_to_serve(): Awaitable<void> {}

  /**
   * Returns the object with which {@link handle_request} finds its request, if open connections wait for requests
   * outside the loop.
   *
   * @returns `null` by default: the first connection is the request
   */
  protected first_request(): FirstRequest | null {
    return null;
  }

  /**
   * True if serving keeps the process alive.
   *
   * @returns `false` after {@link unref}
   */
  protected has_ref(): boolean {
    return this.#hasRef;
  }

  /** Wakes the loop. A server calls it when {@link has_waiting_request} has become true. */
  protected request_arrived(): void {
    this.#wake();
  }

  /**
   * Keeps track of a request that is served outside the loop. If `work` fails, {@link handle_error} gets the error. The
   * request is then released.
   *
   * @param request - the connection, or the datagram with its socket
   * @param client_address - address of the client
   * @param work - resolves when the request is served
   * @param _closed - resolves when the connection is gone, if another thread or process serves it
   * @param counted - the counter to decrease when the request has ended
   * @returns a promise that resolves when it has ended, and never rejects
   */
  protected track_request(
    request: Request,
    client_address: Address,
    work: PromiseLike<void>,
    _closed?: PromiseLike<unknown>,
    counted?: { release(): void },
  ): PromiseLike<void> {
    const last = this.#last;
    if (last?.work === work) {
      this.#last = undefined; // if an override tracks it twice, each call has its own link and counter
      last.link = this.#tasks.add(request);
      last.counted = counted;
      return work;
    }
    const task: Task<Request> = { work, link: this.#tasks.add(request), counted };
    return work.then(
      () => this.#end(task),
      (error) => this.#end(task, this.request_failed(request, client_address, error)),
    );
  }

  /**
   * Returns the requests in progress: Python's `_threads` and `active_children`.
   *
   * @returns the requests in the order of arrival, including those that threads and processes serve
   */
  protected active_requests(): Iterable<Request> {
    return this.#tasks.values();
  }

  /**
   * True if {@link server_close} waits for the requests in progress.
   *
   * @returns `false` if it does not wait
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
   * Sets {@link is_closing}, which is true if the server will end soon. Called when {@link drain_delay} begins, and
   * when the server begins to serve again.
   *
   * @param isLeaving - true when {@link drain_delay} begins
   */
  protected set_leaving(isLeaving: boolean): void {
    this.#isLeaving = isLeaving;
  }

  /** Asks all handlers to end soon, including those that are created later. Called by {@link server_close}. */
  protected begin_draining(): void {
    this.#closing = true;
    this.#draining = true;
    for (const handler of this.#handlers.values()) this.#drain(handler);
  }

  /**
   * Sends an update to the server in each thread or process: {@link apply_update} is called there. This class has no
   * workers.
   *
   * @param _update - a value that structured clone can copy
   */
  protected update_workers(_update: unknown): void {}

  /**
   * Returns a report of the server in each thread or process; `null` for a worker that does not answer. This class has
   * no workers.
   *
   * @returns a promise of an array with an entry for each thread or process
   */
  protected worker_reports(): Promise<unknown[]> {
    return Promise.resolve([]);
  }

  /**
   * Applies an update of {@link update_workers} in a thread or process.
   *
   * @param _update - a copy of the value
   */
  protected apply_update(_update: unknown): void {}

  /**
   * Serves a request that another thread or process has accepted: the rest of {@link process_request}.
   *
   * @param request - the connection, or the datagram with its socket
   * @param client_address - address of the client
   */
  protected serve_handed_over(request: Request, client_address: Address): Awaitable<void> {
    return this.serve_apart(request, client_address, this.serve_and_release(request, client_address));
  }

  /**
   * Closes the connection of a request after {@link drain_timeout}. Called by {@link server_close}. The default does
   * nothing.
   *
   * @param _request - the connection, or the datagram with its socket
   */
  protected abort_request(_request: Request): void {}

  /**
   * Runs {@link finish_request} and {@link shutdown_request}, and catches their errors. Python's
   * `process_request_thread`.
   *
   * @param request - the connection, or the datagram with its socket
   * @param client_address - address of the client
   */
  protected serve_and_release(request: Request, client_address: Address): Awaitable<void> {
    let task: Task<Request>; // here, so that the functions below share one scope
    try {
      const finished = this.finish_request(request, client_address);
      if (isPromise(finished)) {
        task = { work: undefined, link: undefined, counted: undefined };
        this.#last = task; // first, because a thenable may call back at once
        task.work = finished.then(
          () => this.#end(task, this.#release(request, client_address)),
          (error) => this.#end(task, this.request_failed(request, client_address, error)),
        );
        return task.work;
      }
    } catch (error) {
      return this.request_failed(request, client_address, error);
    }
    return this.#release(request, client_address);
  }

  /**
   * Lets the loop continue while a request is served: calls {@link track_request} if there is anything to wait for.
   *
   * @param request - the connection, or the datagram with its socket
   * @param client_address - address of the client
   * @param work - the result of {@link serve_and_release}
   */
  protected serve_apart(request: Request, client_address: Address, work: Awaitable<void>): Awaitable<void> {
    if (isPromise(work)) return this.track_request(request, client_address, work);
  }

  /**
   * Calls {@link handle_error}, then {@link shutdown_request}, after an error in handling a request.
   *
   * @param request - the connection, or the datagram with its socket
   * @param client_address - address of the client
   * @param error - the thrown value
   */
  protected request_failed(request: Request, client_address: Address, error: unknown): Awaitable<void> {
    const reported = this.report_error(request, client_address, error);
    return after(reported, () => this.#release(request, client_address));
  }

  /** @param released - if it is a promise, the task ends later */
  #end(task: Task<Request>, released?: Awaitable<void>): Awaitable<void> {
    if (released !== undefined && isPromise(released)) return released.then(() => this.#end(task));
    if (this.#last === task) this.#last = undefined;
    if (task.link === undefined) return;
    this.#tasks.remove(task.link);
    task.counted?.release();
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
      throw new ServerError("PYSERVE_SERVER_CLOSED", "The server is closed. Create another one.");
    if (this.#serving !== undefined) {
      throw new ServerError(
        "PYSERVE_SERVER_SERVING",
        "The server is serving already. Call shutdown() first, or wait for handle_request().",
      );
    }
    checkSettings(this);
  }

  async #serveForever(pollInterval: number, signal: AbortSignal | undefined): Promise<void> {
    const stop = () => void this.shutdown();
    if (signal?.aborted) return;
    signal?.addEventListener("abort", stop);
    if (this.#isLeaving) this.set_leaving(false);
    try {
      await this.#untilStopped(this.ready_to_serve());
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

  /** Ends the loop, after {@link drain_delay}. */
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
        takeRequest: () => (this.has_waiting_request() ? this.#handleOne() : null),
        serviceActions: () => (hasActions ? this.#guarded(() => this.service_actions()) : undefined),
        hasServiceActions: () => hasActions && this.service_actions !== BaseServer.prototype.service_actions,
      },
      pollInterval,
    );
  }

  async #handleNext(): Promise<void> {
    await this.#untilStopped(this.ready_to_serve());
    const first = this.first_request();
    try {
      await this.#handleFirst(first);
    } finally {
      first?.close();
    }
  }

  /** @param first - `null` if the first connection is the request */
  async #handleFirst(first: FirstRequest | null): Promise<void> {
    const { timeout } = this;
    const until = timeout === null ? Number.POSITIVE_INFINITY : performance.now() + timeout * 1000;
    // Connections arrive between two turns of the event loop. So even a timeout of 0 must wait for one turn.
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

  /** Takes the waiting requests. Returns true if the one for {@link handle_request} was among them. */
  async #handledOne(first: FirstRequest | null): Promise<boolean> {
    await this.#untilStopped(this.#handling);
    if (this.#stopping) return true;
    if (first !== null) first.isApart = false;
    this.#wentAway = false;
    await this.#untilStopped(this.#handleOne());
    return first === null || !(first.isApart || this.#wentAway);
  }

  #setRef(hasRef: boolean): this {
    this.#hasRef = hasRef;
    if (hasRef) this.#holder?.ref();
    else this.#holder?.unref();
    return this;
  }

  /** Keeps the process alive while the server serves, unless it is a daemon. */
  #hold(holder: { ref(): unknown; unref(): unknown }): void {
    this.#holder = holder;
    if (!this.#hasRef) holder.unref();
  }

  /** Waits for a request, for the end of serving, or until the time has passed. Its timer keeps the process alive. */
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

  /** Waits for work or for `shutdown`. If the work itself waits for `shutdown`, the loop ends without it. */
  async #untilStopped(work: Awaitable<void>): Promise<void> {
    if (!isPromise(work)) return;
    await new Promise<void>((resolve, reject) => {
      this.#wake = () => {
        if (this.#stopping) resolve();
      };
      this.#wake();
      work.then(resolve, reject);
    });
  }

  /**
   * Handles a request. If a request is still running after an earlier shutdown, it first waits for that request, so
   * that the server serves one request at a time.
   */
  #handleOne(): PromiseLike<void> | undefined {
    if (this.#handling !== undefined) return this.#handling;
    const waiting = this.first_waiting();
    let handled: PromiseLike<void> | undefined;
    try {
      const accepted = this.get_request();
      handled = isPromise(accepted)
        ? accepted
            .then((pair) => this.#serve(pair))
            .then(undefined, (error) => this.#notAccepted(error, waiting))
        : this.#serve(accepted);
    } catch (error) {
      handled = this.#notAccepted(error, waiting);
    }
    const isLeft = waiting !== undefined && waiting === this.first_waiting();
    if (handled === undefined && !isLeft) return undefined;
    this.#handling = this.#handled(handled, waiting);
    return this.#handling;
  }

  async #handled(handled: PromiseLike<void> | undefined, waiting: unknown): Promise<void> {
    await handled;
    // An override may return something else each time. Everything else must still run.
    if (waiting !== undefined && waiting === this.first_waiting()) await setImmediate();
    this.#handling = undefined;
  }

  /** @param waiting - the request that waited first before {@link get_request} was called */
  async #notAccepted(error: unknown, waiting: unknown): Promise<void> {
    this.#wentAway = isSystemError(error);
    if (!this.#wentAway) await this.report_error(undefined as Request, undefined as Address, error);
    // A request that stays in the queue may fail each time. One that was taken must not delay the others: its client may
    // have caused the error.
    return waiting === this.first_waiting() ? delay(FAILED_DELAY) : setImmediate();
  }

  /** @throws if an override of {@link get_request} has returned something other than an array of two */
  #serve(accepted: readonly [Request, Address]): PromiseLike<void> | undefined {
    if (!Array.isArray(accepted) || accepted.length !== 2) {
      const given = inspect(accepted, { depth: Array.isArray(accepted) ? 0 : -1 }); // a socket has 100 lines
      throw new TypeError(`get_request must return [request, client_address], not ${given}.`);
    }
    const [request, client_address] = accepted as readonly [Request, Address];
    this.#current = request;
    if (!this.#hasRef) (request as { unref?(): unknown } | null)?.unref?.();
    let work: Awaitable<void>;
    try {
      const verified = this[verifiedLater]?.(client_address) || this.verify_request(request, client_address);
      if (isPromise(verified))
        work = verified.then((isWanted) =>
          isWanted ? this.process_request(request, client_address) : this.shutdown_request(request),
        );
      else if (verified) work = this.process_request(request, client_address);
      else work = this.shutdown_request(request);
    } catch (error) {
      work = this.request_failed(request, client_address, error);
    }
    if (work !== undefined && isPromise(work))
      return this.track_request(request, client_address, work).then(() => {
        this.#current = undefined;
      });
    this.#current = undefined;
    return undefined;
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

  // Not awaited, because ending is part of the handler's work, which has its own time limit.
  #drain(handler: HandlerLike): void {
    void this.#guarded(() => handler.drain?.());
  }

  #release(request: Request, client_address: Address): Awaitable<void> {
    try {
      const released = this.shutdown_request(request);
      if (released === undefined || !isPromise(released)) return;
      return released.then(undefined, (error) => this.#releaseFailed(request, client_address, error));
    } catch (error) {
      return this.#releaseFailed(request, client_address, error);
    }
  }

  async #releaseFailed(request: Request, client_address: Address, error: unknown): Promise<void> {
    await this.report_error(request, client_address, error);
    await this.#guarded(() => this.abort_request(request));
  }

  /** A hook that fails never ends the loop. (In Python it does, which ends the service.) */
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
   * Calls {@link handle_error}, and catches its errors too.
   *
   * @param request - the connection, or the datagram with its socket; `undefined` if the error does not belong to one
   * @param client_address - address of the client
   * @param error - the thrown value
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
const SETTINGS = { timeout: WAIT, drain_timeout: TIME_LIMIT, drain_delay: SECONDS } satisfies Rules;
defineSettings(BaseServer, SETTINGS);

function tellFailure(failure: unknown, error: unknown): void {
  console.error("handle_error failed:", failure, "It was called for:", error);
}

/** Returns an address as Python shows it. */
function repr(address: unknown): string {
  return Array.isArray(address) ? `('${address[0]}', ${address[1]})` : `'${address}'`;
}

/** Returns the stack of an error, and the page that explains it. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stack = error.stack ?? String(error);
  return error instanceof CodedError || error instanceof OptionError ? `${stack}\nSee ${error.help}` : stack;
}

/** True for an error from the system, not from the program: Python's `OSError`. */
function isSystemError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, syscall } = error as { code?: unknown; syscall?: unknown };
  if (isDisconnection(error) || error instanceof TimeoutError) return true;
  return typeof code === "string" && typeof syscall === "string";
}
