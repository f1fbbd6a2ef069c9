import type { Awaitable } from "../io/awaitable.js";
import { Connection } from "../io/connection.js";
import { connectionSignal } from "../io/connection-signal.js";
import type { ProxyHeader } from "../io/proxy-protocol.js";
import type { InetAddress, UnixAddress } from "./addresses.js";
import type { BaseServer } from "./base-server.js";

/** Any server: the bound of a handler's type parameter. */
export type AnyServer = BaseServer<unknown, unknown>;
/** Type of the request that a server's `get_request` returns: a connection, or a datagram. */
export type RequestOf<Server> = Server extends BaseServer<infer Request, infer _> ? Request : never;
/** Type of the client's address that a server's `get_request` returns. */
export type AddressOf<Server> = Server extends BaseServer<infer _, infer Address> ? Address : never;

/**
 * Serves one request: a connection or a datagram. Python's `socketserver.BaseRequestHandler`.
 *
 * A server creates one instance for each request and runs {@link setup}, {@link handle} and {@link finish}. In Python,
 * the constructor does this. Here it only stores its arguments, because a base constructor runs before the fields of a
 * subclass exist, and can't wait. So a subclass may have its own fields and constructor.
 *
 * ```ts
 * class Shout extends BaseRequestHandler<TCPServer> {
 *   override handle() {
 *     this.request.end("HELLO\n");
 *   }
 * }
 * ```
 *
 * @typeParam Server - the class of {@link server}; it determines the types of {@link request} and
 *   {@link client_address}
 */
export class BaseRequestHandler<Server extends AnyServer = AnyServer> {
  /**
   * The connection, or the datagram with its socket. Its type is `unknown` without a type argument: write
   * `BaseRequestHandler<TCPServer>`.
   *
   * When a `for await` loop over a socket ends, Node destroys the socket, and unsent data is lost. Write `for await
   * (const bytes of this.request.iterator({ destroyOnReturn: false }))`.
   *
   * @category State
   */
  request: RequestOf<Server>;
  /**
   * Address of the client: `[host, port]`; `""` for a Unix socket.
   *
   * If a trusted proxy has connected, this is the client that the proxy names, even on a Unix socket: see {@link
   * TCPServer.trusted_proxies}. If the proxy does not know or hides the client's address, the host is `unknown`, or a
   * name that begins with `_`. The port is 0 if the proxy does not name it.
   *
   * @category State
   */
  client_address: AddressOf<Server> | (AddressOf<Server> extends UnixAddress ? InetAddress : never);
  /**
   * The server: the usual place for data that handlers share.
   *
   * @category State
   */
  server: Server;

  readonly #peer: AddressOf<Server>;
  #signal: AbortSignal | undefined;

  /**
   * Called by `finish_request`.
   *
   * @param _args - the server's `handler_args`, for a subclass
   * @param request - the connection, or the datagram with its socket
   * @param client_address - address of the client
   * @param server - the server
   */
  constructor(request: RequestOf<Server>, client_address: AddressOf<Server>, server: Server, _args?: object) {
    this.request = request;
    this.client_address = client_address;
    this.#peer = client_address;
    this.server = server;
  }

  /**
   * The other end of the connection: `[host, port]`; `""` for a socket in the file system.
   *
   * It is {@link client_address}, except if a trusted proxy has opened the connection for a client: then it is the
   * address of the proxy. See {@link TCPServer.trusted_proxies}. Python has no counterpart.
   *
   * @category State
   */
  get peer_address(): AddressOf<Server> {
    return (Connection.announcementOf(this.request)?.peer ?? this.#peer) as AddressOf<Server>;
  }

  /**
   * The header of the PROXY protocol with which a proxy has opened the connection; `null` if there was none. See
   * {@link TCPServer.proxy_protocol}. It contains, for example, the host name that the client has requested by TLS, and
   * facts about the client's certificate. Python has no counterpart.
   *
   * @category State
   */
  get proxy_header(): ProxyHeader | null {
    return Connection.announcementOf(this.request)?.header ?? null;
  }

  /**
   * Aborted when the connection is closed: the client has disconnected or stalled for too long, or the server has
   * closed and {@link BaseServer.drain_timeout} has passed. Pass it to work that is useless without a client:
   *
   * ```ts
   * const answer = await fetch(upstream, { signal: this.signal });
   * ```
   *
   * It is not aborted if the client only ends its sending side: the client may be waiting for an answer. Read `rfile`
   * to notice that end. HTTP handlers know where a request ends, so they do abort the signal then. Never aborted for a
   * datagram. Python has no counterpart.
   *
   * @category State
   */
  get signal(): AbortSignal {
    this.#signal ??= connectionSignal(this.request);
    return this.#signal;
  }

  /**
   * Called by `run_handler` before {@link handle}. The default does nothing. If it throws, {@link finish} is not
   * called, and the error goes to the server's `handle_error`.
   *
   * @category Override
   */
  setup(): Awaitable<void> {}

  /**
   * Does the work. The default does nothing. The request ends when it returns, or when its promise has settled. Its
   * errors go to the server's `handle_error`, after {@link finish}.
   *
   * @category Override
   */
  handle(): Awaitable<void> {}

  /**
   * Called after {@link handle}, even if that threw an error. The default does nothing. An error from `finish` replaces
   * an error from `handle`.
   *
   * @category Override
   */
  finish(): Awaitable<void> {}

  /**
   * Called by `server_close` while this handler is running. The handler should end soon. The default does nothing.
   * Python has no counterpart.
   *
   * @category Override
   */
  drain(): void {}
}
