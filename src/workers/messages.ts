import type { Server, Socket } from "node:net";
import type { Snapshot } from "./attributes.js";
import type { ClassReference } from "./class-reference.js";
import type { WorkerErrorCode } from "./worker-error.js";

/** All that a worker, a thread or a process, has to know to serve a server's requests: its first message. */
export interface Assignment {
  readonly server: ClassReference;
  readonly handler: ClassReference;
  readonly server_address: unknown;
  readonly handler_args: object | undefined;
  readonly serverAttributes: Snapshot;
  readonly handlerAttributes: Snapshot;
  readonly fields: Snapshot;
}

/** What a worker is told. */
export type MessageToWorker =
  | { readonly type: "assign"; readonly assignment: Assignment }
  /** A connection comes with it. */
  | { readonly type: "serve"; readonly id: number; readonly client_address: unknown }
  /** A listening server comes with it, whose connections are accepted and served there. */
  | { readonly type: "accept"; readonly id: number }
  /** No more connections are to be accepted: the listening server goes back. */
  | { readonly type: "stop_accepting"; readonly id: number }
  /** The server will close soon, or will not any more. */
  | { readonly type: "leave"; readonly isLeaving: boolean }
  /** The server closes: what is served should come to an end. */
  | { readonly type: "drain" }
  /** The time of a request is up, or of all that came by an `accept`. */
  | { readonly type: "abort"; readonly id: number }
  /** What a method of the server was called with, here and in every worker. */
  | { readonly type: "update"; readonly update: unknown }
  /** What was asked with `call` is done, or has failed. */
  | {
      readonly type: "called";
      readonly id: number;
      readonly failure: { readonly error: unknown } | null;
      /** What it gave. */
      readonly result?: unknown;
    }
  /** Asks what it has done so far. */
  | { readonly type: "report"; readonly id: number }
  /** There is nothing more to do. What is open is to be closed soon. */
  | { readonly type: "end" };

/** The methods of the server that a handler in a worker reaches. */
export type ServerMethod = "shutdown" | "server_close" | "stats";

/** What a worker tells. */
export type MessageFromWorker =
  /** It can serve. */
  | { readonly type: "ready" }
  /** It never can. */
  | {
      readonly type: "failed";
      readonly code: WorkerErrorCode;
      readonly message: string;
      readonly cause: unknown;
    }
  /** No more connections are accepted. The listening server comes with it. */
  | { readonly type: "listener"; readonly id: number }
  /**
   * A connection is served, and all that was written is sent; or all connections are that came by an `accept`. Where they are
   * not closed by then, `closed` follows.
   */
  | { readonly type: "done"; readonly id: number; readonly isClosed: boolean }
  | { readonly type: "closed"; readonly id: number }
  /** What it has done so far. */
  | { readonly type: "report"; readonly id: number; readonly report: unknown }
  /** A handler wants a method of the server called where connections are accepted. */
  | { readonly type: "call"; readonly id: number; readonly method: ServerMethod };

/** How the accepting thread talks to a worker. */
export interface WorkerLink {
  /** The number of the thread, or of the process. */
  readonly id: number;
  /** True if its event loop waits for something to do at this moment. */
  readonly isIdle: boolean;
  /** Sends a message, and with it a connection or a listening server, which is gone here afterwards. */
  send(message: MessageToWorker, handle?: Socket | Server): void;
  /** Keeps this process alive for the worker. */
  ref(): void;
  /** Lets this process end, and the worker with it. */
  unref(): void;
  /** Ends the worker, whatever it does. */
  terminate(): void;
}

/** What happens at a worker's. */
export interface WorkerEvents {
  message(message: MessageFromWorker, listener?: Server): void;
  /** It is gone. `reason` is what was thrown, or what is known instead. Called once. */
  ended(reason: unknown): void;
}

/** Starts a worker. */
export type StartWorker = (events: WorkerEvents) => WorkerLink;

/** How a worker talks to the thread that accepts. */
export interface AcceptorLink {
  send(message: MessageFromWorker, listener?: Server): void;
  /** Ends this worker, at once. */
  exit(): void;
}
