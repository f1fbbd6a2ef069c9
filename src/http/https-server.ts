import type { Socket } from "node:net";
import { type SecureContext, type SecureContextOptions, TLSSocket } from "node:tls";
import type { Awaitable } from "../io/awaitable.js";
import { DisconnectedError } from "../io/connection-errors.js";
import type { InetAddress } from "../socketserver/addresses.js";
import { defineClassAttributes } from "../socketserver/class-attributes.js";
import { locate } from "../socketserver/class-location.js";
import type { RequestHandlerClass } from "../socketserver/handler-class.js";
import type { TCPServerOptions } from "../socketserver/tcp-server.js";
import { ThreadingMixIn } from "../socketserver/threading-mixin.js";
import { checkTimeLimits } from "../socketserver/time-limits.js";
import { type CertificateFiles, checkOneWay, readCredentials, secureContext } from "./credentials.js";
import { HTTPServer } from "./http-server.js";
import { handshake } from "./tls-handshake.js";
import { setTurns, turnsOf } from "./turns.js";

/**
 * What the constructor of {@link HTTPSServer} takes as its last argument: Python's names, and all of Node's for a
 * `tls.SecureContext`.
 *
 * A certificate is given by `certfile`, or by its contents: `cert` and `key`, or `pfx`. Clients are not asked for theirs; `ca`
 * only completes the chain of the server's own.
 */
export interface HTTPSServerOptions extends TCPServerOptions, SecureContextOptions {
  /** A file with the certificate, and those between it and a root, in PEM form. */
  certfile?: string | null | undefined;
  /** A file with its key. Without it, the key stands in `certfile`. */
  keyfile?: string | null | undefined;
  /** That the key in the file is encrypted with. */
  password?: string | null | undefined;
  /** What the server speaks, for ALPN (RFC 7301). `["http/1.1"]` when left out. */
  alpn_protocols?: readonly string[] | null | undefined;
}

/** What nobody is to see who prints a server. */
interface Secrets {
  password: string | null;
  options: SecureContextOptions;
}

// Not fields: the constructor of a base activates the server before there are any, and may close it. And what is no field,
// `console.log` does not show.
const secrets = new WeakMap<HTTPSServer, Secrets>();
const contexts = new WeakMap<HTTPSServer, SecureContext>();
const silent = new WeakMap<HTTPSServer, Set<Socket>>();

// Connections as they were accepted, and what they have become.
const secured = new WeakMap<Socket, TLSSocket>();
const raws = new WeakMap<Socket, Socket>();

/**
 * Serves HTTP over TLS. Python's `http.server.HTTPSServer`.
 *
 * ```ts
 * const httpd = new HTTPSServer(["", 8443], Handler, { certfile: "cert.pem", keyfile: "key.pem" });
 * ```
 *
 * The handshake is a part of serving a connection: it holds up nobody, and is done in a thread where there are threads.
 * `verify_request` and `process_request` come before it, and get the `net.Socket`; from `finish_request` on, a `request` is a
 * `tls.TLSSocket`. A client with which it fails is to `handle_error` one that went away.
 */
export class HTTPSServer extends HTTPServer {
  /**
   * Seconds from the beginning of a connection to the end of the handshake; `null` is for ever. It protects the descriptors.
   * Node 120, nginx 60.
   *
   * @category Settings
   */
  static handshake_timeout: number | null = 20;
  /** {@inheritDoc HTTPSServer.handshake_timeout} */
  declare handshake_timeout: number | null;

  /**
   * The file with the certificate; `null` where its contents were given.
   *
   * @category State
   */
  declare certfile: string | null;
  /**
   * The file with its key; `null` where that is {@link certfile}.
   *
   * @category State
   */
  declare keyfile: string | null;
  /**
   * What the server speaks, in the order in which it prefers it. A client that speaks nothing of it is refused.
   *
   * @category State
   */
  declare alpn_protocols: readonly string[];

  /**
   * Binds and listens at once, unless told not to.
   *
   * @param server_address - where to listen: `[host, port]`, of which `""` is all interfaces and 0 any free port
   * @param RequestHandlerClass - made for each request
   * @param options - the certificate, and what else {@link HTTPSServerOptions} has
   * @throws {@link CertificateError} where the certificate can't be used, `TypeError` where it is given in two ways, what Node
   *   says of its options, and what `TCPServer` throws
   */
  constructor(
    server_address: InetAddress,
    RequestHandlerClass: RequestHandlerClass<Socket, InetAddress>,
    options: HTTPSServerOptions = {},
  ) {
    super(server_address, RequestHandlerClass, options);
  }

  /**
   * That the key in the file is encrypted with. `console.log` and `JSON.stringify` do not show it.
   *
   * @category State
   */
  get password(): string | null {
    return secretsOf(this).password;
  }

  set password(password: string | null) {
    secretsOf(this).password = password;
  }

  /**
   * What handshakes are made with: the options of Node's, and the contents of the files. Looked at by
   * {@link load_cert_chain}. `console.log` and `JSON.stringify` do not show it, since the key is in it.
   *
   * @category State
   */
  get secure_context_options(): SecureContextOptions {
    return secretsOf(this).options;
  }

  set secure_context_options(options: SecureContextOptions) {
    secretsOf(this).options = options;
  }

  /** Reads the certificate, and listens. */
  override server_activate(): void {
    this.load_cert_chain();
    super.server_activate();
  }

