import type { Socket } from "node:net";
import type { Awaitable } from "../io/awaitable.js";
import type { InetAddress } from "../socketserver/addresses.js";
import { locate } from "../socketserver/class-location.js";
import { TCPServer } from "../socketserver/tcp-server.js";
import { ThreadingMixIn } from "../socketserver/threading-mixin.js";
import { type HTTPServerStats, requestCountsOf } from "./request-counts.js";
import { RequestQueue } from "./request-queue.js";

/**
 * Serves HTTP, one request after the other. Python's `http.server.HTTPServer`.
 *
 * Connections are open side by side, and only requests wait for each other: a connection that has sent nothing yet, or
 * that idles between two requests, keeps nobody waiting. For several requests at a time take {@link ThreadingHTTPServer}.
 */
export class HTTPServer extends TCPServer {
  static override allow_reuse_address = true;
  /** Five seconds: what a request needs that was under way when the server closed. */
  static override drain_timeout: number | null = 5;

  readonly #queue = new RequestQueue();
  #takesOne = false;

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

  /** {@inheritDoc TCPServer.stats} */
  override async stats(): Promise<HTTPServerStats> {
    return (await super.stats()) as HTTPServerStats;
  }

  /** Handles one request, as {@link TCPServer} does: when the promise resolves the reply is out, and its connection ends. */
  override async handle_request(): Promise<void> {
    this.#takesOne = true;
    try {
      await super.handle_request();
    } finally {
      this.#takesOne = false;
    }
  }

  /**
   * Starts a connection, whose requests take turns with those of the others.
   *
   * @param request - the connection
   * @param client_address - who has sent it
   */
  override process_request(request: Socket, client_address: InetAddress): Awaitable<void> {
    if (this.#takesOne) return super.process_request(request, client_address);
    this.#queue.admit(request);
    this.serve_apart(request, client_address, this.serve_request(request, client_address));
  }

  protected override own_stats(): HTTPServerStats {
    return { ...super.own_stats(), requests: requestCountsOf(this) };
  }
}

/**
 * Serves HTTP, all requests at the same time. Python's `http.server.ThreadingHTTPServer`.
 *
 * ```ts
 * await using httpd = new ThreadingHTTPServer(["", 8000], SimpleHTTPRequestHandler);
 * await httpd.serve_forever();
 * ```
 */
export class ThreadingHTTPServer extends ThreadingMixIn(HTTPServer) {
  static override daemon_threads = true;
}
locate(ThreadingHTTPServer, import.meta.url);
