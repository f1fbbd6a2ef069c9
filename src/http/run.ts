import { availableParallelism } from "node:os";
import { checkOptions, type OptionNames } from "../errors/check-options.js";
import { OptionError } from "../errors/coded-error.js";
import { similarName } from "../errors/nearest-name.js";
import { locate } from "../socketserver/class-location.js";
import { placeOfOption } from "../socketserver/handler-class.js";
import { settingsOf } from "../socketserver/settings.js";
import { supportsThreads } from "../socketserver/threading-mixin.js";
import type { SelfSignedCertificate } from "../tls/self-signed-certificate.js";
import { BaseHTTPRequestHandler } from "./base-http-request-handler.js";
import { watchCertificates } from "./certificate-watch.js";
import type { HTTPHandlerClass } from "./http-handler-class.js";
import { type HTTPServer, ThreadingHTTPServer } from "./http-server.js";
import { HTTPSServer, type HTTPSServerOptions, ThreadingHTTPSServer } from "./https-server.js";
import { findHost, isWildcard, type ListenAddress, ownNames } from "./listen-address.js";
import { adminPlan, serveAdmin } from "./run-admin.js";
import { RunServers, type ServerPlan, variantOf } from "./run-servers.js";
import { listenForHangUp, listenForStop, tell } from "./run-signals.js";
import { SimpleHTTPRequestHandler } from "./simple-http-request-handler.js";

/**
 * Options of {@link run}: the parameters of Python's `http.server.test()`, by name.
 *
 * @typeParam Args - type of the last argument of the handler's constructor
 */
export interface RunOptions<Args extends object = object> {
  /**
   * Handler class: an instance serves each connection. Default: `BaseHTTPRequestHandler`, which answers 501 to every
   * request.
   */
  readonly HandlerClass?: HTTPHandlerClass<Args>;
  /** Server class. Default: `ThreadingHTTPServer`. */
  readonly ServerClass?: typeof HTTPServer;
  /** The handler's `protocol_version`. Default: the value of the class, `"HTTP/1.1"`. Python's is `"HTTP/1.0"`. */
  readonly protocol?: string;
  /** The port to listen on; 0 means any free port. Default: 8000. */
  readonly port?: number;
  /** The address or host name to listen on; `null` (the default) or `""` for all interfaces, IPv6 and IPv4. */
  readonly bind?: string | null;
  /**
   * Addresses to listen on, instead of `port` and `bind`. Each gets a server, and either all start or none. A Unix
   * socket has its own server class, without threads. A Unix socket without a listener is replaced.
   */
  readonly listen?: readonly ListenAddress[] | null;
  /**
   * Number of ports that are tried, from `port` on, if they are in use. Default: 1. A line on standard error reports a
   * port other than `port`.
   */
  readonly port_attempts?: number;
  /** An object for the constructor of each handler: the server's option `handler_args`. */
  readonly handler_args?: NoInfer<Args>;
  /** The URL of the module that exports `HandlerClass`, for threads. Default: the class's `module`. */
  readonly handler_module?: string;
  /** Class attributes of the handler for this run. Other attributes keep their values. */
  readonly handler_attributes?: object;
  /** A file with a certificate: serves HTTPS, by default with `ThreadingHTTPSServer`. SIGHUP loads it again. */
  readonly tls_cert?: string | null;
  /** A file with its private key. Default: the key is in `tls_cert`. */
  readonly tls_key?: string | null;
  /** Password of the encrypted key. */
  readonly tls_password?: string | null;
  /** Serves HTTPS with a temporary certificate, and prints its fingerprint. Python has no counterpart. */
  readonly tls_self_signed?: boolean;
  /** The server's class attribute of the same name, see `ThreadingMixIn`. Default: the attribute of `ServerClass`. */
  readonly max_threads?: number;
  /**
   * The server's class attribute of the same name, see `ThreadingMixIn`: each thread accepts its own connections.
   * Default: the attribute of `ServerClass`.
   */
  readonly accept_in_threads?: boolean;
  /**
   * The server's class attribute of the same name, see `TCPServer`: proxies in front of the server. Default: the
   * attribute of `ServerClass`.
   */
  readonly trusted_proxies?: readonly string[] | null;
  /** Class attributes of the servers for this run, such as `drain_delay`. Other attributes keep their values. */
  readonly server_attributes?: object;
  /**
   * A separate address for health checks and metrics, without TLS and credentials. The other addresses then don't serve
   * them. Their paths are those of the handler class, by default `/healthz` and `/metrics`. This server ends after the
   * others. Default: `null`, no separate address.
   */
  readonly admin?: ListenAddress | null;
  /**
   * The server's class attribute of the same name, see `TCPServer`: the proxies send the PROXY protocol's header.
   * Default: the attribute of `ServerClass`.
   */
  readonly proxy_protocol?: boolean;
  /** The path of the URLs that are printed. Default: `"/"`. */
  readonly url_path?: string;
  /** Called when all servers listen, with their URLs. A Unix socket has no URL. */
  readonly on_listening?: (urls: readonly string[]) => void;
  /** Stops the server when it is aborted, as quietly as SIGTERM. */
  readonly signal?: AbortSignal;
}

