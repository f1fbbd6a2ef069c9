import { isMainThread } from "node:worker_threads";
import type { ServerMethod, Told, ToldMethods } from "./messages.js";
import type { WorkerPool } from "./worker-pool.js";

/** Key of a server's {@link Placement}. It is a symbol, so that no subclass can use the name. */
export const placement = Symbol("placement");

/** The accepting thread, as a handler in a worker can call it. */
export interface Acceptor {
  /** Calls a method of the server on the accepting thread. Resolves with its result, or rejects with its error. */
  call(method: ServerMethod): Promise<unknown>;
}

/**
 * Records where the connections of a server are accepted and served. There are four ways:
 *
 * | way | the server that was created | the server in a worker |
 * | --- | --- | --- |
 * | here | accepts and serves | does not exist |
 * | hand-off to threads | accepts, has a {@link pool} | serves, has an {@link acceptor} |
 * | hand-off to processes | the same | the same, and {@link isChild} |
 * | threads that accept | has a {@link pool}, which has the listening sockets | accepts and serves, has an {@link acceptor} |
 */
export class Placement {
  /** The workers; `null` if none was started. */
  pool: WorkerPool | null = null;
  /** Link to the server that was created; `null` if this is that server. */
  acceptor: Acceptor | null = null;
  /** The last call of each method in the workers. Workers that start later get these calls, too. */
  readonly told: Map<keyof ToldMethods, Told> = new Map();

  /** True if the server is in a thread or process that another one has started. */
  get isWorker(): boolean {
    return this.acceptor !== null;
  }

  /** True in a child process that serves connections. A thread is a part of the process that accepts. */
  get isChild(): boolean {
    return isMainThread && this.isWorker;
  }

  /** Calls a method of the server in each worker. */
  tell<Method extends keyof ToldMethods>(method: Method, argument: ToldMethods[Method]): void {
    this.told.set(method, { method, argument });
    this.pool?.tell({ method, argument });
  }
}
