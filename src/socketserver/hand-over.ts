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

/** What the constructor of a server makes, in a worker too. */
const MADE_BY_CONSTRUCTOR = new Set(["RequestHandlerClass", "handler_args", "socket"]);

/**
 * Checks that a server can be made again in a worker.
 *
 * @throws `WorkerError` where its classes can't be found, its `handler_args` can't be copied, or this is a worker itself
 */
export function checkAssignment(server: BaseServer, copy: Copy): void {
  checkMayHaveWorkers();
  assignmentOf(server, copy);
}

/** What a worker is told of a server. */
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

/** What the mix-in of a server says of its workers. */
export interface WorkersOptions {
  /** How many at most. */
  readonly size: () => number;
  /** How many connections each of them serves at the same time; without limit where it is left out. */
  readonly capacity?: number;
  readonly start: StartWorker;
  /** What a worker is told has to stand this. */
  readonly copy: Copy;
  /** True if a connection that is served keeps the process alive. */
  readonly keepsAlive: () => boolean;
  /** Told when a worker has died. */
  readonly died: (error: WorkerError) => void;
}

// Not fields of the mix-ins: a base's constructor calls hooks, and closes what could not be bound, before there are any.
const pools = new WeakMap<object, WorkerPool>();
const updates = new WeakMap<object, unknown>();

/**
 * Starts the first worker, which shows whether there can be any. What the server is by now, all of them will be.
 *
 * @throws `WorkerError` where there can't be any
 */
export async function startWorkers(server: BaseServer, options: WorkersOptions): Promise<void> {
  // Closed while it was bound: nobody would end them.
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

/** Tells the server in each worker something: those that there are, and those that are started later. */
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

/** In a worker, has a method of its server called where connections are accepted; elsewhere there is no such place. */
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
