import { checkOptions } from "../errors/check-options.js";
import { copyForProcess } from "../workers/attributes.js";
import { placement } from "../workers/placement.js";
import { startProcess } from "../workers/process-link.js";
import { WorkerError } from "../workers/worker-error.js";
import { type InetAddress, SOCK_STREAM } from "./addresses.js";
import type { BaseServer } from "./base-server.js";
import { locate } from "./class-location.js";
import type { MixinClass } from "./mixin-class.js";
import { checkSettings, defineSettings, SWITCH, whole } from "./settings.js";
import type { SocketServer } from "./socket-server.js";
import { TCPServer } from "./tcp-server.js";
import { UnixStreamServer } from "./unix-servers.js";
import { checkAssignment, WorkerMixIn, type WorkersOptions } from "./worker-mixin.js";

/** Instance members that {@link ForkingMixIn} adds to a server. */
export interface ForkingMixIn extends ForkingMixInStatics {
  /**
   * Process numbers of the children that are serving a connection; `null` until the first child exists.
   *
   * @category State
   */
  readonly active_children: ReadonlySet<number> | null;
  /**
   * Called by `service_actions` and `handle_timeout`. Node collects children itself.
   *
   * @category Call
   * @param options - `blocking`: true to wait until no child serves a connection
   * @returns a promise that resolves at once, or after waiting
   */
  collect_children(options?: { blocking?: boolean | undefined }): Promise<void>;
}

/** Static members that {@link ForkingMixIn} adds to a server class. */
export interface ForkingMixInStatics {
  /**
   * Maximum number of children. Each serves one connection at a time. While all children are busy, the loop waits, and
   * further connections wait in the system. Default 40, as in Python.
   *
   * @category Settings
   */
  max_children: number;
  /**
   * True if `server_close` waits for the connections in progress.
   *
   * @category Settings
   */
  block_on_close: boolean;
}

/**
 * Makes a server serve each connection in a child process. Python's `socketserver.ForkingMixIn`.
 *
 * Node can't fork: a child is a new Node process that imports the modules of both classes. So both must be exported,
 * and name their module, as for threads: see {@link ThreadingMixInStatics.max_threads}. A child serves one connection
 * at a time, and is reused for the next. As in Python, `timeout` is 300.
 *
 * ```ts
 * export class MyServer extends ForkingMixIn(TCPServer) {
 *   static module = import.meta.url;
 * }
 * ```
 *
 * @param Base - a server class for connections
 * @typeParam Base - the type of that class
 * @returns a subclass. If child processes are impossible, its constructor or `serve_forever` throws a
 *   {@link WorkerError}
 */
export function ForkingMixIn<Base extends MixinClass<BaseServer>>(
  Base: Base,
): Base & MixinClass<ForkingMixIn> & ForkingMixInStatics {
  interface Forking extends ForkingMixInStatics {}
  abstract class Forking extends WorkerMixIn(Base) {
    static timeout: number | null = 300;
    static max_children = 40;
    static block_on_close = true;

    get active_children(): ReadonlySet<number> | null {
      const children = this[placement].pool;
      return children === null ? null : new Set(children.busy());
    }

    protected override workers_options(): WorkersOptions {
      checkSettings(this);
      checkProcesses(this);
      return {
        size: () => this.max_children,
        capacity: 1,
        start: startProcess,
        copy: copyForProcess,
        keepsAlive: () => true,
        died: (error) => this.report_error(undefined, undefined, error),
      };
    }

    override async process_request(request: unknown, client_address: unknown): Promise<void> {
      const children = this[placement].pool;
      if (children === null) return super.process_request(request, client_address);
      while (children.load >= this.max_children) await children.freed();
      this.hand_over(request, client_address);
    }

    async collect_children(options: { blocking?: boolean | undefined } = {}): Promise<void> {
      checkOptions(options, { blocking: true }, "collect_children()");
      const { blocking = false } = options;
      const children = this[placement].pool;
      while (blocking && children !== null && children.load > 0) await children.freed();
    }

    override async handle_timeout(): Promise<void> {
      await super.handle_timeout();
      await this.collect_children();
    }

    override async service_actions(): Promise<void> {
      await super.service_actions();
      await this.collect_children();
    }

    protected override serves_side_by_side(): boolean {
      return true;
    }

    // A process serves one connection, and does not know about others.
    protected override fair_share(): number {
      return 0;
    }

    protected override waits_for_requests(): boolean {
      return this.block_on_close;
    }
  }
  defineSettings(Forking, { max_children: whole(1), block_on_close: SWITCH });
  return Forking as unknown as ReturnType<typeof ForkingMixIn<Base>>;
}

/**
 * Checks the requirements for child processes.
 *
 * @throws {@link WorkerError}
 */
function checkProcesses(server: BaseServer): void {
  const { socket_type } = server as unknown as Partial<SocketServer<unknown, unknown>>;
  if (socket_type !== SOCK_STREAM) {
    throw new WorkerError(
      "PYSERVE_PROCESSES_NEED_CONNECTIONS",
      `${server.constructor.name}: only connections can be handed to a process; combine ForkingMixIn with TCPServer or UnixStreamServer.`,
    );
  }
  checkAssignment(server, copyForProcess);
}

/** Serves connections in child processes. Python's `socketserver.ForkingTCPServer`. */
export class ForkingTCPServer extends ForkingMixIn(TCPServer<InetAddress>) {}
locate(ForkingTCPServer, import.meta.url);

/**
 * Serves connections to a path in child processes. Python's `socketserver.ForkingUnixStreamServer`.
 *
 * @typeParam Args - type of the last argument of its handlers' constructor; inferred from the handler class
 */
export class ForkingUnixStreamServer<Args extends object = object> extends ForkingMixIn(
  UnixStreamServer,
)<Args> {}
locate(ForkingUnixStreamServer, import.meta.url);
