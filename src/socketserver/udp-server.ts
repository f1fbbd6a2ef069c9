import type * as dgram from "node:dgram";
import { isIP } from "node:net";
import type { Awaitable } from "../io/awaitable.js";
import {
  AF_INET,
  AF_INET6,
  checkFamily,
  checkInetAddress,
  type InetAddress,
  numericHost,
  SOCK_DGRAM,
  type SocketType,
} from "./addresses.js";
import type { RequestHandlerClass } from "./handler-class.js";
import { checkReusePort, isClusterWorker } from "./listen.js";
import { defineSettings, limit, type Rules, whole } from "./settings.js";
import { SocketServer, type SocketServerOptions } from "./socket-server.js";

/** Request of a UDP server: a datagram, and the server's socket for the answer. */
export type Datagram = readonly [packet: Buffer, socket: dgram.Socket];

export interface UDPServer<Args extends object = object>
  extends Pick<typeof UDPServer, keyof typeof SETTINGS> {}
/**
 * Serves datagrams, one after another. Python's `socketserver.UDPServer`.
 *
 * One datagram is one request: `[packet, socket]`. {@link UDPServer.max_datagrams} limits the datagrams that wait or are served; more are dropped, as a network may do too.
 *
 * On all interfaces (`""`), the system chooses the source address of an answer. If it differs from the address that the
 * client used, the client may ignore the answer. Node does not report the address that was used, so create one server
 * for each address.
 *
 * ```ts
 * class Upper extends DatagramRequestHandler {
 *   override async handle() {
 *     await this.wfile.write(String(this.packet).toUpperCase());
 *   }
 * }
 *
 * await using server = new UDPServer(["localhost", 9999], Upper);
 * await server.serve_forever();
 * ```
 *
 * @typeParam Args - type of the last argument of its handlers' constructor; inferred from the handler class
 */
export class UDPServer<Args extends object = object> extends SocketServer<Datagram, InetAddress, Args> {
  static override socket_type: SocketType = SOCK_DGRAM;
  /**
   * Maximum bytes of a datagram that a handler gets; the rest is dropped, as in Python.
   *
   * @category Settings
   */
  static max_packet_size = 8192;
  /**
   * Maximum number of datagrams that wait or are served at the same time; more are dropped. It protects memory, because
   * senders don't wait. The system's own buffer has about the same size.
   *
   * @category Settings
   */
  static max_datagrams = 1024;

  /**
   * The socket. {@link server_bind} replaces it if its settings have changed.
   *
   * @category State
   */
  socket: dgram.Socket;

  #madeWith: string;
  readonly #waiting: [packet: Buffer, from: InetAddress][] = [];
  #served = 0;
  readonly #counter = { release: () => void this.#served-- };

  /**
   * Binds at once, unless `bind_and_activate` is false.
   *
   * @param server_address - address to listen on: `[host, port]`; `""` means all interfaces, and 0 any free port
   * @param RequestHandlerClass - handler class; an instance is created for each datagram
   * @param options - see {@link SocketServerOptions}
   * @throws a system error about the address (`EADDRINUSE`, `EACCES`, …). In older versions of Node, `serve_forever`
   *   and `handle_request` reject with it instead
   */
  constructor(
    server_address: InetAddress,
    RequestHandlerClass: RequestHandlerClass<Datagram, InetAddress, Args>,
    options: SocketServerOptions<NoInfer<Args>> = {},
  ) {
    super(server_address, RequestHandlerClass, options);
    const settings = this.#settings();
    this.socket = this.#makeSocket(settings);
    this.#madeWith = JSON.stringify(settings);
    this.bind_and_activate(options);
  }

  /** Binds {@link socket} to {@link server_address}, and puts the real address there. */
  override server_bind(): void {
    checkFamily(this.address_family, AF_INET, AF_INET6);
    checkInetAddress(this.server_address);
    checkReusePort(this.allow_reuse_port);
    this.#heedSettings();
    const [name, port] = this.server_address;
    const address = numericHost(name, this.address_family) ?? name;
    // In a cluster, the primary process binds for all workers, and reports later.
    if (isIP(address) === 0 || isClusterWorker()) {
      this.binding_done(this.#bindLater(address, port));
    } else {
      this.#bindNow(address, port);
      this.#noteAddress();
      this.binding_done();
    }
  }

  override get_request(): Awaitable<readonly [request: Datagram, client_address: InetAddress]> {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) throw new Error("There is no request. Check has_waiting_request() first.");
    const [packet, from] = waiting;
    const { max_packet_size } = this;
    const seen = packet.length > max_packet_size ? packet.subarray(0, max_packet_size) : packet;
    return [[seen, this.socket], from];
  }

