import type { AddressOf, AnyServer } from "../socketserver/base-request-handler.js";
import type { BaseServer } from "../socketserver/base-server.js";
import { placement } from "../socketserver/class-location.js";
import type { Journal, RecordedInput } from "./journal.js";
import type { Observation } from "./observed-server.js";
import type { Protocol } from "./server-classes.js";

/** Parts of a {@link TestServer}. */
export interface TestServerParts<Server, Input extends RecordedInput> {
  readonly server: Server;
  readonly protocol: Protocol;
  readonly journal: Journal<Input>;
  readonly seen: Observation;
  readonly ca: string | undefined;
  readonly serving: Promise<void>;
  /** Removes the folder of the server's socket. */
  readonly release: () => void;
}

/**
 * Server for a test, the result of {@link startServer}. It serves until you close it, which `await using` does for you.
 *
 * @typeParam Server - the class of {@link server}
 * @typeParam Input - type of the {@link requests}: {@link RecordedRequest} for HTTP, otherwise {@link RecordedInput}
 */
export class TestServer<Server extends AnyServer = AnyServer, Input extends RecordedInput = RecordedInput>
  implements AsyncDisposable
{
  /** The server itself, for tests that need its settings or methods. */
  readonly server: Server;
  readonly #parts: TestServerParts<Server, Input>;
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(parts: TestServerParts<Server, Input>) {
    this.server = parts.server;
    this.#parts = parts;
  }

  /** Address for `net.connect` and `dgram`: `[host, port]`, or a path. */
  get address(): AddressOf<Server> {
    return this.server.server_address as AddressOf<Server>;
  }

  /** URL without a final slash: `http://127.0.0.1:41234`, `tcp://…`, `unix:/tmp/…/socket`. */
  get url(): string {
    const { protocol } = this.#parts;
    const address: unknown = this.address;
    if (typeof address === "string") return `${protocol}:${address}`;
    const [host, port] = address as readonly [string, number];
    return `${protocol}://${host.includes(":") ? `[${host}]` : host}:${port}`;
  }

  /**
   * Certificate that clients must trust, in PEM format: the `ca` of `node:https` and `node:tls`. `undefined` without
   * TLS.
   */
  get ca(): string | undefined {
    return this.#parts.ca;
  }

  /**
   * Requests so far, in the order of arrival. The kit adds a request just before it calls the handler.
   *
   * @throws `Error` if the server uses threads or processes: they run the original classes, so the kit can't record
   *   their requests
   */
  get requests(): readonly Input[] {
    return this.#recorded().requests;
  }

  /**
   * Log so far: one entry for each call of `log_message`, without address and time. The kit prints nothing.
   *
   * @throws `Error` if the server uses threads or processes
   */
  get log(): readonly string[] {
    return this.#recorded().log;
  }

  /**
   * Errors that handlers and hooks have thrown so far. {@link close} throws them, unless you take them with
   * {@link takeErrors}.
   *
   * A client that disconnects is not an error. Errors in threads and processes are not recorded: `handle_error` prints
   * them there.
   */
  get errors(): readonly unknown[] {
    return this.#parts.seen.errors;
  }

  /**
   * Removes and returns the errors that a test expects, so that {@link close} does not throw them.
   *
   * @returns all {@link errors} so far
   */
  takeErrors(): unknown[] {
    return this.#parts.seen.errors.splice(0);
  }

  /**
   * Waits until the handlers of `count` requests have finished.
   *
   * @param count - the number of requests since the start of the server. Default 1
   * @returns the last of these requests
   * @throws `Error` if the server closes first, or uses threads or processes
   */
  async served(count = 1): Promise<Input> {
    const journal = this.#recorded();
    await journal.whenServed(count);
    return journal.requests[count - 1] as Input;
  }

  /**
   * Closes the server and all connections at once, without waiting for handlers. You may call it more than once.
   *
   * @throws the {@link errors}, and an `Error` if a handler still runs one second after its connection was closed;
   *   several errors as an `AggregateError`
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
    if ((this.server as BaseServer)[placement].pool === null) return this.#parts.journal;
    throw new Error(
      "Requests that threads or processes serve are not recorded: set max_threads to 0, or check what the client receives.",
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
      seen.closeConnections();
      journal.close();
      release();
    }
    if (seen.unfinished > 0) seen.errors.push(new Error(unfinished(seen.unfinished)));
    throwAll(this.takeErrors());
  }
}

/** Throws the only error, or several as an `AggregateError`. */
export function throwAll(errors: readonly unknown[]): void {
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new AggregateError(errors, `${errors.length} errors: ${errors.join("; ")}`);
}

function unfinished(count: number): string {
  return `Handlers that did not end when their connection was closed: ${count}. Pass this.signal to everything that they await.`;
}
