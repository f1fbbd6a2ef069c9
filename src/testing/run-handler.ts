import { checkOptions, type OptionNames } from "../errors/check-options.js";
import type { HTTPServer } from "../http/http-server.js";
import { HTTPMessage } from "../http1/message.js";
import type { InetAddress, UnixAddress } from "../socketserver/addresses.js";
import type { AnyServer } from "../socketserver/base-request-handler.js";
import type { BaseServer } from "../socketserver/base-server.js";
import { placeOfOption } from "../socketserver/handler-class.js";
import type { UDPServer } from "../socketserver/udp-server.js";
import type { HandlerClassFor, RecordOf, TestedHandler } from "./handler-types.js";
import { Journal, type RecordedInput, type RecordedRequest } from "./journal.js";
import { MemoryConnection, type SentBytes } from "./memory-connection.js";
import { Observation, observed, type ServerClass } from "./observed-server.js";
import { type ParsedReply, parseReplies } from "./parse-replies.js";
import { type AnyHandlerClass, isHTTPHandler, recording } from "./recording-handler.js";
import { chooseServer, loopbackOf } from "./server-classes.js";
import { throwAll } from "./test-server.js";

/**
 * Options of {@link runHandler}.
 *
 * @typeParam Args - type of `handler_args`, the last argument of the handler's constructor
 */
export interface RunHandlerOptions<Args = object> {
  /** Last argument of the handler's constructor: the server's option `handler_args`. */
  readonly handler_args?: Args | undefined;
  /** The handler's `client_address`. Default `["127.0.0.1", 50000]`. */
  readonly client_address?: InetAddress | UnixAddress | undefined;
  /**
   * Treatment of errors that the handler throws. Default `"throw"`: `runHandler` rejects with the error. With
   * `"return"`, `errors` contains the error.
   */
  readonly errors?: "throw" | "return" | undefined;
}

/**
 * Result of running a handler.
 *
 * @typeParam Input - type of the {@link requests}
 */
export interface HandlerRun<Input extends RecordedInput = RecordedInput> {
  /** Bytes that the handler has sent to the client. */
  readonly bytes: Buffer;
  /** Input that the handler has read. */
  readonly requests: readonly Input[];
  /** One entry for each call of `log_message`, without address and time. */
  readonly log: readonly string[];
  /** Errors that the handler has thrown, if `errors` is `"return"`. */
  readonly errors: readonly unknown[];
  /** True if the handler has reset the connection. */
  readonly wasReset: boolean;
}

/** Result of running an HTTP handler. */
export interface HTTPHandlerRun extends HandlerRun<RecordedRequest> {
  /** Responses in order. Only `bytes` contains 1xx responses. */
  readonly replies: readonly ParsedReply[];
  /** Status of the first response; `null` without a response. */
  readonly status: number | null;
  /** The header fields of the first response. */
  readonly headers: HTTPMessage;
  /** Content of the first response, without the framing. */
  readonly body: Buffer;
}

const NAMES: OptionNames<RunHandlerOptions & { ServerClass: unknown }> = {
  handler_args: true,
  client_address: true,
  errors: true,
  ServerClass: true,
};

const CLIENT: InetAddress = ["127.0.0.1", 50000];

/**
 * Runs a handler on bytes, without a socket. The same code runs as in a server, from `finish_request` on.
 *
 * ```ts
 * const { status, body } = await runHandler(Hello, "GET /hello HTTP/1.1\r\nHost: test\r\n\r\n");
 * ```
 *
 * The simulated client sends the bytes, ends its sending side, and reads everything. The bytes may contain several
 * requests. The elements of an array arrive one by one.
 *
 * @param HandlerClass - the handler's class
 * @param bytes - input of the handler; text is sent as UTF-8. For a handler of datagrams, one datagram
 * @param options - `handler_args`, the client's address, the treatment of errors, and the class of the server
 * @returns the result, when the handler has finished
 * @throws errors from the handler, and an `Error` if an HTTP handler has written invalid HTTP
 */
export function runHandler<Handler extends TestedHandler, Args extends object>(
  HandlerClass: HandlerClassFor<HTTPServer, Args, Handler>,
  bytes: SentBytes,
  options?: RunHandlerOptions<Args>,
): Promise<RunOf<Handler>>;
/**
 * Runs a handler of datagrams.
 *
 * @param HandlerClass - the handler's class
 * @param bytes - one datagram
 * @param options - `handler_args`, the client's address, the treatment of errors
 * @returns the result, when the handler has finished
 */
