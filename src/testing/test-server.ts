import type { AddressOf, AnyServer } from "../socketserver/base-request-handler.js";
import type { BaseServer } from "../socketserver/base-server.js";
import { workersOf } from "../socketserver/hand-over.js";
import type { Journal, RecordedInput } from "./journal.js";
import type { Observation } from "./observed-server.js";
import type { Protocol } from "./server-classes.js";

/** What {@link TestServer} is made of. */
export interface TestServerParts<Server, Input extends RecordedInput> {
  readonly server: Server;
  readonly protocol: Protocol;
  readonly journal: Journal<Input>;
  readonly seen: Observation;
  readonly ca: string | undefined;
  readonly serving: Promise<void>;
  /** Removes what was made for the address. */
  readonly release: () => void;
}

/**
 * A server for the time of a test: what {@link startServer} gives. It serves until it is closed, which `await using` does.
 *
 * @typeParam Server - the class of {@link server}
 * @typeParam Input - what {@link requests} are: {@link RecordedRequest} for HTTP, else {@link RecordedInput}
 */
export class TestServer<Server extends AnyServer = AnyServer, Input extends RecordedInput = RecordedInput>
  implements AsyncDisposable
{
  /** The server itself, for what a test wants to set or ask. */
  readonly server: Server;
  readonly #parts: TestServerParts<Server, Input>;
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(parts: TestServerParts<Server, Input>) {
    this.server = parts.server;
    this.#parts = parts;
  }

  /** Where it is: `[host, port]`, or a path. What `net.connect` and `dgram` want, in pieces. */
  get address(): AddressOf<Server> {
    return this.server.server_address as AddressOf<Server>;
  }

  /** Where it is, without a slash at the end: `http://127.0.0.1:41234`, `tcp://…`, `unix:/tmp/…/socket`. */
  get url(): string {
    const { protocol } = this.#parts;
    const address: unknown = this.address;
    if (typeof address === "string") return `${protocol}:${address}`;
    const [host, port] = address as readonly [string, number];
    return `${protocol}://${host.includes(":") ? `[${host}]` : host}:${port}`;
  }

  /** The certificate that a client has to trust, PEM: the `ca` of `node:https` and `node:tls`. `undefined` without TLS. */
  get ca(): string | undefined {
    return this.#parts.ca;
  }

  /**
   * What clients have sent so far, in the order in which it came. A request is there as soon as its handler is called with
   * it.
   *
   * @throws `Error` of a server whose threads or processes serve: they run the classes as their modules export them, and tell
   *   nothing of it
   */
  get requests(): readonly Input[] {
    return this.#recorded().requests;
  }

  /**
   * What the handlers have logged: one entry for each `log_message`, without address and time. It is printed nowhere.
   *
   * @throws `Error` of a server whose threads or processes serve, as {@link requests}
   */
  get log(): readonly string[] {
    return this.#recorded().log;
  }

  /**
   * What the handlers and the hooks have thrown so far. {@link close} throws what is left here.
   *
   * That a client went away is no error, as for `handle_error`. What handlers throw in threads and processes is printed there
   * by `handle_error`, and not here.
   */
  get errors(): readonly unknown[] {
    return this.#parts.seen.errors;
  }

  /**
   * Takes the errors that a test expects, so that {@link close} does not throw them.
   *
   * @returns what {@link errors} were
   */
  takeErrors(): unknown[] {
    return this.#parts.seen.errors.splice(0);
  }

  /**
   * Waits until requests have been served: their handlers are done, not only called.
   *
   * @param count - how many in all, since the server was started
   * @returns the last of them
   * @throws `Error` when the server is closed before, and of a server whose threads or processes serve, as {@link requests}
   */
  async served(count = 1): Promise<Input> {
    const journal = this.#recorded();
    await journal.whenServed(count);
    return journal.requests[count - 1] as Input;
  }

  /**
   * Closes everything at once: no time is given to what is served. Nothing is left open. It may be called more than once.
   *
   * @throws what a handler or a hook has thrown and {@link takeErrors} has not taken, and an `Error` where a handler goes on
   *   a second after its connection was cut off; an `AggregateError` of several
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** The same as {@link close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #recorded(): Journal<Input> {
    if (workersOf(this.server as BaseServer) === undefined) return this.#parts.journal;
    throw new Error(
      "What threads and processes serve is not recorded: serve with max_threads 0, or look at what the client gets.",
    );
  }

  async #close(): Promise<void> {
    const { seen, journal, serving, release } = this.#parts;
    const server = this.server as BaseServer;
    seen.isClosing = true;
    server.drain_timeout = 0;
    try {
      await server.server_close();
      await serving;
    } finally {
      seen.cutConnections();
      journal.close();
      release();
    }
    if (seen.unfinished > 0) seen.errors.push(new Error(unfinished(seen.unfinished)));
    throwAll(this.takeErrors());
  }
}

/** Throws what was collected. */
export function throwAll(errors: readonly unknown[]): void {
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new AggregateError(errors, `${errors.length} errors: ${errors.join("; ")}`);
}

function unfinished(count: number): string {
  return `${count} of the handlers went on after the connection was cut off: pass this.signal to what they wait for.`;
}
