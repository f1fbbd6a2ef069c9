import type { Socket } from "node:net";
import type { BaseServer } from "./base-server.js";
import { callAcceptor, startWorkers, updateWorkers, type WorkersOptions, workersOf } from "./hand-over.js";
import type { MixinClass } from "./mixin-class.js";

/** What {@link WorkerMixIn} makes of a server. */
export declare abstract class ServerWithWorkers extends BaseServer {
  /**
   * What its workers are; `null` where it has none, and serves by itself.
   *
   * @throws where it is to have workers, and can't
   */
  protected abstract workers_options(): WorkersOptions | null;
  /** Has a request served by a worker, apart from the loop. Only where there are workers. */
  protected hand_over(request: unknown, client_address: unknown): void;
}

/**
 * Makes a server one whose requests may be served by threads or processes: it starts them before it serves, and they end
 * with it. Which they are, and when a request goes there, is up to those who derive from it.
 */
export function WorkerMixIn(Base: MixinClass<BaseServer>): MixinClass<ServerWithWorkers> {
  abstract class WithWorkers extends Base {
    protected abstract workers_options(): WorkersOptions | null;

    /** What it lacks for its workers, it says at once. */
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
