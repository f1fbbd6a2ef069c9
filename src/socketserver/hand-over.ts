import { isMainThread } from "node:worker_threads";
import {
  type Copy,
  checkCloneable,
  classAttributeNames,
  fieldNames,
  takeSnapshot,
} from "../workers/attributes.js";
import { type AnyClass, referTo } from "../workers/class-reference.js";
import type { Assignment, ServerMethod, StartWorker } from "../workers/messages.js";
import { checkMayHaveWorkers } from "../workers/phase.js";
import type { WorkerError } from "../workers/worker-error.js";
import { WorkerPool } from "../workers/worker-pool.js";
import { acceptorOf } from "../workers/worker-side.js";
import type { BaseServer } from "./base-server.js";

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
  const fields = fieldNames(server).filter((name) => !MADE_BY_CONSTRUCTOR.has(name));
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

/** Settings of a server's mixin for its workers. */
export interface WorkersOptions {
  /** How many at most. */
  readonly size: () => number;
  /** Connections that each worker serves at the same time. Default: no limit. */
  readonly capacity?: number;
  readonly start: StartWorker;
  /** Copies values as they are copied to a worker. */
  readonly copy: Copy;
  /** True if connections in progress keep the process alive. */
  readonly keepsAlive: () => boolean;
  /** Told when a worker has died. */
  readonly died: (error: WorkerError) => void;
}

// Not fields of the mixins: a base constructor calls hooks, and closes a server that could not be bound, before fields
// exist.
const pools = new WeakMap<object, WorkerPool>();
const updates = new WeakMap<object, unknown>();

/**
 * Starts the first worker, which shows if workers are possible. All workers get the current state of the server.
 *
 * @throws `WorkerError` if workers are impossible
 */
export async function startWorkers(server: BaseServer, options: WorkersOptions): Promise<void> {
  // The server was closed while it was bound, so nobody would end the workers.
  if (server.is_closing) return;
  const pool = pools.get(server) ?? makePool(server, options);
  try {
    await pool.start();
  } catch (error) {
    pools.delete(server);
    throw error;
  }
}

function makePool(server: BaseServer, options: WorkersOptions): WorkerPool {
  const assignment = assignmentOf(server, options.copy);
  const pool = new WorkerPool({ ...options, assignment, call: async (method) => callMethod(server, method) });
  pools.set(server, pool);
  if (updates.has(server)) pool.update(updates.get(server));
  return pool;
}

/** Sends an update to the server in each worker, also to workers that start later. */
export function updateWorkers(server: BaseServer, update: unknown): void {
  updates.set(server, update);
  pools.get(server)?.update(update);
}

/** The workers of a server that has begun to start them. */
export function workersOf(server: BaseServer): WorkerPool | undefined {
  return pools.get(server);
}

/** True in a process that serves what another one accepts. A thread is a part of the process that accepts. */
export function isServedByChild(server: object): boolean {
  return isMainThread && acceptorOf(server) !== undefined;
}

/** In a worker, calls a method of its server on the accepting thread; `undefined` elsewhere. */
export function callAcceptor(
  server: BaseServer,
  method: "shutdown" | "server_close",
): Promise<void> | undefined;
export function callAcceptor(server: BaseServer, method: ServerMethod): Promise<unknown> | undefined;
export function callAcceptor(server: BaseServer, method: ServerMethod): Promise<unknown> | undefined {
  return acceptorOf(server)?.call(method);
}

function callMethod(server: BaseServer, method: ServerMethod): Promise<unknown> {
  return (server as BaseServer & { stats(): Promise<unknown> })[method]();
}