  override async server_close(): Promise<void> {
    await super.server_close();
    try {
      this.socket.close();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ERR_SOCKET_DGRAM_NOT_RUNNING") throw error;
    }
  }

  override fileno(): number {
    for (const key of Object.getOwnPropertySymbols(this.socket)) {
      const state = (
        this.socket as unknown as Record<symbol, { handle?: { fd?: number } | null } | undefined>
      )[key];
      if (state?.handle?.fd !== undefined) return state.handle.fd;
    }
    return -1;
  }

  protected override has_waiting_request(): boolean {
    return this.#waiting.length > 0;
  }

  protected override first_waiting(): unknown {
    return this.#waiting[0];
  }

  /**
   * Calls the method of the base, and counts the datagram until it is served.
   *
   * @param request - the datagram and its socket
   * @param client_address - address of the client
   * @param work - resolves when it is served
   * @returns a promise that resolves when it is done, and never rejects
   */
  protected override track_request(
    request: Datagram,
    client_address: InetAddress,
    work: PromiseLike<void>,
  ): PromiseLike<void> {
    this.#served++;
    return super.track_request(request, client_address, work, undefined, this.#counter);
  }

  #settings(): dgram.SocketOptions {
    const isIPv6 = this.address_family === AF_INET6;
    return {
      type: isIPv6 ? "udp6" : "udp4",
      ipv6Only: isIPv6 && this.ipv6_only,
      reuseAddr: this.allow_reuse_address,
      // Passed only if requested, because Node allows it only on some systems.
      ...(this.allow_reuse_port && { reusePort: true }),
    };
  }

  #makeSocket(settings: dgram.SocketOptions): dgram.Socket {
    const socket = process
      .getBuiltinModule("node:dgram")
      .createSocket({ ...settings, lookup: lookUpUnlessNumeric });
    socket.unref();
    socket.on("error", () => {});
    socket.on("message", (packet, from) => this.#arrived(packet, [from.address, from.port]));
    return socket;
  }

  /** Creates the socket again if its settings have changed. Node sets them at creation, but Python when it binds. */
  #heedSettings(): void {
    const settings = this.#settings();
    const made = JSON.stringify(settings);
    if (made === this.#madeWith) return;
    this.socket.close();
    this.socket = this.#makeSocket(settings);
    this.#madeWith = made;
  }

  #arrived(packet: Buffer, from: InetAddress): void {
    if (this.#waiting.length + this.#served >= this.max_datagrams) return;
    this.#waiting.push([packet, from]);
    this.request_arrived();
  }

  /**
   * Binds before it returns. The address is numeric, so our look-up function answers at once, and `bind` is
   * synchronous.
   */
  #bindNow(address: string, port: number): void {
    let failure: Error | undefined;
    const onError = (error: Error) => {
      failure = error;
    };
    this.socket.once("error", onError);
    this.socket.bind({ address, port, exclusive: true });
    this.socket.off("error", onError);
    if (failure !== undefined) throw failure;
  }

  #bindLater(address: string, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket.once("error", reject);
      this.socket.bind({ address, port, exclusive: !isClusterWorker() }, () => {
        this.#noteAddress();
        resolve();
      });
    });
  }

  #noteAddress(): void {
    const { address, port } = this.socket.address();
    this.server_address = [address, port];
  }
}

const SETTINGS = { max_packet_size: whole(0), max_datagrams: limit(1) } satisfies Rules;
defineSettings(UDPServer, SETTINGS);

const lookUpUnlessNumeric: NonNullable<dgram.SocketOptions["lookup"]> = (host, options, callback) => {
  const version = isIP(host);
  if (version === 0) process.getBuiltinModule("node:dns").lookup(host, options, callback);
  else callback(null, host, version);
};
