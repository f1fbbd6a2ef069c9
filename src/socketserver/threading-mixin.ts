import type { ResourceLimits } from "node:worker_threads";
import type { Awaitable } from "../io/awaitable.js";
import { copyForThread } from "../workers/attributes.js";
import { placement } from "../workers/placement.js";
import { canTransferSockets } from "../workers/socket-transfer.js";
import { threadStarter } from "../workers/thread-link.js";
import { WorkerError } from "../workers/worker-error.js";
import { canAcceptInThreads, checkAcceptInThreads } from "./accept-in-threads.js";
import { AF_UNIX, type InetAddress, SOCK_STREAM } from "./addresses.js";
import type { AddressOf, RequestOf } from "./base-request-handler.js";
import type { BaseServer } from "./base-server.js";
import { locate } from "./class-location.js";
import type { MixinClass } from "./mixin-class.js";
import { checkSettings, defineSettings, optional, type Rule, recordOf, SWITCH, whole } from "./settings.js";
import type { SocketServer } from "./socket-server.js";
import { TCPServer } from "./tcp-server.js";
import { UDPServer } from "./udp-server.js";
import { UnixStreamServer } from "./unix-servers.js";
import { checkAssignment, WorkerMixIn, type WorkersOptions } from "./worker-mixin.js";

/** Instance members that {@link ThreadingMixIn} adds to a server. */
export interface ThreadingMixIn<Request = unknown, Address = unknown> extends ThreadingMixInStatics {
  /**
   * Called by `process_request` for each request, outside the loop. Runs `finish_request`, passes its errors to
   * `handle_error`, and always calls `shutdown_request`.
   *
   * @category Override
   * @param request - the connection, or the datagram with its socket
   * @param client_address - address of the client
   */
  process_request_thread(request: Request, client_address: Address): Awaitable<void>;
}

/** Static members that {@link ThreadingMixIn} adds to a server class. */
export interface ThreadingMixInStatics {
  /**
   * True if requests in progress neither delay `server_close` nor keep the process alive.
   *
   * @category Settings
   */
  daemon_threads: boolean;
  /**
   * True if `server_close` waits for requests in progress that are not daemons.
   *
   * @category Settings
   */
  block_on_close: boolean;
  /**
   * Maximum number of threads that serve connections. Default 0: only the calling thread, where requests are tasks.
   *
   * The first thread starts before the server serves, the others when there are connections for them. They run until
   * the server is closed. A connection goes to the thread with the fewest connections, and stays there. A thread that
   * is computing for some time gets no connection, if another thread is free.
   *
   * A class can't be passed to a thread, so both classes must be exported, and name their module:
   * `static module = import.meta.url`. The classes of this package have it. Each thread creates its own server, which
   * does not bind. Values that you assign to the server or to the classes before it serves are copied, and so are
   * `handler_args`.
   *
   * @category Settings
   */
  max_threads: number;
  /**
   * True if each thread accepts its own connections while `serve_forever` runs. This saves the hand-off, which matters
   * for short connections. Default `false`. It needs `max_threads` above 0, a TCP port, Node 24.20 or 26.6, and Linux
   * or a BSD. Set it on the class, because the constructor binds.
   *
   * All threads start at once, and listen on the same address. The system distributes connections among them, even to
   * busy threads. `get_request`, `verify_request` and `process_request` then run in the thread. `max_connections` and
   * `max_connections_per_address` apply to each thread. When the server closes, waiting connections are still served. A
   * connection that arrives at the moment when its socket is closed is reset; {@link BaseServer.drain_delay} gives a
   * load balancer time to send no more.
   *
   * @category Settings
   */
  accept_in_threads: boolean;
  /**
   * Memory limits of a thread in MiB: `resourceLimits` of Node's `Worker`, for example `{ maxOldGenerationSizeMb: 256
   * }`. Default `null`: Node's limits. A thread that needs more ends, its connections are lost, and a new thread
   * starts.
   *
   * @category Settings
   */
  thread_resource_limits: ResourceLimits | null;
}

/**
 * Makes a server serve all its requests at the same time. Python's `socketserver.ThreadingMixIn`.
 *
 * With {@link ThreadingMixInStatics.max_threads} at 0, requests are tasks on the calling thread. Handlers share its
 * memory. A handler that waits delays no other; a handler that computes delays all. Above 0, connections are passed to
 * worker threads. `verify_request` and `process_request` run on the calling thread, and `process_request_thread` and
 * everything after it in the worker, with its own server object.
 *
 * ```ts
 * class MyServer extends ThreadingMixIn(TCPServer) {
 *   static module = import.meta.url;
 *   static override max_threads = 4;
 * }
 * ```
 *
 * @param Base - a server class
 * @typeParam Base - the type of that class
 * @returns a subclass. If threads are requested but impossible, its constructor or `serve_forever` throws a
 *   {@link WorkerError}
 */
