import type { Socket } from "node:net";
import { isDisconnection } from "../io/connection-errors.js";
import { BaseServer } from "../socketserver/base-server.js";
import { declareVariant } from "../socketserver/class-location.js";
import type { MixinClass } from "../socketserver/mixin-class.js";

/** A server class that can be instantiated. */
export type ServerClass<Server> = new (...args: never[]) => Server;

/** Any server class, to be instantiated with arguments that the caller has checked. */
export type AnyServerClass = new (address: unknown, HandlerClass: unknown, options: object) => BaseServer;

/** Records the work of a server for a test. */
export class Observation {
  /** Errors that `handle_error` got, except those of clients that have disconnected. */
  readonly errors: unknown[] = [];
  /** Resolves when the server is bound, and its first thread has started. */
  readonly bound: Promise<void>;
  /** Resolves {@link bound}. */
  declare hasBound: () => void;
  /** True if the server is closing connections. Handlers may then throw errors about disconnected clients. */
  isClosing = false;
  /** Number of requests that were still running when the server stopped waiting. */
  unfinished = 0;
  readonly #connections = new Set<Socket>();

  constructor() {
    this.bound = new Promise((resolve) => {
      this.hasBound = resolve;
    });
  }

  /** Remembers a connection until it is closed. A datagram has none. */
  addConnection(request: unknown): void {
    if (typeof (request as Partial<Socket>).destroy !== "function") return;
    const connection = request as Socket;
    this.#connections.add(connection);
    connection.once("close", () => this.#connections.delete(connection));
  }

  /** Records an error, unless the client has disconnected, or the server has closed the connection. */
  addError(error: unknown): void {
    if (isDisconnection(error) || (this.isClosing && isDisconnection((error as Error | undefined)?.cause)))
      return;
    this.errors.push(error);
  }

  /** Closes all open connections, including those that linger. */
  closeConnections(): void {
    for (const connection of this.#connections) connection.destroy();
  }
}

/**
 * Returns a subclass that records connections and errors.
 *
 * When it closes, it also waits for daemon requests. Threads use the original class, so they record nothing.
 */
export function observed(Original: AnyServerClass, seen: Observation): AnyServerClass {
  const Base = Original as unknown as MixinClass<BaseServer>;
  const isPrinted = Base.prototype.handle_error === BaseServer.prototype.handle_error;
  abstract class Observed extends Base {
    override async verify_request(request: unknown, client_address: unknown): Promise<boolean> {
      seen.addConnection(request);
      return super.verify_request(request, client_address);
    }

    override async handle_error(request: unknown, client_address: unknown, error: unknown): Promise<void> {
      seen.addError(error);
      // The default implementation prints the error, which the test gets anyway.
      if (!isPrinted) await super.handle_error(request, client_address, error);
    }

    override async server_close(): Promise<void> {
      await super.server_close();
      seen.unfinished = [...this.active_requests()].length;
    }

    protected override async ready_to_serve(): Promise<void> {
      await super.ready_to_serve();
      seen.hasBound();
    }

    protected override waits_for_requests(): boolean {
      return true;
    }
  }
  Object.defineProperty(Observed, "name", { value: Original.name });
  declareVariant(Observed, Original);
  return Observed as unknown as AnyServerClass;
}
