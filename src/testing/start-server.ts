import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { checkOptions, type OptionNames } from "../errors/check-options.js";
import type { ThreadingHTTPServer } from "../http/http-server.js";
import type { ThreadingHTTPSServer } from "../http/https-server.js";
import type { AnyServer } from "../socketserver/base-request-handler.js";
import { placeOfOption } from "../socketserver/handler-class.js";
import type { ThreadingUDPServer, ThreadingUnixStreamServer } from "../socketserver/threading-mixin.js";
import { selfSignedCertificate } from "../tls/self-signed-certificate.js";
import type { HandlerClassFor, RecordOf, TestedHandler } from "./handler-types.js";
import { Journal, type RecordedInput } from "./journal.js";
import { Observation, observed, type ServerClass } from "./observed-server.js";
import { type AnyHandlerClass, recording } from "./recording-handler.js";
import { chooseServer, loopbackOf, type Protocol } from "./server-classes.js";
import { TestServer } from "./test-server.js";

/**
 * Options of {@link startServer}.
 *
 * @typeParam Args - type of `handler_args`, the last argument of the handler's constructor
 * @typeParam Protocols - the possible protocols
 */
export interface StartServerOptions<Args = object, Protocols extends Protocol = Protocol> {
  /** Last argument of each handler's constructor: the server's option `handler_args`. */
  readonly handler_args?: Args | undefined;
  /**
   * Protocol of the server. Default: `http` for a `BaseHTTPRequestHandler`, `udp` for a `DatagramRequestHandler`, and
   * `tcp` for all others.
   */
  readonly protocol?: Protocols | undefined;
}

const OPTIONS: OptionNames<StartServerOptions & { ServerClass: unknown }> = {
  handler_args: true,
  protocol: true,
  ServerClass: true,
};

/** Type of a test server with HTTPS, whose {@link TestServer.ca} is not `undefined`. */
export interface WithCertificate {
  /** The certificate that clients must trust, in PEM format: the `ca` of `node:https` and `node:tls`. */
  readonly ca: string;
}

/** Names in the kit's certificates: those of the loopback interface. */
const NAMES = ["localhost", "127.0.0.1", "::1"];

/**
 * Starts a server for a test, on a free port of the loopback interface or on a new path. It serves requests
 * concurrently.
 *
 * ```ts
 * await using server = await startServer(Hello);
 * const response = await fetch(`${server.url}/hello`);
 * ```
 *
 * With `protocol: "https"`, the server has its own certificate, which clients must trust: {@link TestServer.ca}. With
 * `ServerClass`, the server has the settings of that class, including its threads.
 *
 * @param HandlerClass - the handler's class; {@link scriptedHandler} creates one from responses
 * @param options - the protocol, or the class of the server; `handler_args`
 * @returns the server, when it is bound
 * @throws errors from the server's constructor, and from `serve_forever` if it can't begin
 */
export function startServer<Handler extends TestedHandler, Args extends object>(
  HandlerClass: HandlerClassFor<ThreadingHTTPServer, Args, Handler>,
  options?: StartServerOptions<Args, "http" | "tcp">,
): Promise<TestServer<Extract<Handler["server"], AnyServer>, RecordOf<Handler>>>;
/**
 * Starts a UDP server.
 *
 * @param HandlerClass - the handler's class
 * @param options - `handler_args`
 * @returns the server, when it is bound
 */
export function startServer<Handler extends TestedHandler, Args extends object>(
  HandlerClass: HandlerClassFor<ThreadingUDPServer, Args, Handler>,
  options?: StartServerOptions<Args, "udp">,
): Promise<TestServer<Extract<Handler["server"], AnyServer>, RecordedInput>>;
/**
 * Starts an HTTPS server.
 *
 * @param HandlerClass - the handler's class
 * @param options - `protocol: "https"`; `handler_args`
 * @returns the server, when it is bound
 */
export function startServer<Handler extends TestedHandler, Args extends object>(
  HandlerClass: HandlerClassFor<ThreadingHTTPSServer, Args, Handler>,
  options: StartServerOptions<Args, "https"> & { readonly protocol: "https" },
): Promise<TestServer<Extract<Handler["server"], AnyServer>, RecordOf<Handler>> & WithCertificate>;
/**
 * Starts a server on a Unix socket.
 *
 * @param HandlerClass - the handler's class
 * @param options - `protocol: "unix"`; `handler_args`
 * @returns the server, when it is bound
 */
export function startServer<Handler extends TestedHandler, Args extends object>(
  HandlerClass: HandlerClassFor<ThreadingUnixStreamServer, Args, Handler>,
  options: StartServerOptions<Args, "unix"> & { readonly protocol: "unix" },
): Promise<TestServer<Extract<Handler["server"], AnyServer>, RecordOf<Handler>>>;
/**
 * Starts a server of the given class.
 *
 * @param HandlerClass - the handler's class
 * @param options - `ServerClass`; `handler_args`
 * @returns the server, when it is bound
 */
export function startServer<Server extends AnyServer, Handler extends TestedHandler, Args extends object>(
  HandlerClass: HandlerClassFor<Server, Args, Handler>,
  options: { readonly ServerClass: ServerClass<Server>; readonly handler_args?: Args | undefined },
): Promise<TestServer<Server, RecordOf<Handler>>>;
export async function startServer(
  HandlerClass: AnyHandlerClass,
  options: StartServerOptions & { readonly ServerClass?: unknown } = {},
): Promise<TestServer> {
  checkOptions(options, OPTIONS, "startServer()", (key) => placeOfOption(key, HandlerClass, {}));
  const { ServerClass, protocol } = chooseServer(HandlerClass, options);
  const seen = new Observation();
  const journal = new Journal();
  const socket = protocol === "unix" ? makeSocketPath() : undefined;
  const certificate = protocol === "https" ? selfSignedCertificate(NAMES) : undefined;
  const release = () => socket?.remove();
  try {
    const Server = observed(ServerClass, seen);
    const server = new Server(socket?.path ?? loopbackOf(ServerClass), recording(HandlerClass, journal), {
      handler_args: options.handler_args,
      ...(certificate && { cert: certificate.cert, key: certificate.key }),
    });
    const serving = server.serve_forever();
    await Promise.race([seen.bound, serving]);
    await nextTurn();
    return new TestServer({ server, protocol, journal, seen, ca: certificate?.cert, serving, release });
  } catch (error) {
    release();
    throw error;
  }
}

/** Creates a folder for a socket. On Windows, a socket has the name of a pipe instead. */
function makeSocketPath(): { readonly path: string; remove(): void } {
  if (process.platform === "win32") return { path: `\\\\.\\pipe\\pyserve-${randomUUID()}`, remove() {} };
  const folder = mkdtempSync(join(tmpdir(), "pyserve-"));
  return { path: join(folder, "socket"), remove: () => rmSync(folder, { recursive: true, force: true }) };
}