export function ThreadingMixIn<Base extends MixinClass<BaseServer>>(
  Base: Base,
): Base &
  MixinClass<ThreadingMixIn<RequestOf<InstanceType<Base>>, AddressOf<InstanceType<Base>>>> &
  ThreadingMixInStatics {
  interface Threading extends ThreadingMixInStatics {}
  abstract class Threading extends WorkerMixIn(Base) {
    static daemon_threads = false;
    static block_on_close = true;
    static max_threads = 0;
    static accept_in_threads = false;
    static thread_resource_limits: ResourceLimits | null = null;

    protected override accepts_in_threads(): boolean {
      if (this.accept_in_threads) checkAcceptInThreads(this);
      return this.accept_in_threads;
    }

    protected override workers_options(): WorkersOptions | null {
      checkSettings(this);
      this.accepts_in_threads();
      if (this.max_threads === 0) return null;
      checkThreads(this);
      return {
        size: () => this.max_threads,
        start: threadStarter(this.thread_resource_limits),
        copy: copyForThread,
        keepsAlive: () => !this.daemon_threads && this.has_ref(),
        died: (error) => this.report_error(undefined, undefined, error),
      };
    }

    protected override ready_to_serve(): Awaitable<void> {
      if (this.accept_in_threads && this.max_threads === 0 && !this[placement].isWorker)
        throw new RangeError(`${this.constructor.name}.accept_in_threads needs max_threads above 0.`);
      return super.ready_to_serve();
    }

    override process_request(request: unknown, client_address: unknown): Awaitable<void> {
      const { pool } = this[placement];
      if (pool !== null && (pool.hasStarted || !this.serves_before_workers()))
        return this.hand_over(request, client_address);
      if (this.daemon_threads) unref(request);
      this.#serveApart(request, client_address);
    }

    protected override serve_handed_over(request: unknown, client_address: unknown): Awaitable<void> {
      return this.#serveApart(request, client_address);
    }

    #serveApart(request: unknown, client_address: unknown): Awaitable<void> {
      try {
        return this.serve_apart(
          request,
          client_address,
          this.process_request_thread(request, client_address),
        );
      } catch (error) {
        return this.serve_apart(request, client_address, this.request_failed(request, client_address, error));
      }
    }

    process_request_thread(request: unknown, client_address: unknown): Awaitable<void> {
      return this.serve_and_release(request, client_address);
    }

    // A connection goes to the thread with the fewest, so all threads have about the same number. If threads accept
    // their own connections, each has the whole limit.
    protected override fair_share(limit: number): number {
      return this.accept_in_threads ? limit : limit / Math.max(this.max_threads, 1);
    }

    protected override serves_side_by_side(): boolean {
      return this.accept_in_threads || super.serves_side_by_side();
    }

    override is_waiting_for(): boolean {
      return false;
    }

    // For `handle_request`, a request has begun when it was passed to a thread.
    protected override first_request(): null {
      return null;
    }

    protected override waits_for_requests(): boolean {
      return this.block_on_close && !this.daemon_threads;
    }
  }
  defineSettings(Threading, {
    daemon_threads: SWITCH,
    block_on_close: SWITCH,
    max_threads: whole(0),
    accept_in_threads: SWITCH,
    thread_resource_limits: optional(recordOf(RESOURCE_LIMIT)),
  });
  return Threading as unknown as ReturnType<typeof ThreadingMixIn<Base>>;
}

// Node ignores a limit that is not a number above 0.
const RESOURCE_LIMIT: Rule = {
  allowed: "a number above 0",
  allows: (size) => typeof size === "number" && size > 0,
};

/**
 * Checks the requirements for threads. The server never falls back to tasks.
 *
 * @throws {@link WorkerError}
 */
function checkThreads(server: BaseServer): void {
  const { name } = server.constructor;
  const { address_family, socket_type } = server as unknown as Partial<SocketServer<unknown, unknown>>;
  if (socket_type !== SOCK_STREAM || address_family === AF_UNIX) {
    throw new WorkerError(
      "PYSERVE_THREADS_NEED_TCP",
      `${name}.max_threads: only TCP connections can be handed to a thread; set it to 0.`,
    );
  }
  if (!canTransferSockets()) {
    throw new WorkerError(
      "PYSERVE_THREADS_UNSUPPORTED",
      `${name}.max_threads: Node ${process.version} on ${process.platform} can't hand a connection to a thread. It needs Node 24.20 or 26.6, on Windows 26.7; or set it to 0.`,
    );
  }
  checkAssignment(server, copyForThread);
}

/** Makes a connection a daemon: it does not keep the process alive. */
function unref(request: unknown): void {
  (request as { unref?(): void } | null)?.unref?.();
}

/**
 * True if this Node can pass connections to threads, so that `max_threads` may be above 0.
 *
 * @returns `true` on Node 24.20, 26.6 and newer; on Windows on 26.7 and newer
 */
export function supportsThreads(): boolean {
  return canTransferSockets();
}

/**
 * True if threads can accept their own connections here, so that `accept_in_threads` may be true.
 *
 * @returns `true` on Node 24.20, 26.6 and newer, on Linux and the BSDs
 */
export function supportsAcceptInThreads(): boolean {
  return canAcceptInThreads();
}

/** Serves connections at the same time. Python's `socketserver.ThreadingTCPServer`. */
export class ThreadingTCPServer extends ThreadingMixIn(TCPServer<InetAddress>) {}
locate(ThreadingTCPServer, import.meta.url);

/**
 * Serves datagrams at the same time. Python's `socketserver.ThreadingUDPServer`.
 *
 * @typeParam Args - type of the last argument of its handlers' constructor; inferred from the handler class
 */
export class ThreadingUDPServer<Args extends object = object> extends ThreadingMixIn(UDPServer)<Args> {}

/**
 * Serves connections to a path at the same time. Python's `socketserver.ThreadingUnixStreamServer`.
 *
 * @typeParam Args - type of the last argument of its handlers' constructor; inferred from the handler class
 */
export class ThreadingUnixStreamServer<Args extends object = object> extends ThreadingMixIn(
  UnixStreamServer,
)<Args> {}
