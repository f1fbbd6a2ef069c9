import * as net from "node:net";
import { setImmediate } from "node:timers/promises";
import { defineOptions } from "../errors/check-options.js";
import { type Awaitable, isPromise } from "../io/awaitable.js";
import { Connection } from "../io/connection.js";
import { DisconnectedError } from "../io/connection-errors.js";
import { dropConnection } from "../io/drop-connection.js";
import type { ProxyEndpoint } from "../io/proxy-protocol.js";
import type { SocketInternals } from "../io/socket-internals.js";
import { timerDelay } from "../io/timer-delay.js";
import type { Crowd } from "../io/write-progress.js";
import { placement } from "../workers/placement.js";
import type { Acceptance } from "../workers/pool-member.js";
import { checkAcceptInThreads } from "./accept-in-threads.js";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  checkFamily,
  checkInetAddress,
  type InetAddress,
  numericHost,
  type UnixAddress,
} from "./addresses.js";
import { verifiedLater } from "./base-server.js";
import { connectionChannel } from "./channels.js";
import type { RequestHandlerClass } from "./handler-class.js";
import { bindTo, checkReusePort, type Endpoint, type HostEndpoint, listenOn } from "./listen.js";
import { OpenConnections } from "./open-connections.js";
import { receiveProxyHeader } from "./receive-proxy-header.js";
import { type ServerStats, withReports } from "./server-stats.js";
import { defineSettings, FLAG, limit, type Rules, TIME_LIMIT, whole } from "./settings.js";
import { SocketServer, type SocketServerOptions } from "./socket-server.js";
import { NETWORKS, trustedProxies } from "./trusted-proxies.js";

/** Part of {@link TCPServer.max_connections} above which connections are scarce. */
const CROWDED = 0.75;

/**
 * Milliseconds after the end of serving in which connections are still accepted, if they keep arriving. Connections
 * that were already waiting are accepted even later.
 */
const QUEUE_TIME = 1000;

/**
 * Milliseconds without a new connection after which no further one is expected. A client whose connection has just
 * ended connects again sooner.
 */
const QUIET_TIME = 5;

/** Number of times that `get_request` is called for the same connection while a server closes. */
const LEFT_ALONE = 3;

/** Milliseconds that an iteration of the event loop takes if there is no work. */
const SHORT_TURN = 0.2;

/** Number of connections that may always wait: the former `SOMAXCONN` of Linux. */
const LEAST_QUEUE = 128;

/**
 * Options of the constructor of {@link TCPServer}.
 *
 * @typeParam Args - type of the last argument of the handler's constructor
 */
export interface TCPServerOptions<Args extends object = object> extends SocketServerOptions<Args> {
  /**
   * An inherited listening socket that replaces the address. systemd's socket activation passes descriptors from 3 on;
   * `LISTEN_FDS` is their number.
   */
  fd?: number | undefined;
}

export interface TCPServer<
  Address extends InetAddress | UnixAddress = InetAddress,
  Args extends object = object,
> extends Pick<typeof TCPServer, keyof typeof SETTINGS> {}
/**
 * Serves connections, one after another. Python's `socketserver.TCPServer`.
 *
 * While one connection is served, the others wait unread. To serve several at the same time, combine it with `ThreadingMixIn`.
 *
 * Node accepts connections as they arrive. So they wait in this process, each with its descriptor, and not in the
 * system's queue as in Python. Up to {@link request_queue_size} connections wait, and at least 128; more are reset.
 * {@link TCPServer.max_connections} limits all connections, waiting or being served; more are closed.
 *
 * ```ts
 * class Echo extends StreamRequestHandler {
 *   override async handle() {
 *     await this.wfile.write(await this.rfile.readline());
 *   }
 * }
 *
 * await using server = new TCPServer(["localhost", 9999], Echo);
 * await server.serve_forever();
 * ```
 *
 * @typeParam Address - type of an address
 * @typeParam Args - type of the last argument of its handlers' constructor; inferred from the handler class
 */
