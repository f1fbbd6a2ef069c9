import type { Socket } from "node:net";
import { type Awaitable, isPromise } from "../io/awaitable.js";
import type { InetAddress } from "../socketserver/addresses.js";
import type { FirstRequest, ServeForeverOptions } from "../socketserver/base-server.js";
import { locate } from "../socketserver/class-location.js";
import { TCPServer } from "../socketserver/tcp-server.js";
import { ThreadingMixIn } from "../socketserver/threading-mixin.js";
import { type HTTPServerStats, withRequests } from "./request-meter.js";
import { RequestQueue } from "./request-queue.js";

/**
 * Serves HTTP, one request after another. Python's `http.server.HTTPServer`.
 *
 * Many connections may be open. Only requests wait for each other: an idle connection, or one that has sent nothing
 * yet, delays no other client. To serve several requests at the same time, use {@link ThreadingHTTPServer}.
 *
 * @typeParam Args - type of the last argument of its handlers' constructor; inferred from the handler class
 */
export class HTTPServer<Args extends object = object> extends TCPServer<InetAddress, Args> {
  static override allow_reuse_address = true;
  /** Seconds that requests in progress get to finish when the server closes. Default 5. */
  static override drain_timeout: number | null = 5;

  readonly #queue = new RequestQueue();

  /**
   * The host of {@link server_address}, as bound. Python asks the DNS for its name, which can take seconds.
   *
   * @category State
   */
  get server_name(): string {
    return this.server_address[0];
  }

  /**
   * The port of {@link server_address}.
   *
   * @category State
   */
  get server_port(): number {
    return this.server_address[1];
  }

  override async stats(): Promise<HTTPServerStats> {
    return (await super.stats()) as HTTPServerStats;
  }

  /**
   * Handles one request: the first one that arrives, on any connection. The promise resolves when the response was
   * sent; the connection then ends. {@link timeout} limits the whole wait.
   *
   * Connections that send nothing, or an incomplete request, don't delay others, and stay open for the next call.
   * Requests that arrive in the meantime also wait for the next call; {@link server_close} drops them.
   */
  override handle_request(): Promise<void> {
    return super.handle_request();
  }

  override serve_forever(options: number | ServeForeverOptions = {}): Promise<void> {
    this.#queue.open();
    return super.serve_forever(options);
  }

  /**
   * Starts a connection. Its requests share a queue with those of other connections.
   *
   * @param request - the connection
   * @param client_address - address of the client
   */
  override process_request(request: Socket, client_address: InetAddress): Awaitable<void> {
    const place = this.#queue.admit(request);
    const work = this.serve_apart(request, client_address, this.serve_and_release(request, client_address));
    if (isPromise(work)) place.work = work;
  }

  override is_waiting_for(request: Socket): boolean {
    return this.#queue.isForOne || super.is_waiting_for(request);
  }

  /** Ends {@link serve_forever} after {@link drain_delay}. Then it closes connections, beginning with those that have no
   * request. */
  override async server_close(): Promise<void> {
    if (this.drain_delay > 0) await this.shutdown();
    // If binding fails, the base constructor closes the server before its fields exist.
    if (#queue in this) this.#queue.closeWaiting();
    await super.server_close();
  }

  protected override serves_side_by_side(): boolean {
    return true;
  }

  protected override first_request(): FirstRequest | null {
    return this.#queue.openForOne(() => this.request_arrived());
  }

  protected override own_stats(): HTTPServerStats {
    return withRequests(this, super.own_stats());
  }
}

/**
 * Serves HTTP, all requests at the same time. Python's `http.server.ThreadingHTTPServer`.
 *
 * `server_close()` lets requests in progress finish, for {@link drain_timeout} seconds. In Python, `daemon_threads` is
 * true for this class, so requests are interrupted.
 *
 * ```ts
 * await using httpd = new ThreadingHTTPServer(["", 8000], SimpleHTTPRequestHandler);
 * await httpd.serve_forever();
 * ```
 *
 * @typeParam Args - type of the last argument of its handlers' constructor; inferred from the handler class
 */
export class ThreadingHTTPServer<Args extends object = object> extends ThreadingMixIn(HTTPServer)<Args> {}
locate(ThreadingHTTPServer, import.meta.url);