const NAMES: OptionNames<RunOptions> = {
  HandlerClass: true,
  ServerClass: true,
  protocol: true,
  port: true,
  bind: true,
  listen: true,
  port_attempts: true,
  handler_args: true,
  handler_module: true,
  handler_attributes: true,
  tls_cert: true,
  tls_key: true,
  tls_password: true,
  tls_self_signed: true,
  max_threads: true,
  accept_in_threads: true,
  trusted_proxies: true,
  server_attributes: true,
  admin: true,
  proxy_protocol: true,
  url_path: true,
  on_listening: true,
  signal: true,
};

const ADDRESS_NAMES = { host: true, port: true, path: true, fd: true } as const;

/**
 * Returns a useful number of threads: one for each core; none if there is only one core, or if this Node can't use
 * threads.
 */
export function defaultThreads(): number {
  const cores = availableParallelism();
  return cores > 1 && supportsThreads() ? cores : 0;
}

/**
 * Runs an HTTP server until it is interrupted. The command uses it. Python's `http.server.test()`.
 *
 * Prints its addresses when it listens, and serves until SIGINT (Ctrl-C; prints a line, as in Python), SIGTERM, or
 * `options.signal`. Requests in progress may then finish, within `drain_timeout` seconds; a second signal ends the
 * process. SIGHUP loads certificates again. If the terminal was closed, SIGHUP ends the process, unless it was started
 * with `nohup`. Your classes are not changed: the protocol, the address family and `handler_attributes` are set on
 * subclasses. Python sets them on the classes themselves.
 *
 * @param options - see {@link RunOptions}
 * @returns a promise that resolves when the server has stopped and its port is free again
 * @throws Error with Node's code if the server can't listen on an address (`EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`) or
 *   find it (`ENOTFOUND`), with the address as `listen_address`; `CertificateError` and `WorkerError` if TLS or threads
 *   are impossible; {@link OptionError} for an unknown option, or argument of the handler
 *
 * @example
 * ```ts
 * await run({ HandlerClass: SimpleHTTPRequestHandler, port: 8080, bind: "127.0.0.1" });
 * ```
 */
export async function run<Args extends object>(options: RunOptions<Args> = {}): Promise<void> {
  checkRunOptions(options);
  using stop = listenForStop(options.signal);
  if (stop.signal.aborted) return;
  const certificate = options.tls_self_signed === true ? await certificateFor(options) : null;
  const plan = planOf(options, certificate, stop.signal);
  const { admin: adminAddress = null } = options;
  await using admin = adminAddress === null ? null : new RunServers(adminPlan(plan.HandlerClass));
  await using servers = new RunServers(plan);
  await openAll(servers, options);
  const aboutAdmin = admin && adminAddress ? await serveAdmin(admin, adminAddress, servers.list) : [];
  if (stop.signal.aborted) return;

  const secure = (servers.list as readonly object[]).filter(hasCertificate);
  using _hangUp = listenForHangUp(secure);
  using _watch = watchCertificates(secure, tell);
  const served = Promise.all(servers.list.map((httpd) => httpd.serve_forever({ signal: stop.signal })));
  const announcements = servers.list.map((httpd) => httpd.announcement());
  const lines = [...announcements.flatMap((one) => one.lines), ...aboutAdmin];
  if (certificate !== null) lines.push(`Certificate SHA-256: ${certificate.fingerprint}`);
  process.stdout.write(`${lines.join("\n")}\n`);
  options.on_listening?.(announcements.flatMap(({ urls }) => urls));
  await served;
}