export class TCPServer<
  Address extends InetAddress | UnixAddress = InetAddress,
  Args extends object = object,
> extends SocketServer<net.Socket, Address, Args> {
  /**
   * Connections that wait in the system until this process accepts them; the system's own limit (`net.core.somaxconn`)
   * applies too. The same number can wait in this process. It does not limit concurrency. Default 4096, the `SOMAXCONN`
   * of Linux, as in Python 3.15.
   *
   * @category Settings
   */
  static request_queue_size = 4096;
  /**
   * Maximum number of connections at the same time, including those that wait, and those in threads and processes.
   * Further connections are closed. It protects memory and descriptors. nginx 512 for each worker, Apache 400.
   *
   * @category Settings
   */
  static max_connections = 10_000;
  /**
   * Maximum number of connections from one IPv4 address, or from one IPv6 network of 64 bits. Further connections are
   * closed. Default: no limit, because behind a reverse proxy all connections come from one address. Connections of
   * {@link trusted_proxies} don't count. A browser opens 6. nginx has no limit either, unless `limit_conn` is set.
   *
   * @category Settings
   */
  static max_connections_per_address = Number.POSITIVE_INFINITY;
  /**
   * Seconds that a peer gets to close its side after the server has closed its own; `null` means no limit. Without this
   * time, further bytes from the peer would cause a reset, and a reset destroys the response (RFC 9112 §9.6). Apache 2,
   * nginx 5.
   *
   * @category Settings
   */
  static linger_timeout: number | null = 2;
  /**
   * Seconds without progress in sending the rest of a response, before the connection is closed. Default `null`, no
   * limit: slow peers are closed only while connections are scarce ({@link crowded_stall_timeout}). nginx 60.
   *
   * @category Settings
   */
  static stall_timeout: number | null = null;
  /**
   * Seconds in which a peer may read less than 240 bytes per second while connections are scarce, before its connection
   * is closed. `null` means no limit. Connections are scarce if three quarters of {@link max_connections} are open, or
   * if others wait for a server that serves one after another. Default 240. Progress of a peer is visible in steps of
   * up to 1.4 MB, so a shorter time would close faster peers too.
   *
   * @category Settings
   */
  static crowded_stall_timeout: number | null = 240;

  /**
   * Proxies and load balancers that the server trusts to name the client. Default `null`: none. An entry is an address,
   * a network such as `"10.0.0.0/8"` or `"2001:db8::/32"`, or one of the names `"loopback"`, `"private"` (RFC 1918 and
   * RFC 4193) and `"unix"` (every process that may connect to a socket in the file system).
   *
   * On connections of these proxies, HTTP handlers read `Forwarded` (RFC 7239), `X-Forwarded-For`, `X-Real-IP`,
   * `X-Forwarded-Proto` and `X-Forwarded-Host`. They read lists from the right, and skip listed proxies. On other
   * connections, these fields are ignored. The proxy must set or remove each of them: a field that it passes on
   * unchanged comes from the client.
   *
   * @category Settings
   */
  static trusted_proxies: readonly string[] | null = null;
  /**
   * True if the {@link trusted_proxies} begin each connection with a header of the PROXY protocol, version 1 or 2:
   * `send-proxy` and `send-proxy-v2` in HAProxy, `proxy_protocol on` in nginx's stream module. Default `false`. It
   * needs {@link trusted_proxies}. Read when the server begins to serve.
   *
   * The header is read before TLS, on the thread or in the process that serves the connection. The client in the header
   * becomes the `client_address` of handlers and of {@link verify_request}, which is called after the header was read.
   * If a listed proxy sends no header, or a malformed one, its connection is closed without a response, and {@link
   * handle_error} is called. Headers from other peers are not read.
   *
   * If the proxy has opened a connection for itself (`LOCAL`), or does not name the client, the proxy counts as the
   * client. {@link max_connections_per_address} counts clients, separately in each thread or process.
   *
   * @category Settings
   */
  static proxy_protocol = false;
  /**
   * Seconds from the beginning of a connection to the end of the PROXY protocol's header; `null` means no limit. It
   * protects descriptors. The protocol requires at least 3, so that a lost packet can be sent again. HAProxy and nginx
   * use the time limit of a request here.
   *
   * @category Settings
   */
  static proxy_protocol_timeout: number | null = 5;

  /**
   * The server's socket. It listens, unless threads accept their own connections.
   *
   * @category State
   */
  socket: net.Server;

  readonly #fd: number | undefined;
  readonly #waiting: net.Socket[] = [];
  /** The side that reads the headers of proxies: this thread, or the worker that serves the connection. */
  #readsHeaders: "here" | "elsewhere" | "nowhere" = "nowhere";
  /** Connections of proxies whose headers have not arrived yet. */
  readonly #unannounced = new Set<net.Socket>();
  readonly #connections = new OpenConnections(this.#crowd());
  #bound: net.BoundSocket | null = null;
  #listens = false;
  /** True if connections were taken, by `serve_forever` or in a thread that accepts. */
  #hasServed = false;
  /** Time in milliseconds at which the last connection arrived, or a thread returned a socket with its queue. */
  #lastArrival = Number.NEGATIVE_INFINITY;
  /** Seconds for which {@link server_close} has served connections that waited in the system. */
  #queueTime = 0;
  /** Listening sockets that threads have returned, besides {@link socket}. */
  readonly #others: net.Server[] = [];

  // The type of the address is not inferred: otherwise, a handler for any server would give it any type.
  /**
   * Binds and listens at once, unless `bind_and_activate` is false.
   *
   * @param server_address - address to listen on: `[host, port]`; `""` means all interfaces, and 0 any free port
   * @param RequestHandlerClass - handler class; an instance is created for each connection
   * @param options - see {@link TCPServerOptions}
   * @throws a system error about the address (`EADDRINUSE`, `EACCES`, …). In older versions of Node, `serve_forever`
   *   and `handle_request` reject with it instead
   */
  constructor(
    server_address: NoInfer<Address>,
    RequestHandlerClass: RequestHandlerClass<net.Socket, NoInfer<Address>, Args>,
    options: TCPServerOptions<NoInfer<Args>> = {},
  ) {
    super(server_address, RequestHandlerClass, options);
    this.#fd = options.fd;
    if (this.#fd !== undefined && !(Number.isInteger(this.#fd) && this.#fd >= 0)) {
      throw new RangeError(`The option fd must be the number of a descriptor, not ${this.#fd}.`);
    }
    this.socket = this.#newListener();
    this.bind_and_activate(options);
  }

  /**
   * Binds {@link socket} to {@link server_address}, and puts the real address there.
   *
   * A host name other than `localhost` is looked up by {@link server_activate}. If Node has no `net.BoundSocket`, and
   * for an inherited descriptor, this method already begins to listen.
   */
  override server_bind(): void {
    if (this.accepts_in_threads()) checkAcceptInThreads(this, this.#fd !== undefined);
    if (this.#fd !== undefined) this.#listen({ fd: this.#fd });
    else this.#bind(this.bind_endpoint());
  }

  /** Listens, with {@link request_queue_size}. */
  override server_activate(): void {
    if (this.#listens) return;
    this.#listen(this.#bound ?? this.bind_endpoint());
    this.#bound = null;
  }

  override get_request(): Awaitable<readonly [request: net.Socket, client_address: Address]> {
    const request = this.#waiting.shift();
    if (request === undefined) throw new Error("There is no request. Check has_waiting_request() first.");
    // A waiting connection is paused. In a handler, it begins to flow when there is a listener for its data.
    (request as { readableFlowing: boolean | null }).readableFlowing = null;
    return [request, this.#readsHeaders === "here" ? this.#clientOf(request) : this.address_of(request)];
  }

  /**
   * Sends the rest and ends the sending side, then calls {@link close_request}.
   *
   * @param request - the connection
   */
  override shutdown_request(request: net.Socket): Awaitable<void> {
    // The default `close_request` ends the sending side itself, or closes at once.
    if (this.close_request === TCPServer.prototype.close_request) return Connection.of(request).end(this);
    request.end();
    return this.close_request(request);
  }

  /**
   * Closes a connection in stages, so that the response arrives even if the peer is still sending.
   *
   * @param request - the connection
   * @returns nothing if the system has taken the whole response, as in Python when a write returns; otherwise a promise
   * that resolves when this has happened. The caller does not wait for the other stages
   */
  override close_request(request: net.Socket): Awaitable<void> {
    return Connection.of(request).end(this);
  }

  override async server_close(): Promise<void> {
    this.begin_closing();
    const servesQueue = this.#hasServed && this.serves_side_by_side();
    if (servesQueue || this.drain_delay > 0) await this.shutdown();
    this.#listens = false;
    if (servesQueue) this.#queueTime = await this.#takeQueue();
    this.#bound?.close();
    this.#bound = null;
    for (const listener of [this.socket, ...this.#others.splice(0)]) listener.close();
    for (const connection of this.#waiting.splice(0)) connection.destroy();
    await super.server_close();
    this.#abortLater();
  }

  /**
   * Returns the counters of the server since it was created, for a health check or for monitoring. It includes all
   * threads and processes, wherever you call it. Python has no counterpart.
   *
   * @category Call
   * @returns a promise of the counters
   */
  async stats(): Promise<ServerStats> {
    const elsewhere = this[placement].acceptor?.call("stats");
    if (elsewhere !== undefined) return (await elsewhere) as ServerStats;
    return withReports(this.own_stats(), await this.worker_reports());
  }

  override fileno(): number {
    return (this.socket as SocketInternals)._handle?.fd ?? this.#bound?.fd() ?? -1;
  }

  /**
   * Returns the counters of this thread, for {@link stats}.
   *
   * @returns the counters of this thread only
   */
  protected own_stats(): ServerStats {
    const { ownSize: open, accepted, refused, refusals, received, sent } = this.#connections;
    return {
      connections: { open, waiting: this.#waiting.length, accepted, refused },
      refusals: { ...refusals },
      bytes: { received, sent },
      workers: { running: 0, silent: 0 },
    };
  }

  /**
   * Returns the endpoint for the address and the settings. Called by {@link server_bind} and {@link server_activate}.
   *
   * @returns the endpoint for Node
   */
  protected bind_endpoint(): Endpoint {
    checkFamily(this.address_family, AF_INET, AF_INET6);
    checkInetAddress(this.server_address);
    checkReusePort(this.allow_reuse_port);
    const [name, port] = this.server_address;
    const host = numericHost(name, this.address_family) ?? name;
    const family = this.address_family === AF_INET6 ? 6 : 4;
    const reusePort = this.allow_reuse_port || this.accepts_in_threads();
    return { host, family, port, ipv6Only: this.ipv6_only, reusePort };
  }

  /**
   * Returns the address of the peer. Called by {@link get_request}.
   *
   * @param request - the connection
   * @returns `[host, port]`; `""` for a Unix socket
   */
  protected address_of(request: net.Socket): Address {
    const { remoteAddress, remotePort } = request;
    if (remoteAddress === undefined || remotePort === undefined) {
      request.destroy();
      throw new DisconnectedError("The client disconnected before its connection was taken.");
    }
    return [remoteAddress, remotePort] as readonly [string, number] as Address;
  }

  protected override serve_apart(
    request: net.Socket,
    client_address: Address,
    work: Awaitable<void>,
  ): Awaitable<void> {
    if (isPromise(work)) return this.track_request(request, client_address, work);
    if (request instanceof net.Socket && !request.closed) this.#connections.know(request);
  }

  /**
   * Calls the method of the base, and counts the connection until it is closed.
   *
   * @param request - the connection
   * @param client_address - address of the client
   * @param work - resolves when the request is served
   * @param closed - resolves when the connection is gone, if another thread or process serves it
   * @returns a promise that resolves when it has ended, and never rejects
   */
  protected override track_request(
    request: net.Socket,
    client_address: Address,
    work: PromiseLike<void>,
    closed?: PromiseLike<unknown>,
  ): PromiseLike<void> {
    // An override of get_request may return anything.
    if (!(request instanceof net.Socket)) return super.track_request(request, client_address, work);
    const connection = this.#connections.know(request);
    connection.holds++;
    if (closed !== undefined) {
      connection.holds++;
      const release = () => connection.release();
      closed.then(release, release);
    }
    return super.track_request(request, client_address, work, closed, connection);
  }

  #crowd(): Crowd {
    const patience = () => this.crowded_stall_timeout;
    const mayTake = () => this.takes_requests() || this[placement].isWorker;
    return {
      get patience() {
        return patience();
      },
      isCrowded: () => this.#connections.size >= this.fair_share(this.max_connections) * CROWDED,
      // Otherwise, idle connections would delay the end of a program that only calls `shutdown()`. A thread or process
      // does not learn about `shutdown()`.
      hasRoomForIdle() {
        return !this.isCrowded() && mayTake();
      },
    };
  }

  protected override drain_time(): number | null {
    return this.drain_timeout === null ? null : Math.max(0, this.drain_timeout - this.#queueTime);
  }

  protected override has_waiting_request(): boolean {
    return this.#waiting.length > 0;
  }

  protected override first_waiting(): unknown {
    return this.#waiting[0];
  }

  /**
   * Closes a connection after {@link drain_timeout}, with a reset, so that an incomplete response does not look
   * complete. Called by {@link server_close}.
   *
   * @param request - the connection
   */
  protected override abort_request(request: net.Socket): void {
    dropConnection(request);
  }

  // Closes connections that are still open after `drain_timeout`, if the server does not wait for them. Otherwise, even
  // a daemon would keep the process alive: a write that the peer does not read does so in spite of `unref`.
  #abortLater(): void {
    const left = this.drain_time();
    if (left === null) return;
    const abort = () => {
      for (const request of this.active_requests()) this.abort_request(request);
    };
    setTimeout(abort, timerDelay(left)).unref();
  }

  /** Gives each thread its own listening socket on the same address. */
  protected override begin_accepting(): void {
    super.begin_accepting();
    this.#hasServed = true;
    if (!this.accepts_in_threads()) return;
    this[placement].pool?.beginAccepting({
      supply: () => this.#supplyListener(),
      takeBack: (listener) => this.#takeBack(listener),
      stopped: (acceptance) => this.#awaitAccepted(acceptance),
      failed: (error) =>
        void this.report_error(undefined as unknown as net.Socket, undefined as unknown as Address, error),
    });
  }

  protected override end_accepting(): Awaitable<void> {
    return this[placement].pool?.endAccepting();
  }

  /**
   * In a thread, accepts its own connections.
   *
   * @param listener - a server that listens
   */
  protected accept_from(listener: net.Server): void {
    this.socket = listener;
    this.#findHeaders();
    this.#acceptFrom(listener);
    if (!this.#hasServed) this.take_requests();
    this.#hasServed = true;
  }

  /**
   * In a thread, accepts no more connections.
   *
   * @returns the server that listens
   */
  protected stop_accepting(): net.Server {
    this.socket.removeAllListeners();
    return this.socket;
  }

  protected override async requests_done(): Promise<void> {
    await this.#takeWaiting();
    await super.requests_done();
  }

  /** Resolves when no connection is open. */
  protected connections_closed(): Promise<void> {
    return this.#connections.closed();
  }

  #newListener(): net.Server {
    // Half-open: a client that has ended its sending side still gets its response. Paused: after reading, a connection
    // can't be passed to another thread.
    const listener = net.createServer({ allowHalfOpen: true, pauseOnConnect: true });
    this.#acceptFrom(listener);
    return listener;
  }

  #acceptFrom(listener: net.Server): void {
    // The socket does not keep the process alive. serve_forever() does, as in Python.
    listener.unref();
    // If the socket comes from another thread, Node lets 511 connections wait.
    (listener as SocketInternals)._handle?.listen?.(this.request_queue_size);
    listener.on("connection", this.#arrived);
    // An error from `accept` about a client that has already left must not end the process. `#listen` reports all
    // others.
    listener.on("error", ignore);
  }

  /** Returns a listening socket for a thread. */
  #supplyListener(): net.Server {
    const other = this.#others.pop();
    if (other !== undefined) return other;
    if (this.socket.listening) return this.socket;
    const listener = this.#newListener();
    const [host, port] = this.server_address as InetAddress;
    const bound = bindTo({ ...(this.bind_endpoint() as HostEndpoint), host, port });
    listener.listen(bound as net.BoundSocket, this.request_queue_size);
    return listener;
  }

  #takeBack(listener: net.Server): Awaitable<void> {
    this.#lastArrival = performance.now();
    this.#acceptFrom(listener);
    // The thread was busy when the server closed its sockets, and returns its own only now: serve its queue, then close
    // it.
    if (!this.#listens) return this.#takeQueue().then(() => void listener.close());
    if (this.socket.listening) this.#others.push(listener);
    else this.socket = listener;
  }

  /** Waits for the connections that a thread has accepted: together they are tracked as one request. */
  #awaitAccepted(acceptance: Acceptance): void {
    const placeholder = acceptance as unknown as net.Socket;
    void this.track_request(placeholder, undefined as unknown as Address, acceptance.done, acceptance.closed);
  }

  /**
   * Serves the connections that wait in the system: closing a listening socket would reset them. Returns the seconds
   * that it took: half of {@link drain_timeout} at most, so that requests have the other half.
   */
  async #takeQueue(): Promise<number> {
    // Waits for the end of this turn. From then on, Node accepts connections between two waits.
    await setImmediate();
    const start = performance.now();
    const longest = (this.drain_timeout ?? Number.POSITIVE_INFINITY) * 500;
    const usual = Math.min(QUEUE_TIME, longest);
    // A hook may never return, or wait without end until a child process is free.
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      if (this.drain_timeout !== null) timer = setTimeout(resolve, timerDelay(longest / 1000), false);
    });
    // If no connection has arrived lately, the socket is closed soon. Clients whose persistent connection was just
    // closed come back at once.
    let [now, count] = [start, this.#connections.arrivals];
    // Node accepts one connection from each socket in a turn of its event loop. So after `request_queue_size` turns, it
    // has accepted all that waited at the beginning. On a busy machine, this takes longer than QUEUE_TIME.
    for (let turn = 0; now - start <= (turn <= this.request_queue_size ? longest : usual); turn++) {
      const began = now;
      await setImmediate();
      now = performance.now();
      // If a turn has accepted none, none was waiting at its beginning. A short turn makes sure that this was only a
      // moment ago. A server whose turns are all long does not wait forever for a short one.
      const left = 1 - (now - start) / QUEUE_TIME;
      const isQuiet = now - this.#lastArrival >= QUIET_TIME * left;
      // Takes connections before it decides to end: those that still wait at the end are closed, and they may have
      // arrived long ago.
      if (!(await Promise.race([this.#takeWaiting(), late]))) break;
      if (count !== this.#connections.arrivals) count = this.#connections.arrivals;
      else if (isQuiet && (now - began) * left < SHORT_TURN * (1 + (now - start) / 10)) break;
    }
    clearTimeout(timer);
    return (performance.now() - start) / 1000;
  }

  /** Takes the connections that wait in this thread. Returns false if `get_request` does not return one of them. */
  async #takeWaiting(): Promise<boolean> {
    // The first call may have to wait for an earlier request.
    for (let tries = 0, first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      await this.take_waiting();
      tries = this.#waiting[0] === first ? tries + 1 : 0;
      if (tries === LEFT_ALONE) return false; // it is closed at the end
    }
    return true;
  }

  readonly #arrived = (connection: net.Socket): void => {
    this.#lastArrival = performance.now();
    connection.on("error", ignore);
    if (this.#waiting.length >= LEAST_QUEUE && this.#waiting.length >= this.request_queue_size) {
      this.#connections.refusals.request_queue_size++;
      connection.resetAndDestroy();
      return;
    }
    let perAddress = this.max_connections_per_address;
    // A proxy is not a client.
    if (perAddress !== Number.POSITIVE_INFINITY && this.#isProxy(connection))
      perAddress = Number.POSITIVE_INFINITY;
    const refusal = this.#connections.admit(connection, this.max_connections, perAddress);
    if (connectionChannel.hasSubscribers) connectionChannel.publish({ server: this, connection, refusal });
    if (refusal !== null) return void connection.destroy();
    if (this.#readsHeaders === "here" && this.#isProxy(connection))
      return void this.#receiveAnnounced(connection);
    this.#waiting.push(connection);
    this.request_arrived();
  };

  /** Reads the header of a proxy, and then puts its connection into the queue. */
  async #receiveAnnounced(connection: net.Socket): Promise<void> {
    if (!(await this.#isAnnounced(connection, () => this.address_of(connection)))) return;
    // A server that has closed its socket takes no more connections from its queue.
    if (!this[placement].isWorker && !this.socket.listening) return void connection.destroy();
    this.#waiting.push(connection);
    this.request_arrived();
  }

  /**
   * Reads the header of a proxy, and counts its client.
   *
   * @param peerOf - may throw if the proxy has disconnected
   * @returns false if the connection is closed
   */
  async #isAnnounced(connection: net.Socket, peerOf: () => Address): Promise<boolean> {
    let peer = undefined as unknown as Address;
    this.#unannounced.add(connection);
    try {
      peer = peerOf();
      const header = await receiveProxyHeader(connection, this.proxy_protocol_timeout);
      Connection.of(connection).announcement = { header, peer };
      if (this.#isClientAdmitted(connection, header.source)) return true;
    } catch (error) {
      await this.report_error(connection, peer, error);
    } finally {
      this.#unannounced.delete(connection);
    }
    connection.destroy();
    return false;
  }

  #isClientAdmitted(connection: net.Socket, source: ProxyEndpoint | null): boolean {
    const limit = this.max_connections_per_address;
    if (limit === Number.POSITIVE_INFINITY || source === null || typeof source === "string") return true;
    const isAdmitted = this.#connections.admitClient(connection, source[0], limit);
    if (!isAdmitted && connectionChannel.hasSubscribers)
      connectionChannel.publish({ server: this, connection, refusal: "max_connections_per_address" });
    return isAdmitted;
  }

  /** Returns the client that a proxy has named, otherwise the other end of the connection. */
  #clientOf(connection: net.Socket): Address {
    const announced = Connection.of(connection).announcement;
    if (announced === null) return this.address_of(connection);
    const { source } = announced.header;
    if (source === null) return announced.peer as Address;
    // A client of a socket in the file system has no address: its path does not matter.
    if (typeof source === "string") return (this.address_family === AF_UNIX ? "" : ["", 0]) as Address;
    return source as InetAddress as Address;
  }

  /**
   * Serves a connection that another thread or process has accepted. Reads the header of its proxy first, if one is
   * expected.
   *
   * @param request - the connection
   * @param client_address - address of its other end
   */
  protected take_over(request: net.Socket, client_address: Address): Awaitable<void> {
    this.#connections.takeOver(request);
    if (this.proxy_protocol && trustedProxies(this.trusted_proxies, client_address) !== null)
      return this.#takeOverAnnounced(request, client_address);
    return this.serve_handed_over(request, client_address);
  }

  async #takeOverAnnounced(request: net.Socket, peer: Address): Promise<void> {
    if (!(await this.#isAnnounced(request, () => peer))) return;
    const client = this.#clientOf(request);
    try {
      if (!(await this.verify_request(request, client))) return await this.shutdown_request(request);
    } catch (error) {
      return await this.request_failed(request, client, error);
    }
    await this.serve_handed_over(request, client);
  }

  protected override begin_draining(): void {
    super.begin_draining();
    for (const connection of this.#unannounced) connection.destroy();
  }

  /**
   * Checks settings that depend on each other, and decides which side reads PROXY headers. Called before requests are
   * taken.
   */
  protected override ready_to_serve(): Awaitable<void> {
    if (this.proxy_protocol && (this.trusted_proxies ?? []).length === 0)
      throw new RangeError(
        `${this.constructor.name}.proxy_protocol needs trusted_proxies: the addresses of the proxies that send the header.`,
      );
    this.#findHeaders();
    return super.ready_to_serve();
  }

  #findHeaders(): void {
    this.#readsHeaders = this.proxy_protocol ? this.#servingSide() : "nowhere";
    this[verifiedLater] =
      this.#readsHeaders === "elsewhere"
        ? (peer) => trustedProxies(this.trusted_proxies, peer as Address) !== null
        : null;
    if (this.#readsHeaders !== "here") return;
    // These connections arrived before the server knew that it must read headers.
    for (const connection of this.#waiting.splice(0)) {
      if (Connection.of(connection).announcement === null && this.#isProxy(connection))
        void this.#receiveAnnounced(connection);
      else this.#waiting.push(connection);
    }
  }

  /**
   * Returns the side that serves connections. It also reads their first bytes, because after reading, a connection
   * can't be passed to a worker.
   */
  #servingSide(): "here" | "elsewhere" {
    const { workers_options } = this as { workers_options?(): unknown };
    return this[placement].isWorker || (workers_options?.call(this) ?? null) === null ? "here" : "elsewhere";
  }

  #isProxy({ remoteAddress, remotePort = 0 }: net.Socket): boolean {
    const peer = remoteAddress === undefined ? "" : ([remoteAddress, remotePort] as const);
    return trustedProxies(this.trusted_proxies, peer) !== null;
  }

  #bind(endpoint: Endpoint): void {
    if ("host" in endpoint && net.isIP(endpoint.host) === 0) return;
    if (this.accepts_in_threads() && !this.allow_reuse_port) checkIsFree(endpoint);
    this.#bound = bindTo(endpoint);
    if (this.#bound === null) this.#listen(endpoint);
    else this.#noteAddress(this.#bound.address());
  }

  #listen(where: net.BoundSocket | Endpoint | { readonly fd: number }): void {
    this.#listens = true;
    const listening = listenOn(this.socket, where, this.request_queue_size, () => this.is_closing).then(() =>
      this.#noteAddress(this.socket.address()),
    );
    this.#noteAddress(this.socket.address());
    this.binding_done(listening);
  }

  #noteAddress(address: net.AddressInfo | string | null): void {
    if (address === null) return;
    const real = typeof address === "string" ? address : ([address.address, address.port] as const);
    this.server_address = real as Address;
  }
}

defineOptions<TCPServerOptions, SocketServerOptions>(TCPServer, { fd: true });
const SETTINGS = {
  request_queue_size: whole(0),
  max_connections: limit(0),
  max_connections_per_address: limit(0),
  linger_timeout: TIME_LIMIT,
  stall_timeout: TIME_LIMIT,
  crowded_stall_timeout: TIME_LIMIT,
  trusted_proxies: NETWORKS,
  proxy_protocol: FLAG,
  proxy_protocol_timeout: TIME_LIMIT,
} satisfies Rules;
defineSettings(TCPServer, SETTINGS);

/** Throws if another program uses the port. Otherwise that program would get some of the connections. */
function checkIsFree(endpoint: Endpoint): void {
  if ("port" in endpoint && endpoint.port !== 0) bindTo({ ...endpoint, reusePort: false })?.close();
}

/** Listener that ignores errors, because reads and writes report them too. Without a listener, an error would end the
 * process. */
function ignore(): void {}