  /**
   * Reads a certificate and its key: connections from now on get it, in all threads; those that there are go on. Where they
   * can't be used, all stays as it was. Python's `ssl.SSLContext.load_cert_chain`.
   *
   * Contents instead of files are put into {@link secure_context_options} before. A client that goes on with an earlier
   * session is shown no certificate, neither the old nor the new.
   *
   * @category Call
   * @param certfile - without it, the files of the server are read again
   * @param keyfile - `null` where the key stands in `certfile`
   * @param password - that it is encrypted with
   * @throws {@link CertificateError}
   */
  load_cert_chain(certfile?: string, keyfile: string | null = null, password: string | null = null): void {
    const files = certfile === undefined ? filesOf(this) : { certfile, keyfile, password };
    const options = readCredentials(files, this.secure_context_options);
    contexts.set(this, secureContext(options, files));
    Object.assign(this, files);
    this.secure_context_options = options;
    this.update_workers(options);
  }

  /**
   * Makes a handler for what is behind the handshake, which is made first where an override has not.
   *
   * @param request - the connection, before its handshake or behind it
   * @param client_address - who has sent it
   */
  override finish_request(request: Socket, client_address: InetAddress): Awaitable<void> {
    return this.#finishSecurely(request, client_address);
  }

  override shutdown_request(request: Socket): Awaitable<void> {
    return super.shutdown_request(connectionOf(request));
  }

  override is_waiting_for(request: Socket): boolean {
    return super.is_waiting_for(rawOf(request));
  }

  protected override async serve_request(request: Socket, client_address: InetAddress): Promise<void> {
    let connection: Socket;
    try {
      connection = await this.#secure(request);
    } catch (error) {
      return this.request_failed(request, client_address, error);
    }
    await super.serve_request(connection, client_address);
  }

  /** A connection that has sent nothing ends at once; a handshake that has begun goes on. */
  protected override begin_draining(): void {
    super.begin_draining();
    for (const connection of silent.get(this) ?? []) connection.destroy();
  }

  /**
   * Cuts off a connection whose time is up: without the end that TLS announces, so that its client can tell.
   *
   * @param request - the connection, before or behind its handshake
   */
  protected override abort_request(request: Socket): void {
    super.abort_request(connectionOf(request));
  }

  protected override bind_and_activate(options: HTTPSServerOptions): void {
    const { certfile, keyfile, password, alpn_protocols, ...others } = options;
    const { bind_and_activate: _1, handler_args: _2, fd: _3, ...secure } = others;
    checkOneWay(certfile, secure);
    this.certfile = certfile ?? null;
    this.keyfile = keyfile ?? null;
    this.password = password ?? null;
    this.alpn_protocols = alpn_protocols ?? ["http/1.1"];
    this.secure_context_options = secure;
    super.bind_and_activate(options);
  }

  /** Also checks the time limits. */
  protected override bound(): Awaitable<void> {
    checkTimeLimits(this, "handshake_timeout");
    return super.bound();
  }

  /**
   * In a thread or process, takes the certificate that {@link load_cert_chain} was called with.
   *
   * @param update - the options of Node's that say what the files do
   */
  protected override apply_update(update: unknown): void {
    this.secure_context_options = update as SecureContextOptions;
    contexts.delete(this);
  }

  async #finishSecurely(request: Socket, client_address: InetAddress): Promise<void> {
    await super.finish_request(await this.#secure(request), client_address);
  }

  /** What a connection is behind the handshake, which is made where it was not. */
  async #secure(request: Socket): Promise<Socket> {
    if (request instanceof TLSSocket) return request;
    return secured.get(request) ?? this.#handshake(request);
  }

  async #handshake(request: Socket): Promise<TLSSocket> {
    if (this.is_closing) throw new DisconnectedError("The server closes: there is no handshake any more.");
    const waiting = silentOf(this).add(request);
    const begun = () => void waiting.delete(request);
    try {
      const connection = await handshake(request, {
        secureContext: this.#context(),
        alpnProtocols: this.alpn_protocols,
        timeout: this.handshake_timeout,
        begun,
      });
      adopt(request, connection);
      return connection;
    } finally {
      begun();
    }
  }

  #context(): SecureContext {
    let context = contexts.get(this);
    if (context === undefined) {
      context = secureContext(this.secure_context_options, this);
      contexts.set(this, context);
    }
    return context;
  }
}

defineClassAttributes(HTTPSServer, "handshake_timeout");

/**
 * Serves HTTP over TLS, all requests at the same time. Python's `http.server.ThreadingHTTPSServer`.
 */
export class ThreadingHTTPSServer extends ThreadingMixIn(HTTPSServer) {
  static override daemon_threads = true;
}
locate(ThreadingHTTPSServer, import.meta.url);

function filesOf({ certfile, keyfile, password }: HTTPSServer): CertificateFiles {
  return { certfile, keyfile, password };
}

function secretsOf(server: HTTPSServer): Secrets {
  let own = secrets.get(server);
  if (own === undefined) {
    own = { password: null, options: {} };
    secrets.set(server, own);
  }
  return own;
}

/** The connections of a server that have sent nothing yet. */
function silentOf(server: HTTPSServer): Set<Socket> {
  let connections = silent.get(server);
  if (connections === undefined) {
    connections = new Set();
    silent.set(server, connections);
  }
  return connections;
}

/** Has a connection stand for the one that it was made of, and take its turns. */
function adopt(raw: Socket, connection: TLSSocket): void {
  secured.set(raw, connection);
  raws.set(connection, raw);
  const turns = turnsOf(raw);
  if (turns !== undefined) setTurns(connection, turns);
}

function connectionOf(request: Socket): Socket {
  return secured.get(request) ?? request;
}

function rawOf(connection: Socket): Socket {
  return raws.get(connection) ?? connection;
}
