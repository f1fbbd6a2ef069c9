import type { Socket } from "node:net";
import { type SecureContext, type SecureContextOptions, TLSSocket, type TlsOptions } from "node:tls";
import { defineOptions } from "../errors/check-options.js";
import type { Awaitable } from "../io/awaitable.js";
import { Connection } from "../io/connection.js";
import type { InetAddress } from "../socketserver/addresses.js";
import { locate } from "../socketserver/class-location.js";
import type { RequestHandlerClass } from "../socketserver/handler-class.js";
import { defineSettings, TIME_LIMIT } from "../socketserver/settings.js";
import type { TCPServerOptions } from "../socketserver/tcp-server.js";
import { ThreadingMixIn } from "../socketserver/threading-mixin.js";
import { type CertificateFiles, checkOneWay, readCredentials, secureContext } from "./credentials.js";
import { HTTPServer } from "./http-server.js";
import { RequestQueue } from "./request-queue.js";
import { rotateTicketKeys, TICKET_KEY_LIFETIME, type TicketKeys, useTicketKeys } from "./ticket-keys.js";
import { handshake } from "./tls-handshake.js";

/**
 * What the constructor of {@link HTTPSServer} takes as its last argument: Python's names, and all of Node's for a
 * `tls.SecureContext`.
 *
 * A certificate is given by `certfile`, or by its contents: `cert` and `key`, or `pfx`. With `requestCert`, clients show theirs, and
 * `ca` lists the authorities that the server trusts for them; else `ca` only completes the chain of the server's own.
 *
 * @typeParam Args - what the handler's constructor takes as its last argument
 */
export interface HTTPSServerOptions<Args extends object = object>
  extends TCPServerOptions<Args>,
    SecureContextOptions {
  /** A file with the certificate, and those between it and a root, in PEM form. */
  certfile?: string | null | undefined;
  /** A file with its key. Without it, the key stands in `certfile`. */
  keyfile?: string | null | undefined;
  /** That the key in the file is encrypted with. */
  password?: string | null | undefined;
  /** What the server speaks, for ALPN (RFC 7301). `["http/1.1"]` when left out. */
  alpn_protocols?: readonly string[] | null | undefined;
  /**
   * True to ask each client for a certificate. A handler reads it by `getPeerCertificate()` of its `request`. Default `false`.
   *
   * Give `ca` with it: without, every authority that Node trusts may vouch for a client.
   */
  requestCert?: boolean | undefined;
  /**
   * True to refuse a client that shows no certificate, or one that no authority of `ca` vouches for. With `false` it is served, and
   * `authorized` of the handler's `request` is `false`. Default `true`; it means nothing without {@link requestCert}.
   */
  rejectUnauthorized?: boolean | undefined;
}

/** Node's options of a handshake. */
type HandshakeSettings = SecureContextOptions & Pick<TlsOptions, "requestCert" | "rejectUnauthorized">;

/** State that a server keeps for TLS. */
interface TLSState {
  password: string | null;
  options: HandshakeSettings;
  ticketKeys: TicketKeys;
  /** Changes the keys of tickets now and then, where connections are accepted. */
  rotation: NodeJS.Timeout | undefined;
  /** Made of the options and the keys. */
  context: SecureContext | undefined;
  /** The connections that have sent nothing yet. */
  readonly silent: Set<Socket>;
}

/** What the server in a thread or process is told. */
type TLSUpdate = Pick<TLSState, "options" | "ticketKeys">;

// Not fields: the constructor of a base activates the server before there are any, and may close it. And what is no field,
// `console.log` does not show.
const states = new WeakMap<HTTPSServer, TLSState>();

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
 *
 * @typeParam Args - what the constructor of its handlers takes as its last argument; known by the handler's class
 */
