import type { Socket } from "node:net";
import type { SecureContext, SecureContextOptions, TLSSocket, TlsOptions } from "node:tls";
import { defineOptions } from "../errors/check-options.js";
import type { Awaitable } from "../io/awaitable.js";
import { Connection } from "../io/connection.js";
import { carrierOf, type SocketInternals } from "../io/socket-internals.js";
import type { InetAddress } from "../socketserver/addresses.js";
import { locate } from "../socketserver/class-location.js";
import type { RequestHandlerClass } from "../socketserver/handler-class.js";
import { defineSettings, type Rules, TIME_LIMIT } from "../socketserver/settings.js";
import type { TCPServerOptions } from "../socketserver/tcp-server.js";
import { ThreadingMixIn } from "../socketserver/threading-mixin.js";
import { type CertificateFiles, checkOneWay, readCredentials, secureContext } from "./credentials.js";
import { HTTPServer } from "./http-server.js";
import { RequestQueue } from "./request-queue.js";
import { rotateTicketKeys, TICKET_KEY_LIFETIME, type TicketKeys, useTicketKeys } from "./ticket-keys.js";
import { handshake } from "./tls-handshake.js";

/**
 * Options of the constructor of {@link HTTPSServer}: Python's names, and all options of Node for a `tls.SecureContext`.
 *
 * Give a certificate with `certfile`, or with its content: `cert` and `key`, or `pfx`. With `requestCert`, `ca` lists
 * the authorities that the server trusts for clients. Without it, `ca` only completes the chain of the server's own
 * certificate.
 *
 * @typeParam Args - type of the last argument of the handler's constructor
 */
export interface HTTPSServerOptions<Args extends object = object>
  extends TCPServerOptions<Args>,
    SecureContextOptions {
  /** A file with the certificate and its intermediate certificates, in PEM form. */
  certfile?: string | null | undefined;
  /** A file with its private key. Default: the key is in `certfile`. */
  keyfile?: string | null | undefined;
  /** Password of the encrypted key. */
  password?: string | null | undefined;
  /** Protocols for ALPN (RFC 7301). Default `["http/1.1"]`. */
  alpn_protocols?: readonly string[] | null | undefined;
  /**
   * True to ask each client for a certificate. A handler reads it with `getPeerCertificate()` of its `request`. Default
   * `false`.
   *
   * Set `ca` too. Without it, certificates of every authority that Node trusts are accepted.
   */
  requestCert?: boolean | undefined;
  /**
   * True to refuse clients without a certificate from an authority of `ca`. With `false`, they are served, and
   * `authorized` of the handler's `request` is `false`. Default `true`. It has no effect without {@link requestCert}.
   */
  rejectUnauthorized?: boolean | undefined;
}

/** Node's options of a handshake. */
type HandshakeSettings = SecureContextOptions & Pick<TlsOptions, "requestCert" | "rejectUnauthorized">;

/** TLS state of a server. */
interface TLSState {
  password: string | null;
  options: HandshakeSettings;
  ticketKeys: TicketKeys;
  /** Changes the keys of tickets regularly, on the thread that accepts. */
  rotation: NodeJS.Timeout | undefined;
  /** Created from the options and the keys. */
  context: SecureContext | undefined;
  /** Connections whose clients have sent nothing yet. */
  readonly silent: Set<Socket>;
}

/** Update for the server in a thread or process. */
type TLSUpdate = Pick<TLSState, "options" | "ticketKeys">;

/** The field with the state. */
const STATE = Symbol("TLS");

export interface HTTPSServer<Args extends object = object>
  extends Pick<typeof HTTPSServer, keyof typeof SETTINGS> {}
/**
 * Serves HTTP over TLS. Python's `http.server.HTTPSServer`.
 *
 * ```ts
 * const httpd = new HTTPSServer(["", 8443], Handler, { certfile: "cert.pem", keyfile: "key.pem" });
 * ```
 *
 * The TLS handshake is a part of serving a connection. So it delays no other client, and with threads it runs in a
 * thread. `verify_request` and `process_request` run before it, and get the `net.Socket`. From `finish_request` on,
 * `request` is a `tls.TLSSocket`. If the handshake fails, `handle_error` treats this as a disconnect.
 *
 * @typeParam Args - type of the last argument of its handlers' constructor; inferred from the handler class
 */
export class HTTPSServer<Args extends object = object> extends HTTPServer<Args> {
  /**
   * Seconds from the start of a connection to the end of the handshake; `null` means no limit. It protects descriptors.
   * Node 120, nginx 60.
   *
   * @category Settings
   */
  static handshake_timeout: number | null = 20;

  /**
   * The file with the certificate; `null` if its content was given.
   *
   * @category State
   */
  declare certfile: string | null;
  /**
   * The file with its private key; `null` if that is {@link certfile}.
   *
   * @category State
   */
  declare keyfile: string | null;
  /**
   * Protocols for ALPN, in order of preference. A client that supports none of them is refused.
   *
   * @category State
   */
  declare alpn_protocols: readonly string[];

  /**
   * Binds and listens at once, unless `bind_and_activate` is false.
   *
   * @param server_address - address to listen on: `[host, port]`; `""` means all interfaces, and 0 any free port
   * @param RequestHandlerClass - handler class; an instance is created for each connection
   * @param options - the certificate, and the other {@link HTTPSServerOptions}
   * @throws {@link CertificateError} if the certificate can't be used, `TypeError` if it is given in two ways, Node's
   *   errors about its options, and errors from `TCPServer`
   */
  constructor(
    server_address: InetAddress,
    RequestHandlerClass: RequestHandlerClass<Socket, InetAddress, Args>,
    options: HTTPSServerOptions<NoInfer<Args>> = {},
  ) {
    super(server_address, RequestHandlerClass, options);
  }

