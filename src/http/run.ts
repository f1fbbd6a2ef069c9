import { lookup } from "node:dns/promises";
import { isIP, type Socket } from "node:net";
import { availableParallelism, networkInterfaces } from "node:os";
import { setImmediate as nextTurn } from "node:timers/promises";
import { AF_INET, AF_INET6, type InetAddress } from "../socketserver/addresses.js";
import { type AnyClass, declareVariant } from "../socketserver/class-location.js";
import type { RequestHandlerClass } from "../socketserver/handler-class.js";
import { supportsThreads, type ThreadingMixIn } from "../socketserver/threading-mixin.js";
import { ownNames } from "../tls/own-names.js";
import { selfSignedCertificate } from "../tls/self-signed-certificate.js";
import { BaseHTTPRequestHandler } from "./base-http-request-handler.js";
import { type HTTPServer, ThreadingHTTPServer } from "./http-server.js";
import { HTTPSServer, ThreadingHTTPSServer } from "./https-server.js";

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
  /** A file with a certificate: serves HTTPS, by default with `ThreadingHTTPSServer`. SIGHUP has it read again. */
  readonly tls_cert?: string | null;
  /** A file with its key. Default: the key stands in `tls_cert`. */
  readonly tls_key?: string | null;
  /** That the key is encrypted with. */
  readonly tls_password?: string | null;
  /** Serves HTTPS with a certificate that is made for this run, and whose fingerprint is printed. Python has no such thing. */
  readonly tls_self_signed?: boolean;
  /** The server's class attribute of that name, see `ThreadingMixIn`. Default: that of `ServerClass`. */
  readonly max_threads?: number;
  /** Stops the server when it is aborted, as quietly as SIGTERM. */
  readonly signal?: AbortSignal;
}

/** How many threads make sense: one for each core; none where there is one core, or where this Node can't. */
export function defaultThreads(): number {
  const cores = availableParallelism();
  return cores > 1 && supportsThreads() ? cores : 0;
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
 * of `options.signal`. Requests that are under way may then finish, for `drain_timeout` seconds; a second signal ends the process.
 * The classes are used as they are given: the protocol and the address family are set on nameless subclasses of them, where
 * Python sets them on the classes themselves.
 *
 * @param options - see {@link RunOptions}
 * @returns when the server has stopped and its port is free again
 * @throws Error with Node's code if the address can't be listened on (`EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`) or found
 *   (`ENOTFOUND`); `CertificateError` and `WorkerError` where there can't be TLS or threads
 *
 * @example
 * ```ts
 * await run({ HandlerClass: SimpleHTTPRequestHandler, port: 8080, bind: "127.0.0.1" });
 * ```
 */
export async function run(options: RunOptions = {}): Promise<void> {
  const usesTLS = options.tls_cert != null || options.tls_self_signed === true;
  const { ServerClass = usesTLS ? ThreadingHTTPSServer : ThreadingHTTPServer } = options;
  const HandlerClass: HTTPHandlerClass = options.HandlerClass ?? BaseHTTPRequestHandler;
  const { protocol = "HTTP/1.1", port = 8000, bind = null, handler_args = {} } = options;

  const { family, host } = await findEndpoint(bind);
  const Server = variantOf(
    ServerClass,
    class extends ServerClass {
      static override address_family = family;
    },
  );
  const Handler = variantOf(
    HandlerClass,
    class extends HandlerClass {
      static override protocol_version = protocol;
    },
  );
  const certificate = options.tls_self_signed === true ? selfSignedCertificate(namesFor(host)) : null;
  const { tls_cert: certfile, tls_key: keyfile, tls_password: password } = options;
  using stop = listenForStop(options.signal);
  await using httpd = new Server([host, port], Handler, {
    handler_args,
    ...(usesTLS && { certfile, keyfile, password, cert: certificate?.cert, key: certificate?.key }),
  });
  prepare(httpd, options.max_threads);
  using _reload = listenForReload(httpd);
  const served = httpd.serve_forever({ signal: stop.signal });
  // Where Node can't bind synchronously, "address in use" comes with the next turn: announce nothing before it.
  await Promise.race([served, nextTurn()]);
  if (!stop.signal.aborted) announce(usesTLS ? "https" : "http", httpd.server_address);
  if (certificate !== null) process.stdout.write(`Certificate SHA-256: ${certificate.fingerprint}\n`);
  await served;
}

/** The same class, to the eye and to threads, with other class attributes. */
function variantOf<C extends AnyClass>(Original: C, Variant: C): C {
  declareVariant(Variant, Original);
  return Object.defineProperty(Variant, "name", { value: Original.name, configurable: true });
}

/** What a server of `ThreadingMixIn` is told here: not of the class, which may be somebody's. */
function prepare(httpd: HTTPServer & Partial<ThreadingMixIn>, max_threads: number | undefined): void {
  // A program that ends with its server waits for what it serves.
  if (httpd.daemon_threads !== undefined) httpd.daemon_threads = false;
  if (max_threads !== undefined) httpd.max_threads = max_threads;
}

/** The names that a certificate is for: the machine's, and the one that was asked for. */
function namesFor(host: string): string[] {
  const names = ownNames();
  return isWildcard(host) || names.includes(host) ? names : [...names, host];
}

/** Has SIGHUP read the certificate again, as nginx and Apache do. */
function listenForReload(httpd: HTTPServer): Disposable {
  if (!(httpd instanceof HTTPSServer) || httpd.certfile === null) return { [Symbol.dispose]() {} };
  const reload = () => {
    try {
      httpd.load_cert_chain();
      process.stderr.write(`The certificate ${httpd.certfile} was read again.\n`);
    } catch (error) {
      process.stderr.write(`${(error as Error).message} The old one stays.\n`);
    }
  };
  process.on("SIGHUP", reload);
  return { [Symbol.dispose]: () => void process.off("SIGHUP", reload) };
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
    // Before it says so: whoever reads it may send the second.
    release();
    process.stdout.write("\nKeyboard interrupt received, exiting.\n");
    controller.abort();
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
function announce(scheme: "http" | "https", [host, port]: readonly [string, number]): void {
  const url = (name: string) => `${scheme}://${name.includes(":") ? `[${name}]` : name}:${port}/`;
  const lines = [`Serving ${scheme.toUpperCase()} on ${host} port ${port} (${url(host)}) ...`];
  if (isWildcard(host)) {
    const hosts = ["localhost", ...ownAddresses(host === "::")];
    lines.push(...hosts.map((own) => `  ${url(own)}`));
  }
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** Whether an address stands for all of the machine's. */
function isWildcard(host: string): boolean {
  return host === "::" || host === "0.0.0.0";
}

/** The addresses at which other machines find this one. Link-local ones are left out: browsers take no zone in a URL. */
function ownAddresses(withIPv6: boolean): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all
    .filter(({ internal }) => !internal)
    .filter((own) => own.family === "IPv4" || (withIPv6 && own.scopeid === 0))
    .map(({ address }) => address);
}
