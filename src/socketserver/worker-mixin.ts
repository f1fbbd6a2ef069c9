import type { Socket } from "node:net";
import type { BaseServer } from "./base-server.js";
import { callAcceptor, startWorkers, updateWorkers, type WorkersOptions, workersOf } from "./hand-over.js";
import type { MixinClass } from "./mixin-class.js";

/** A server with {@link WorkerMixIn}. */
export declare abstract class ServerWithWorkers extends BaseServer {
  /**
   * Returns the settings of its workers; `null` if it has none, and serves alone.
   *
   * @throws if workers are requested but impossible
   */
  protected abstract workers_options(): WorkersOptions | null;
  /** Lets a worker serve a request, outside the loop. Only if there are workers. */
  protected hand_over(request: unknown, client_address: unknown): void;
}

/**
 * Adds workers to a server: it starts them before it serves, and they end with it. Subclasses decide which workers they
 * are, and which requests they serve.
 */
export function WorkerMixIn(Base: MixinClass<BaseServer>): MixinClass<ServerWithWorkers> {
  abstract class WithWorkers extends Base {
    protected abstract workers_options(): WorkersOptions | null;

    /** Reports missing requirements of workers at once. */
    override server_activate(): void {
      this.workers_options();
      super.server_activate();
    }

    protected override async ready_to_serve(): Promise<void> {
      await super.ready_to_serve();
      const options = this.workers_options();
      if (options !== null) await startWorkers(this, options);
    }

    protected hand_over(request: unknown, client_address: unknown): void {
      const serving = workersOf(this)?.serve(request as Socket, client_address);
      if (serving !== undefined) this.track_request(request, client_address, serving.done, serving.closed);
    }

    override async shutdown(): Promise<void> {
      const elsewhere = callAcceptor(this, "shutdown");
      if (elsewhere !== undefined) return elsewhere;
      workersOf(this)?.stopStarting();
      await super.shutdown();
    }

    override async server_close(): Promise<void> {
      const elsewhere = callAcceptor(this, "server_close");
      if (elsewhere !== undefined) return elsewhere;
      await super.server_close();
      await workersOf(this)?.close(this.waits_for_requests());
    }

    protected override worker_reports(): Promise<unknown[]> {
      return workersOf(this)?.reports() ?? super.worker_reports();
    }

    protected override update_workers(update: unknown): void {
      updateWorkers(this, update);
    }

    protected override set_leaving(isLeaving: boolean): void {
      super.set_leaving(isLeaving);
      workersOf(this)?.leave(isLeaving);
    }

    protected override begin_draining(): void {
      super.begin_draining();
      workersOf(this)?.drain();
    }

    protected override abort_request(request: unknown): void {
      super.abort_request(request);
      workersOf(this)?.abort(request as Socket);
    }
  }
  return WithWorkers as unknown as MixinClass<ServerWithWorkers>;
}