export function runHandler<Handler extends TestedHandler, Args extends object>(
  HandlerClass: HandlerClassFor<UDPServer, Args, Handler>,
  bytes: string | Uint8Array,
  options?: RunHandlerOptions<Args>,
): Promise<HandlerRun>;
/**
 * Runs a handler with a server of the given class. The server is not bound.
 *
 * @param HandlerClass - the handler's class
 * @param bytes - input of the handler
 * @param options - `ServerClass`, and the other options
 * @returns the result, when the handler has finished
 */
export function runHandler<Server extends AnyServer, Handler extends TestedHandler, Args extends object>(
  HandlerClass: HandlerClassFor<Server, Args, Handler>,
  bytes: SentBytes,
  options: RunHandlerOptions<Args> & { readonly ServerClass: ServerClass<Server> },
): Promise<RunOf<Handler>>;
export async function runHandler(
  HandlerClass: AnyHandlerClass,
  bytes: SentBytes,
  options: RunHandlerOptions & { readonly ServerClass?: unknown } = {},
): Promise<HandlerRun> {
  checkOptions(options, NAMES, "runHandler()", (key) => placeOfOption(key, HandlerClass, {}));
  const { ServerClass, protocol } = chooseServer(HandlerClass, options);
  if (protocol === "https")
    throw new TypeError("runHandler has no socket, so it can't use TLS. Give an HTTPServer, or no server.");
  const client_address = options.client_address ?? (protocol === "unix" ? "" : CLIENT);
  const [request, outcome] =
    protocol === "udp" ? datagram(bytes as string) : connection(bytes, client_address);
  const seen = new Observation();
  const journal = new Journal();
  const Server = observed(ServerClass, seen);
  const server = new Server(loopbackOf(ServerClass), recording(HandlerClass, journal), {
    bind_and_activate: false,
    handler_args: options.handler_args,
  });
  await serve(server, request, client_address);

  const { requests, log } = journal;
  const errors = seen.errors.splice(0);
  if (options.errors !== "return") throwAll(errors);
  const run = { ...outcome(), requests, log, errors };
  return isHTTPHandler(HandlerClass) ? withReplies(run as HandlerRun as HandlerRun<RecordedRequest>) : run;
}

/** Result type of {@link runHandler} for a handler. */
export type RunOf<Handler> = RecordOf<Handler> extends RecordedRequest ? HTTPHandlerRun : HandlerRun;

type Outcome = () => Pick<HandlerRun, "bytes" | "wasReset">;

function connection(
  bytes: SentBytes,
  client_address: InetAddress | UnixAddress,
): [request: unknown, outcome: Outcome] {
  const stand = new MemoryConnection(bytes, client_address);
  stand.on("error", () => {});
  return [stand, () => ({ bytes: stand.written, wasReset: stand.wasReset })];
}

function datagram(bytes: string | Uint8Array): [request: unknown, outcome: Outcome] {
  const socket = new MemoryDatagrams();
  return [[Buffer.from(bytes as string), socket], () => ({ bytes: socket.sent, wasReset: false })];
}

/** Serves a request in the same way as a server that has accepted it. */
async function serve(server: BaseServer, request: unknown, client_address: unknown): Promise<void> {
  try {
    await server.finish_request(request, client_address);
  } catch (error) {
    await server.handle_error(request, client_address, error);
  } finally {
    await server.shutdown_request(request);
    await server.server_close();
  }
}

function withReplies(run: HandlerRun<RecordedRequest>): HTTPHandlerRun {
  const replies = parseReplies(
    run.bytes,
    run.requests.map(({ method }) => method),
  );
  const { status = null, headers = new HTTPMessage(), body = Buffer.alloc(0) } = replies[0] ?? {};
  return { ...run, replies, status, headers, body };
}

/** Replaces a `dgram.Socket`, and keeps the datagrams that a handler sends. */
class MemoryDatagrams {
  readonly #sent: Buffer[] = [];

  /** The bytes of all sent datagrams. */
  get sent(): Buffer {
    return Buffer.concat(this.#sent);
  }

  /** Same as `send` of `dgram.Socket`. It ignores the address, because there is only one client. */
  send(data: string | Uint8Array | readonly (string | Uint8Array)[], ...more: unknown[]): void {
    const pieces = Array.isArray(data) ? data : [data];
    this.#sent.push(Buffer.concat(pieces.map((piece) => Buffer.from(piece as string))));
    const done = more.at(-1);
    if (typeof done === "function") queueMicrotask(() => done(null));
  }
}