export class HTTPSServer<Args extends object = object> extends HTTPServer<Args> {
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
    RequestHandlerClass: RequestHandlerClass<Socket, InetAddress, Args>,
    options: HTTPSServerOptions<NoInfer<Args>> = {},
  ) {
    super(server_address, RequestHandlerClass, options);
  }

  /**
   * That the key in the file is encrypted with. `console.log` and `JSON.stringify` do not show it.
   *
   * @category State
   */
  get password(): string | null {
    return stateOf(this).password;
  }

  set password(password: string | null) {
    stateOf(this).password = password;
  }

  /**
   * What handshakes are made with: the options of Node's, and the contents of the files. Looked at by
   * {@link load_cert_chain}. `console.log` and `JSON.stringify` do not show it, since the key is in it.
   *
   * @category State
   */
  get secure_context_options(): SecureContextOptions &
    Pick<TlsOptions, "requestCert" | "rejectUnauthorized"> {
    return stateOf(this).options;
  }

  set secure_context_options(options: SecureContextOptions &
    Pick<TlsOptions, "requestCert" | "rejectUnauthorized">) {
    stateOf(this).options = options;
  }

  /** Reads the certificate, and listens. */
  override server_activate(): void {
    this.load_cert_chain();
    super.server_activate();
    stateOf(this).rotation ??= setInterval(() => this.#rotateTicketKeys(), TICKET_KEY_LIFETIME).unref();
  }

  /**
   * Reads a certificate and its key: connections from now on get it, in all threads; those that there are go on. Where they
   * can't be used, all stays as it was. Python's `ssl.SSLContext.load_cert_chain`.
   *
   * Contents instead of files are put into {@link secure_context_options} before. A client that goes on with an earlier
   * session is shown no certificate, neither the old nor the new. The key of session tickets changes too, and every hour: tickets
   * of the last one are still taken, older ones are not. Keys that are given as `ticketKeys` stay.
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
    const state = stateOf(this);
    // Not in a thread or process, which has those of all: a handler there may call this.
    const isFirst = state.ticketKeys.length === 0;
    const ticketKeys =
      isFirst || state.rotation !== undefined ? rotateTicketKeys(state.ticketKeys) : state.ticketKeys;
    const context = secureContext(options, files, ticketKeys);
    Object.assign(this, files);
    Object.assign(state, { options, ticketKeys, context });
    this.update_workers({ options, ticketKeys } satisfies TLSUpdate);
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

  /** {@inheritDoc BaseServer.is_waiting_for} */
  override is_waiting_for(request: Socket): boolean {
    return super.is_waiting_for(rawOf(request));
  }

  protected override async serve_and_release(request: Socket, client_address: InetAddress): Promise<void> {
    let connection: Socket;
    try {
      connection = await this.#secure(request);
    } catch (error) {
      return this.request_failed(request, client_address, error);
    }
    await super.serve_and_release(connection, client_address);
  }

  /** A connection that has sent nothing ends soon; a handshake that has begun goes on. */
  protected override begin_draining(): void {
    super.begin_draining();
    const { silent, rotation } = stateOf(this);
    clearInterval(rotation);
    for (const connection of silent) Connection.of(connection).deadline.hasten();
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

  /**
   * In a thread or process, takes the certificate that {@link load_cert_chain} was called with, and the keys of tickets.
   *
   * @param update - the options of Node's that say what the files do, and these keys
   */
  protected override apply_update(update: unknown): void {
    Object.assign(stateOf(this), update as TLSUpdate, { context: undefined });
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
    const { silent, options } = stateOf(this);
    silent.add(request);
    const begun = () => void silent.delete(request);
    try {
      const secured = handshake(request, {
        secureContext: this.#context(),
        requestCert: options.requestCert,
        rejectUnauthorized: options.rejectUnauthorized,
        alpnProtocols: this.alpn_protocols,
        timeout: this.handshake_timeout,
        begun,
      });
      if (this.is_closing) Connection.of(request).deadline.hasten();
      const connection = await secured;
      adopt(request, connection);
      return connection;
    } finally {
      begun();
    }
  }

  #context(): SecureContext {
    const state = stateOf(this);
    state.context ??= secureContext(state.options, this, state.ticketKeys);
    return state.context;
  }

  #rotateTicketKeys(): void {
    const state = stateOf(this);
    state.ticketKeys = rotateTicketKeys(state.ticketKeys);
    if (state.context !== undefined && state.options.ticketKeys === undefined)
      useTicketKeys(state.context, state.ticketKeys);
    const { options, ticketKeys } = state;
    this.update_workers({ options, ticketKeys } satisfies TLSUpdate);
  }
}

defineSettings(HTTPSServer, { handshake_timeout: TIME_LIMIT });
defineOptions<HTTPSServerOptions, TCPServerOptions>(HTTPSServer, {
  certfile: true,
  keyfile: true,
  password: true,
  alpn_protocols: true,
  requestCert: true,
  rejectUnauthorized: true,
  ALPNCallback: true,
  allowPartialTrustChain: true,
  ca: true,
  cert: true,
  certificateCompression: true,
  sigalgs: true,
  ciphers: true,
  clientCertEngine: true,
  crl: true,
  dhparam: true,
  ecdhCurve: true,
  honorCipherOrder: true,
  key: true,
  privateKeyEngine: true,
  privateKeyIdentifier: true,
  maxVersion: true,
  minVersion: true,
  passphrase: true,
  pfx: true,
  secureOptions: true,
  secureProtocol: true,
  sessionIdContext: true,
  ticketKeys: true,
  sessionTimeout: true,
  // Some makers of certificates give it beside them, and nobody needs it here.
  ...{ fingerprint: true },
});

/**
 * Serves HTTP over TLS, all requests at the same time. Python's `http.server.ThreadingHTTPSServer`.
 *
 * @typeParam Args - what the constructor of its handlers takes as its last argument; known by the handler's class
 */
export class ThreadingHTTPSServer<Args extends object = object> extends ThreadingMixIn(HTTPSServer)<Args> {}
locate(ThreadingHTTPSServer, import.meta.url);

function filesOf({ certfile, keyfile, password }: HTTPSServer): CertificateFiles {
  return { certfile, keyfile, password };
}

function stateOf(server: HTTPSServer): TLSState {
  let state = states.get(server);
  if (state === undefined) {
    state = {
      password: null,
      options: {},
      ticketKeys: [],
      rotation: undefined,
      context: undefined,
      silent: new Set(),
    };
    states.set(server, state);
  }
  return state;
}

/** Has a connection stand for the one that it was made of, and take its turns. */
function adopt(raw: Socket, connection: TLSSocket): void {
  secured.set(raw, connection);
  raws.set(connection, raw);
  RequestQueue.placeOf(raw)?.adopt(connection);
}

function connectionOf(request: Socket): Socket {
  return secured.get(request) ?? request;
}

function rawOf(connection: Socket): Socket {
  return raws.get(connection) ?? connection;
}
