import type { Awaitable } from "../io/awaitable.js";
import { Connection } from "../io/connection.js";
import { connectionSignal } from "../io/connection-signal.js";
import type { ProxyHeader } from "../io/proxy-protocol.js";
import type { BaseServer } from "./base-server.js";

/** Any server: what a handler's type parameter is made of. */
export type AnyServer = BaseServer<unknown, unknown>;
/** What a server's `get_request` gives first: a connection, or a datagram. */
export type RequestOf<Server> = Server extends BaseServer<infer Request, infer _> ? Request : never;
/** What a server's `get_request` gives second: who sent it. */
export type AddressOf<Server> = Server extends BaseServer<infer _, infer Address> ? Address : never;

/**
 * Serves one request: a connection or a datagram. Python's `socketserver.BaseRequestHandler`.
 *
 * A server makes one instance for each request and runs {@link setup}, {@link handle} and {@link finish}. In Python the
 * constructor does that; here it only stores, since a base's constructor runs before the fields of a subclass exist, and
 * can't wait. So a subclass may have fields and a constructor of its own.
 *
 * ```ts
 * class Shout extends BaseRequestHandler<TCPServer> {
 *   override handle() {
 *     this.request.end("HELLO\n");
 *   }
 * }
 * ```
 *
 * @typeParam Server - the class of {@link server}; it gives {@link request} and {@link client_address} their types
 */
export class BaseRequestHandler<Server extends AnyServer = AnyServer> {
  /**
   * The connection, or the datagram with its socket. `unknown` where the class is derived from without a type argument: say
   * `BaseRequestHandler<TCPServer>`.
   *
   * A loop over a socket destroys it at its end, with what was written and has not left: write
   * `for await (const bytes of this.request.iterator({ destroyOnReturn: false }))`.
   *
   * @category State
   */
  request: RequestOf<Server>;
  /**
   * Who sent it: `[host, port]`; `""` for a socket in the file system.
   *
   * It is the client of a proxy that the server trusts, if that one tells: see {@link TCPServer.trusted_proxies}. Its host is then `unknown`, or
   * a name that begins with `_`, if the proxy does not know the address, or hides it; and its port is 0 if that is not told.
   *
   * @category State
   */
  client_address: AddressOf<Server>;
  /**
   * The server: the usual place for what handlers share.
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
   * @param request - the connection; of datagrams, the datagram and its socket
   * @param client_address - who has sent it
   * @param server - that has taken it
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
   * It is {@link client_address}, unless a proxy that the server trusts has opened the connection for a client: then it is the proxy's. See
   * {@link TCPServer.trusted_proxies}. Python has no counterpart.
   *
   * @category State
   */
  get peer_address(): AddressOf<Server> {
    return (Connection.announcementOf(this.request)?.peer ?? this.#peer) as AddressOf<Server>;
  }

  /**
   * The header of the PROXY protocol with which a proxy has opened the connection; `null` if there was none. See
   * {@link TCPServer.proxy_protocol}. Its values tell, for example, the name that the client has asked for by TLS, and its certificate.
   * Python has no counterpart.
   *
   * @category State
   */
  get proxy_header(): ProxyHeader | null {
    return Connection.announcementOf(this.request)?.header ?? null;
  }

  /**
   * Aborted when the connection is closed: the client has gone away, it has stalled for too long, or the server has closed and
   * {@link BaseServer.drain_timeout} is over. For work that is then for nobody:
   *
   * ```ts
   * const answer = await fetch(upstream, { signal: this.signal });
   * ```
   *
   * The end of what the client sends does not abort it: it may be the end of a question, and the client waits for the answer. Read
   * `rfile` to its end to see it. HTTP handlers know where a request ends, so there it aborts. Never aborted for a datagram. Python has
   * no counterpart.
   *
   * @category State
   */
  get signal(): AbortSignal {
    this.#signal ??= connectionSignal(this.request);
    return this.#signal;
  }

  /**
   * Called by `run_handler` before {@link handle}. Does nothing here. If it throws, {@link finish} is not called, and the
   * error goes to the server's `handle_error`.
   *
   * @category Override
   */
  setup(): Awaitable<void> {}

  /**
   * Does the work. Does nothing here. The request ends when it returns, or when the promise is settled that it returns. What
   * it throws goes to the server's `handle_error`, after {@link finish}.
   *
   * @category Override
   */
  handle(): Awaitable<void> {}

  /**
   * Called after {@link handle}, also when that threw. Does nothing here. What it throws replaces what `handle` threw.
   *
   * @category Override
   */
  finish(): Awaitable<void> {}

  /**
   * Called by `server_close` while this handler is at work: it should come to an end soon. Does nothing here. Python has
   * no counterpart.
   *
   * @category Override
   */
  drain(): void {}
}
