import type { Server, Socket } from "node:net";
import { restoreSnapshot } from "./attributes.js";
import { type AnyClass, resolveClass } from "./class-reference.js";
import { type Deferred, deferred } from "./deferred.js";
import {
  type AcceptorLink,
  type Assignment,
  type MessageToWorker,
  type ServerMethod,
  sendable,
} from "./messages.js";
import { setPhase } from "./phase.js";
import { type Acceptor, type Placement, placement } from "./placement.js";
import { WorkerError } from "./worker-error.js";

/** The server's methods that a worker needs. */
export interface WorkerServer {
  readonly [placement]: Placement;
  /** Serves a connection that another thread or process has accepted. Never rejects. */
  take_over(connection: Socket, client_address: unknown): PromiseLike<void> | void;
  /** Called with true if the server will close soon. */
  set_leaving(isLeaving: boolean): void;
  /** Asks handlers to end. */
  begin_draining(): void;
  /** Accepts connections from a listening server. */
  accept_from(listener: Server): void;
  /** Stops accepting. Returns the listening server. */
  stop_accepting(): Server;
  /** Resolves when no request is served, and none waits. */
  requests_done(): Promise<unknown>;
  /** Resolves when no connection is open. */
  connections_closed(): Promise<void>;
  /** Closes a connection. */
  abort_request(connection: Socket): void;
  /** Closes the connections of all requests. */
  abort_requests(): void;
  /** Returns its counters, in a form that can be sent. */
  own_stats(): unknown;
  /** Applies an update from the thread that accepts. */
  apply_update(update: unknown): void;
}

type ServerClass = new (address: unknown, handler: AnyClass, options: object) => WorkerServer;

/** A thread or a process that serves connections of the accepting thread. */
export class WorkerSide implements Acceptor {
  readonly #link: AcceptorLink;
  readonly #connections = new Map<number, Socket>();
  readonly #calls = new Map<number, Deferred<unknown>>();
  #server: Promise<WorkerServer | null> = Promise.resolve(null);
  #lastCall = 0;
  #isEnding = false;
  /** The number of the `accept` job, while it accepts or has connections; otherwise `null`. */
  #accepting: number | null = null;

  constructor(link: AcceptorLink) {
    this.#link = link;
  }

  /** Handles a message. Messages for the server wait until it exists. */
  receive(message: MessageToWorker, handle?: Socket | Server): void {
    switch (message.type) {
      case "assign":
        this.#server = this.#rebuild(message.assignment);
        return;
      case "serve":
        return this.#serve(message.id, handle as Socket | undefined, message.client_address);
      case "accept":
        this.#accepting = message.id;
        return this.#withServer((server) => server.accept_from(handle as Server));
      case "stop_accepting":
        return this.#withServer((server) => this.#stopAccepting(server, message.id));
      case "abort":
        if (message.id === this.#accepting) return this.#withServer((server) => server.abort_requests());
        return this.#abort(this.#connections.get(message.id));
      case "tell":
        return this.#withServer((server) => server[message.method](message.argument as never));
      case "called":
        return this.#called(message);
      case "report":
        return this.#withServer((server) =>
          this.#link.send({ type: "report", id: message.id, report: server.own_stats() }),
        );
      case "end":
        this.#isEnding = true;
        return this.#exitWhenClosed();
    }
  }

  /** Calls a method of the server on the accepting thread. */
  call(method: ServerMethod): Promise<unknown> {
    const id = ++this.#lastCall;
    const result = deferred<unknown>();
    this.#calls.set(id, result);
    this.#link.send({ type: "call", id, method });
    return result.promise;
  }

  #called({ id, failure, result }: MessageToWorker & { readonly type: "called" }): void {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (failure === null) call?.resolve(result);
    else call?.reject(failure.error);
  }

  async #rebuild(assignment: Assignment): Promise<WorkerServer | null> {
    try {
      const server = await rebuild(assignment);
      server[placement].acceptor = this;
      this.#link.send({ type: "ready" });
      return server;
    } catch (error) {
      const { code, message, cause } = error instanceof WorkerError ? error : notRebuilt(assignment, error);
      this.#link.send({ type: "failed", code, message, cause: sendable(cause) });
      return null;
    }
  }

  #withServer(act: (server: WorkerServer) => void): void {
    void this.#server.then((server) => server && act(server));
  }

  #serve(id: number, connection: Socket | undefined, client_address: unknown): void {
    // The connection was reset on its way to this process.
    if (connection === undefined) return this.#link.send({ type: "done", id, isClosed: true });
    this.#connections.set(id, connection);
    connection.on("error", () => {});
    connection.once("close", () => {
      this.#connections.delete(id);
      this.#exitWhenClosed();
    });
    void this.#server
      .then((server) => server?.take_over(connection, client_address))
      .then(() => sent(connection))
      .finally(() => this.#done(id, connection));
  }

  #abort(connection: Socket | undefined): void {
    if (connection === undefined) return;
    void this.#server.then((server) =>
      server === null ? connection.destroy() : server.abort_request(connection),
    );
  }

  #stopAccepting(server: WorkerServer, id: number): void {
    this.#link.send({ type: "listener", id }, server.stop_accepting());
    void server.requests_done().then(() => {
      this.#link.send({ type: "done", id, isClosed: false });
      void server.connections_closed().then(() => {
        this.#link.send({ type: "closed", id });
        if (this.#accepting === id) this.#accepting = null;
        this.#exitWhenClosed();
      });
    });
  }

  // The connection may still wait for its client to close. The server does not wait for that, but counts the connection
  // until then.
  #done(id: number, connection: Socket): void {
    const isClosed = connection.destroyed;
    this.#link.send({ type: "done", id, isClosed });
    if (!isClosed) connection.once("close", () => this.#link.send({ type: "closed", id }));
  }

  // A finished connection may still wait for its client to close. If the worker ended before, the system could reset
  // the connection because of unread input, and the end of the response would be lost.
  #exitWhenClosed(): void {
    const isClosed = this.#connections.size === 0 && this.#accepting === null;
    if (this.#isEnding && isClosed) this.#link.exit();
  }
}

async function rebuild(assignment: Assignment): Promise<WorkerServer> {
  setPhase("importing");
  const Server = (await resolveClass(assignment.server)) as unknown as ServerClass;
  const Handler = await resolveClass(assignment.handler);
  restoreSnapshot(Server, assignment.serverAttributes, Server.name);
  restoreSnapshot(Handler, assignment.handlerAttributes, Handler.name);
  const server = construct(Server, Handler, assignment);
  restoreSnapshot(server, assignment.fields, `the server's field ${Server.name}`);
  return server;
}

function construct(Server: ServerClass, Handler: AnyClass, assignment: Assignment): WorkerServer {
  const { server_address, handler_args } = assignment;
  setPhase("rebuilding");
  try {
    return new Server(server_address, Handler, { handler_args });
  } finally {
    setPhase("serving");
  }
}

function notRebuilt({ server }: Assignment, error: unknown): WorkerError {
  return new WorkerError(
    "PYSERVE_SERVER_NOT_REBUILT",
    `The server ${server.name} can't be created again in a thread or process, where its constructor is called too: ${String(error)}`,
    { cause: error },
  );
}

/**
 * Resolves when the system has accepted all written data, or the client has disconnected. A worker must not end before
 * that.
 */
function sent(connection: Socket): Promise<void> {
  if (connection.destroyed || connection.writableFinished) return Promise.resolve();
  return new Promise((resolve) => {
    connection.once("finish", resolve);
    connection.once("close", () => resolve());
  });
}
