import type { Socket } from "node:net";
import { type Copy, checkCloneable, classAttributeNames, takeSnapshot } from "../workers/attributes.js";
import { type AnyClass, referTo } from "../workers/class-reference.js";
import type { Assignment, ServerMethod } from "../workers/messages.js";
import { checkMayHaveWorkers } from "../workers/phase.js";
import { placement } from "../workers/placement.js";
import { type PoolOptions, WorkerPool } from "../workers/worker-pool.js";
import type { BaseServer } from "./base-server.js";
import type { MixinClass } from "./mixin-class.js";

/** Properties that the constructor of a server creates, in a worker too. */
const MADE_BY_CONSTRUCTOR = new Set(["RequestHandlerClass", "handler_args", "socket"]);

/**
 * Checks that a worker can create the server again.
 *
 * @throws `WorkerError` if its classes can't be found, its `handler_args` can't be copied, or this is a worker itself
 */
export function checkAssignment(server: BaseServer, copy: Copy): void {
  checkMayHaveWorkers();
  assignmentOf(server, copy);
}

/** Returns the description of a server for a worker. */
function assignmentOf(server: BaseServer, copy: Copy): Assignment {
  const Server = server.constructor as AnyClass;
  const Handler = server.RequestHandlerClass as unknown as AnyClass;
  const { server_address, handler_args } = server;
  checkCloneable(handler_args, "handler_args", copy);
  const fields = Object.keys(server).filter((name) => !MADE_BY_CONSTRUCTOR.has(name));
  return {
    server: referTo(Server),
    handler: referTo(Handler),
    server_address,
    handler_args,
    serverAttributes: takeSnapshot(Server, classAttributeNames(Server), copy),
    handlerAttributes: takeSnapshot(Handler, classAttributeNames(Handler), copy),
    fields: takeSnapshot(server, fields, copy),
  };
}

/** Settings of a server for its workers. */
export interface WorkersOptions extends Omit<PoolOptions, "assignment" | "told" | "call"> {
  /** Copies values in the same way as for a worker. */
  readonly copy: Copy;
}

/** A server with {@link WorkerMixIn}. */
export declare abstract class ServerWithWorkers extends BaseServer {
  /**
   * Returns the settings of its workers; `null` if it has none, and serves alone.
   *
   * @throws if workers are requested but impossible
   */
  protected abstract workers_options(): WorkersOptions | null;
  /** True if requests may be served on the calling thread until the first worker has started. */
  protected serves_before_workers(): boolean;
  /** Lets a worker serve a request, outside the loop. Called only if the server has workers. */
  protected hand_over(request: unknown, client_address: unknown): void;
}

/**
 * Adds workers to a server: it starts them before it serves, and they end with it. A subclass decides which workers are
 * used, and which requests they serve.
 */
export function WorkerMixIn(Base: MixinClass<BaseServer>): MixinClass<ServerWithWorkers> {
  abstract class WithWorkers extends Base {
    protected abstract workers_options(): WorkersOptions | null;

    /** Checks the requirements for workers at once. */
    override server_activate(): void {
      this.workers_options();
      super.server_activate();
    }

    protected override async ready_to_serve(): Promise<void> {
      await super.ready_to_serve();
      const options = this.workers_options();
      // Nobody would end the workers of a server that was closed while it was being bound.
      if (options === null || this.is_closing) return;
      const place = this[placement];
      place.pool ??= poolOf(this, options);
      if (this.serves_before_workers())
        return place.pool.startSoon((error) => {
          place.pool = null;
          this.report_error(undefined, undefined, error);
        });
      // Shows if workers are possible.
      await place.pool.start().catch((error: unknown) => {
        place.pool = null;
        throw error;
      });
    }

    /** True if requests may be served here until the first worker has started. */
    protected serves_before_workers(): boolean {
      return false;
    }

    protected hand_over(request: unknown, client_address: unknown): void {
      const serving = this[placement].pool?.serve(request as Socket, client_address);
      if (serving !== undefined) this.track_request(request, client_address, serving.done, serving.closed);
    }

    override async shutdown(): Promise<void> {
      const elsewhere = this[placement].acceptor?.call("shutdown");
      if (elsewhere !== undefined) return void (await elsewhere);
      this[placement].pool?.stopStarting();
      await super.shutdown();
    }

    override async server_close(): Promise<void> {
      const elsewhere = this[placement].acceptor?.call("server_close");
      if (elsewhere !== undefined) return void (await elsewhere);
      await super.server_close();
      await this[placement].pool?.close(this.waits_for_requests());
    }

    protected override worker_reports(): Promise<unknown[]> {
      return this[placement].pool?.reports() ?? super.worker_reports();
    }

    protected override update_workers(update: unknown): void {
      this[placement].tell("apply_update", update);
    }

    protected override set_leaving(isLeaving: boolean): void {
      super.set_leaving(isLeaving);
      this[placement].tell("set_leaving", isLeaving);
    }

    protected override begin_draining(): void {
      super.begin_draining();
      this[placement].pool?.stopStarting();
      this[placement].tell("begin_draining", undefined);
    }

    protected override abort_request(request: unknown): void {
      super.abort_request(request);
      this[placement].pool?.abort(request as Socket);
    }
  }
  return WithWorkers as unknown as MixinClass<ServerWithWorkers>;
}

/** Returns a pool whose workers get the current state of the server. */
function poolOf(server: BaseServer, { copy, ...options }: WorkersOptions): WorkerPool {
  return new WorkerPool({
    ...options,
    assignment: assignmentOf(server, copy),
    told: server[placement].told,
    call: async (method) => callMethod(server, method),
  });
}

function callMethod(server: BaseServer, method: ServerMethod): Promise<unknown> {
  return (server as BaseServer & { stats(): Promise<unknown> })[method]();
}