  /**
   * Password of the encrypted key. `console.log` and `JSON.stringify` do not show it.
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
   * Options for handshakes: those of Node, and the content of the files. Read by {@link load_cert_chain}. `console.log`
   * and `JSON.stringify` do not show it, because it contains the key.
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
   * Loads a certificate and its key. New connections get it, in all threads; open connections are not affected. If the
   * files can't be used, nothing changes. Python's `ssl.SSLContext.load_cert_chain`.
   *
   * To use content instead of files, first set it in {@link secure_context_options}. A client that resumes an earlier
   * session gets no certificate. The key of session tickets also changes, now and every hour. Tickets of the previous
   * key are still accepted, older ones are not. Keys that you set as `ticketKeys` never change.
   *
   * @category Call
   * @param certfile - without it, the server's files are loaded again
   * @param keyfile - `null` if the key is in `certfile`
   * @param password - password of the encrypted key
   * @throws {@link CertificateError}
   */
  load_cert_chain(certfile?: string, keyfile: string | null = null, password: string | null = null): void {
    const files = certfile === undefined ? filesOf(this) : { certfile, keyfile, password };
    const options = readCredentials(files, this.secure_context_options);
    const state = stateOf(this);
    // If a handler calls this in a thread or process, the keys stay, because all of them share the same keys.
    const isFirst = state.ticketKeys.length === 0;
    const ticketKeys =
      isFirst || state.rotation !== undefined ? rotateTicketKeys(state.ticketKeys) : state.ticketKeys;
    const context = secureContext(options, files, ticketKeys);
    Object.assign(this, files);
    Object.assign(state, { options, ticketKeys, context });
    this.update_workers({ options, ticketKeys } satisfies TLSUpdate);
  }

  /**
   * Runs the handshake, unless an override has already done this, and then creates a handler.
   *
   * @param request - the connection, before or after its handshake
   * @param client_address - address of the client
   */
  override finish_request(request: Socket, client_address: InetAddress): Awaitable<void> {
    return this.#finishSecurely(request, client_address);
  }

  override shutdown_request(request: Socket): Awaitable<void> {
    return super.shutdown_request(Connection.securedOf(request));
  }

  /** Looks up the connection below TLS. */
  override is_waiting_for(request: Socket): boolean {
    return super.is_waiting_for(carrierOf(request as SocketInternals) as Socket);
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

  /** Soon closes connections whose clients have sent nothing. Handshakes in progress continue. */
  protected override begin_draining(): void {
    super.begin_draining();
    const { silent, rotation } = stateOf(this);
    clearInterval(rotation);
    for (const connection of silent) Connection.of(connection).deadline.hasten();
  }

  /**
   * Closes a connection after its time limit, without TLS's `close_notify`, so that the client notices.
   *
   * @param request - the connection, before or after its handshake
   */
  protected override abort_request(request: Socket): void {
    super.abort_request(Connection.securedOf(request));
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
   * In a thread or process, applies the certificate of {@link load_cert_chain}, and the keys of tickets.
   *
   * @param update - options of Node with the content of the files, and these keys
   */
  protected override apply_update(update: unknown): void {
    Object.assign(stateOf(this), update as TLSUpdate, { context: undefined });
  }

  async #finishSecurely(request: Socket, client_address: InetAddress): Promise<void> {
    await super.finish_request(await this.#secure(request), client_address);
  }

  /** Returns the TLS connection. Runs the handshake first, unless it was already done. */
  async #secure(request: Socket): Promise<Socket> {
    const secured = Connection.securedOf(request);
    return "encrypted" in secured ? secured : this.#handshake(request);
  }

  async #handshake(request: Socket): Promise<TLSSocket> {
    const { silent, options } = stateOf(this);
    silent.add(request);
    const begun = () => void silent.delete(request);
    try {
      const { requestCert, rejectUnauthorized } = options;
      const ALPNProtocols = [...this.alpn_protocols];
      const secure = { secureContext: this.#context(), requestCert, rejectUnauthorized, ALPNProtocols };
      const secured = handshake(request, secure, this.handshake_timeout, begun);
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

const SETTINGS = { handshake_timeout: TIME_LIMIT } satisfies Rules;
defineSettings(HTTPSServer, SETTINGS);
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
  // Ignored: some generators of certificates return it too.
  ...{ fingerprint: true },
});

/**
 * Serves HTTP over TLS, all requests at the same time. Python's `http.server.ThreadingHTTPSServer`.
 *
 * @typeParam Args - type of the last argument of its handlers' constructor; inferred from the handler class
 */
export class ThreadingHTTPSServer<Args extends object = object> extends ThreadingMixIn(HTTPSServer)<Args> {}
locate(ThreadingHTTPSServer, import.meta.url);

function filesOf({ certfile, keyfile, password }: HTTPSServer): CertificateFiles {
  return { certfile, keyfile, password };
}

/**
 * Returns the state of a server. The state is not in a private field, because the base constructor uses it before
 * private fields exist: it activates the server, and may close it. The state contains secrets, so it is the result of a
 * function: `console.log` never shows it.
 */
function stateOf(server: HTTPSServer & { [STATE]?: () => TLSState }): TLSState {
  if (server[STATE] !== undefined) return server[STATE]();
  const state: TLSState = {
    password: null,
    options: {},
    ticketKeys: [],
    rotation: undefined,
    context: undefined,
    silent: new Set(),
  };
  Object.defineProperty(server, STATE, { value: () => state });
  return state;
}

/** Replaces the original connection with the TLS connection, in the queue too. */
function adopt(raw: Socket, connection: TLSSocket): void {
  Connection.of(raw).secured = connection;
  RequestQueue.placeOf(raw)?.adopt(connection);
}