/**
 * Checks the options, and the names of the handler's attributes: an unknown name that is similar to a setting is an
 * error.
 */
function checkRunOptions(options: RunOptions): void {
  const Handler = options.HandlerClass ?? BaseHTTPRequestHandler;
  const Server = options.ServerClass ?? ThreadingHTTPServer;
  checkOptions(options, NAMES, "run()", (key) => placeOfOption(key, Handler, Server));
  for (const address of [...(options.listen ?? []), ...(options.admin == null ? [] : [options.admin])])
    checkOptions(address, ADDRESS_NAMES, "An address in listen");
  const known = Object.keys(settingsOf(Handler));
  for (const key of Object.keys(options.handler_attributes ?? {})) {
    const meant = key in Handler ? undefined : similarName(key, known);
    if (meant !== undefined)
      throw new OptionError(
        `${Handler.name} has no attribute ${key} in handler_attributes: did you mean ${meant}?`,
      );
  }
}

function hasCertificate(httpd: object): httpd is HTTPSServer {
  return httpd instanceof HTTPSServer && httpd.certfile !== null;
}

function planOf(
  options: RunOptions,
  certificate: SelfSignedCertificate | null,
  signal: AbortSignal,
): ServerPlan {
  const { tls_cert: certfile = null, tls_key: keyfile, tls_password: password } = options;
  const usesTLS = certfile !== null || certificate !== null;
  const secure: HTTPSServerOptions = {
    certfile,
    keyfile,
    password,
    cert: certificate?.cert,
    key: certificate?.key,
  };
  const { ServerClass = usesTLS ? ThreadingHTTPSServer : ThreadingHTTPServer } = options;
  return {
    ServerClass,
    HandlerClass: handlerFor(options),
    scheme: usesTLS ? "https" : "http",
    options: { handler_args: options.handler_args ?? {}, ...(usesTLS && secure) },
    max_threads: options.max_threads,
    class_attributes: attributesOf(options),
    serves_before_threads: options.HandlerClass === SimpleHTTPRequestHandler,
    url_path: options.url_path ?? "/",
    signal,
  };
}

/** Returns the settings that are set on the server's class: the constructor reads them there, and so do threads. */
function attributesOf(options: RunOptions): object {
  const given = SERVER_SETTINGS.flatMap((name) =>
    options[name] === undefined ? [] : [[name, options[name]]],
  );
  return { ...options.server_attributes, ...Object.fromEntries(given) };
}

const SERVER_SETTINGS = ["accept_in_threads", "trusted_proxies", "proxy_protocol"] as const;

function handlerFor(options: RunOptions): HTTPHandlerClass {
  const { HandlerClass, handler_module, protocol, handler_attributes } = options;
  const Original: HTTPHandlerClass = HandlerClass ?? BaseHTTPRequestHandler;
  if (handler_module !== undefined && !Object.hasOwn(Original, "module")) locate(Original, handler_module);
  const Handler = variantOf(Original, class extends Original {});
  if (protocol !== undefined) Handler.protocol_version = protocol;
  return Object.assign(Handler, handler_attributes);
}

async function openAll(servers: RunServers, options: RunOptions): Promise<void> {
  const { listen = null, bind = null, port = 8000, port_attempts = 1 } = options;
  if (listen === null) {
    const found = await servers.openNext({ host: bind, port }, port_attempts);
    if (found !== port) process.stderr.write(`Port ${port} is in use. The next free port is ${found}.\n`);
  } else await servers.open(...listen);
}

/** Creates a certificate for the machine's names and the given ones. */
async function certificateFor({ listen, bind = null }: RunOptions): Promise<SelfSignedCertificate> {
  const hosts = (listen ?? [{ host: bind }]).map((address) => ("host" in address ? address.host : null));
  // A name that can't be resolved is reported when the server listens.
  const found = await Promise.all(hosts.map((host) => findHost(host).catch(() => null)));
  const others = found.flatMap((one) => (one === null || isWildcard(one.host) ? [] : [one.host]));
  const { selfSignedCertificate } = await import("../tls/self-signed-certificate.js");
  return selfSignedCertificate([...ownNames(), ...others]);
}
