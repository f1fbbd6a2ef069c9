import type { Server, Socket } from "node:net";
import type { Snapshot } from "./attributes.js";
import type { ClassReference } from "./class-reference.js";
import type { WorkerErrorCode } from "./worker-error.js";

/** First message to a worker (a thread or a process): everything that it needs to serve requests. */
export interface Assignment {
  readonly server: ClassReference;
  readonly handler: ClassReference;
  readonly server_address: unknown;
  readonly handler_args: object | undefined;
  readonly serverAttributes: Snapshot;
  readonly handlerAttributes: Snapshot;
  readonly fields: Snapshot;
}

/** Methods of the server that are called in this thread and in every worker, each with the type of its argument. */
export interface ToldMethods {
  /** True if the server will close soon; false if it serves again. */
  set_leaving: boolean;
  /** The server closes: requests in progress should end. */
  begin_draining: undefined;
  apply_update: unknown;
}

/** A call of one of the {@link ToldMethods}. */
export interface Told {
  readonly method: keyof ToldMethods;
  readonly argument: unknown;
}

/** Message to a worker. */
export type MessageToWorker =
  | { readonly type: "assign"; readonly assignment: Assignment }
  /** Serve the connection that comes with this message. */
  | { readonly type: "serve"; readonly id: number; readonly client_address: unknown }
  /** Accept and serve the connections of the listening server that comes with this message. */
  | { readonly type: "accept"; readonly id: number }
  /** The worker must accept no more connections, and return the listening server. */
  | { readonly type: "stop_accepting"; readonly id: number }
  /** The time limit of one request, or of all connections of an `accept`, has passed. */
  | { readonly type: "abort"; readonly id: number }
  | ({ readonly type: "tell" } & Told)
  /** A `call` has finished or failed. */
  | {
      readonly type: "called";
      readonly id: number;
      readonly failure: { readonly error: unknown } | null;
      /** The result of the call. */
      readonly result?: unknown;
    }
  /** Requests the counters. */
  | { readonly type: "report"; readonly id: number }
  /** There is no more work. Open connections should be closed soon. */
  | { readonly type: "end" };

/** Methods of the server that a handler in a worker can call. */
export type ServerMethod = "shutdown" | "server_close" | "stats";

/** Message from a worker. */
export type MessageFromWorker =
  /** The worker can serve. */
  | { readonly type: "ready" }
  /** The worker can never serve. */
  | {
      readonly type: "failed";
      readonly code: WorkerErrorCode;
      readonly message: string;
      readonly cause: unknown;
    }
  /** The worker accepts no more connections. The listening server is attached. */
  | { readonly type: "listener"; readonly id: number }
  /**
   * A connection was served, and everything was sent. For an `accept`, this applies to all its connections. If they are
   * not closed yet, `closed` follows.
   */
  | { readonly type: "done"; readonly id: number; readonly isClosed: boolean }
  | { readonly type: "closed"; readonly id: number }
  /** Counters of the worker so far. */
  | { readonly type: "report"; readonly id: number; readonly report: unknown }
  /** A handler calls a method of the server on the thread that accepts. */
  | { readonly type: "call"; readonly id: number; readonly method: ServerMethod };

/** The accepting thread's link to a worker. */
export interface WorkerLink {
  /** The number of the thread, or of the process. */
  readonly id: number;
  /** True if its event loop waits for something to do at this moment. */
  readonly isIdle: boolean;
  /** Sends a message, optionally with a connection or a listening server, which moves to the worker. */
  send(message: MessageToWorker, handle?: Socket | Server): void;
  /** Keeps this process alive for the worker. */
  ref(): void;
  /** Lets this process end, and the worker with it. */
  unref(): void;
  /** Ends the worker, even if it is busy. */
  terminate(): void;
}

/** Events of a worker. */
export interface WorkerEvents {
  message(message: MessageFromWorker, listener?: Server): void;
  /** The worker has ended. `reason` is the thrown value, or another description. Called once. */
  ended(reason: unknown): void;
}

/** Starts a worker. */
export type StartWorker = (events: WorkerEvents) => WorkerLink;

/** A worker's link to the thread that accepts. */
export interface AcceptorLink {
  send(message: MessageFromWorker, listener?: Server): void;
  /** Ends this worker at once. */
  exit(): void;
}

/**
 * A message between a process and its child. Their channel may also be used by the application (`process.send`). A
 * secret key marks pyserve's own messages.
 */
export type Packet<Message> = readonly [key: string, message: Message];

/** Returns the message of a packet; `undefined` for anything else. */
export function unpack<Message>(packet: unknown, key: string): Message | undefined {
  return Array.isArray(packet) && packet[0] === key ? packet[1] : undefined;
}

/** Returns a thrown value, or its text if it can't be sent to another thread or process. */
export function sendable(error: unknown): unknown {
  try {
    return structuredClone(error);
  } catch {
    return String(error);
  }
}
