import { lookup } from "node:dns/promises";
import { isIP, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { setImmediate as nextTurn } from "node:timers/promises";
import { AF_INET, AF_INET6, type InetAddress } from "../socketserver/addresses.js";
import type { RequestHandlerClass } from "../socketserver/handler-class.js";
import { BaseHTTPRequestHandler } from "./base-http-request-handler.js";
import { type HTTPServer, ThreadingHTTPServer } from "./http-server.js";

/** A class that derives from `BaseHTTPRequestHandler`. */
export type HTTPHandlerClass = Pick<typeof BaseHTTPRequestHandler, "protocol_version"> &
  RequestHandlerClass<Socket, InetAddress>;

/** What {@link run} is told; the parameters of Python's `http.server.test()`, by name. */
export interface RunOptions {
  /** The class whose instances answer requests. Default: `BaseHTTPRequestHandler`, which answers 501 to everything. */
  readonly HandlerClass?: HTTPHandlerClass;
  /** The class of the server. Default: `ThreadingHTTPServer`. */
  readonly ServerClass?: typeof HTTPServer;
  /** The handler's `protocol_version`. Default: `"HTTP/1.1"`; Python's is `"HTTP/1.0"`. */
  readonly protocol?: string;
  /** The port to listen on, 0 for any that is free. Default: 8000. */
  readonly port?: number;
  /** The address or host name to listen on; `null` (the default) or `""` for all interfaces, IPv6 and IPv4. */
  readonly bind?: string | null;
  /** Handed to the constructor of each handler, as the server's option of that name. */
  readonly handler_args?: object;
  /** Stops the server when it is aborted, as quietly as SIGTERM. */
  readonly signal?: AbortSignal;
}

/** Where to listen: a numeric address and its family. */
interface Endpoint {
  readonly family: typeof AF_INET | typeof AF_INET6;
  readonly host: string;
}

/**
 * Runs an HTTP server until it is interrupted: the counterpart of Python's `http.server.test()`, on which the command is built.
 *
 * Prints where it serves, then serves until SIGINT (Ctrl-C, which is acknowledged with a line as in Python), SIGTERM, or the end
 * of `options.signal`. The classes are used as they are given: the protocol and the address family are set on nameless
 * subclasses of them, where Python sets them on the classes themselves.
 *
 * @param options - see {@link RunOptions}
 * @returns when the server has stopped and its port is free again
 * @throws Error with Node's code if the address can't be listened on (`EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`) or found
 *   (`ENOTFOUND`)
 *
 * @example
 * ```ts
 * await run({ HandlerClass: SimpleHTTPRequestHandler, port: 8080, bind: "127.0.0.1" });
 * ```
 */
export async function run(options: RunOptions = {}): Promise<void> {
  const { ServerClass = ThreadingHTTPServer } = options;
  const HandlerClass: HTTPHandlerClass = options.HandlerClass ?? BaseHTTPRequestHandler;
  const { protocol = "HTTP/1.1", port = 8000, bind = null, handler_args = {} } = options;

  const { family, host } = await findEndpoint(bind);
  const Server = named(
    ServerClass.name,
    class extends ServerClass {
      static override address_family = family;
    },
  );
  const Handler = named(
    HandlerClass.name,
    class extends HandlerClass {
      static override protocol_version = protocol;
    },
  );
  using stop = listenForStop(options.signal);
  await using httpd = new Server([host, port], Handler, { handler_args });
  const served = httpd.serve_forever({ signal: stop.signal });
  // Where Node can't bind synchronously, "address in use" comes with the next turn: announce nothing before it.
  await Promise.race([served, nextTurn()]);
  if (!stop.signal.aborted) announce(httpd.server_address);
  await served;
}

function named<C extends object>(name: string, Class: C): C {
  return Object.defineProperty(Class, "name", { value: name, configurable: true });
}

/** As `getaddrinfo` with `AI_PASSIVE`, but all interfaces are the IPv6 wildcard (which takes IPv4 too) wherever there is IPv6. */
async function findEndpoint(bind: string | null): Promise<Endpoint> {
  if (bind === null || bind === "") {
    return hasIPv6() ? { family: AF_INET6, host: "::" } : { family: AF_INET, host: "0.0.0.0" };
  }
  const { address, family } = isIP(bind) === 0 ? await lookup(bind) : { address: bind, family: isIP(bind) };
  return { family: family === 6 ? AF_INET6 : AF_INET, host: address };
}

function hasIPv6(): boolean {
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ family }) => family === "IPv6"),
  );
}

/** Turns signals of the process, and one from the caller, into one signal, until it is disposed of. */
function listenForStop(outer: AbortSignal | undefined): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const stop = () => {
    // No longer: whoever can't wait for requests in flight sends a second signal, and Node ends as it does by itself.
    release();
    controller.abort();
  };
  const interrupt = () => {
    process.stdout.write("\nKeyboard interrupt received, exiting.\n");
    stop();
  };
  const release = () => {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", stop);
    outer?.removeEventListener("abort", stop);
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", stop);
  outer?.addEventListener("abort", stop);
  if (outer?.aborted) stop();
  return { signal: controller.signal, [Symbol.dispose]: release };
}

/** Says where the server is: first as Python does, then, where that is no address to go to, with those that are. */
function announce([host, port]: readonly [string, number]): void {
  const lines = [`Serving HTTP on ${host} port ${port} (${url(host, port)}) ...`];
  if (host === "::" || host === "0.0.0.0") {
    const hosts = ["localhost", ...ownAddresses(host === "::")];
    lines.push(...hosts.map((own) => `  ${url(own, port)}`));
  }
  process.stdout.write(`${lines.join("\n")}\n`);
}

function url(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}/`;
}

/** The addresses at which other machines find this one. Link-local ones are left out: browsers take no zone in a URL. */
function ownAddresses(withIPv6: boolean): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all
    .filter(({ internal }) => !internal)
    .filter((own) => own.family === "IPv4" || (withIPv6 && own.scopeid === 0))
    .map(({ address }) => address);
}
