import type { Duplex } from "node:stream";
import { Deadline, type Limited } from "./deadline.js";
import { dropConnection } from "./drop-connection.js";
import type { ProxyHeader } from "./proxy-protocol.js";
import { discardInput, startReading } from "./socket-input.js";
import { carrierOf, type SocketInternals } from "./socket-internals.js";
import { SocketSink } from "./socket-sink.js";
import { SocketSource } from "./socket-source.js";
import { type Crowd, watchWriteProgress } from "./write-progress.js";
import { type MinimumRate, WriteClock } from "./write-rate.js";

const CONNECTION = Symbol("connection");

/** A socket, and the field that leads from it to its connection. */
interface Connected {
  [CONNECTION]?: Connection;
}

/** The header that a proxy has sent at the beginning of a connection, and the client that it names. */
export interface Announcement {
  readonly header: ProxyHeader;
  /** The proxy: `[host, port]`, or `""` for a socket in the file system. */
  readonly peer: unknown;
}

/** The connections of a server. */
export interface ConnectionList {
  /** The connections compete with each other. */
  readonly crowd: Crowd;
  /** Called when a connection is closed, and all work on it has ended. */
  released(connection: Connection): void;
}

/** Time limits for a peer at the end of a connection. */
export interface EndLimits {
  /** Seconds without progress in sending the rest of the response; `null` means no limit. */
  readonly stall_timeout: number | null;
  /** Seconds that the peer gets to end its sending side after we have ended ours; `null` means no limit. */
  readonly linger_timeout: number | null;
}

/**
 * One accepted socket, and everything that belongs to it. After a hand-off, only the side that serves the socket has
 * this object.
 *
 * Its parts are created at the first use: a handler that only writes has no source, and a connection without a time
 * limit has no timer.
 */
export class Connection implements Limited {
  /** The socket: a `net.Socket`, a `tls.TLSSocket`, or any other `Duplex`. */
  readonly socket: Duplex;
  /** The connections of its server; `null` if it is not counted. */
  list: ConnectionList | null = null;
  /** Its index in {@link list}; -1 if it is in no list. */
  place = -1;
  /** Number of parts that must end before the server stops counting the connection: the socket, and each task on it. */
  holds = 0;
  /** True if another thread has accepted it, and counts it. */
  isHandedOver = false;
  /** The part of its address that a peer can't choose freely; `null` if no limit uses it. */
  block: string | null = null;
  /** The TLS connection that it carries; `null` if there is none. */
  secured: Duplex | null = null;
  /** True if the peer has announced that it sends nothing more. Then unread bytes can't cause a reset. */
  isPeerDone = false;
  /** The header of the proxy that has opened it; `null` if there is none. */
  announcement: Announcement | null = null;
  #tellError: ((error: unknown) => void) | null = null;
  #source: SocketSource | undefined;
  #sink: SocketSink | undefined;
  #deadline: Deadline | undefined;
  #writeRate: MinimumRate | undefined;
  #writeClock: WriteClock | undefined;

  private constructor(socket: Duplex) {
    this.socket = socket;
    socket.on("close", Connection.#closed);
  }

  /** Returns the connection of a socket: always the same one. */
  static of(socket: Duplex): Connection {
    const connected = socket as Duplex & Connected;
    connected[CONNECTION] ??= new Connection(socket);
    return connected[CONNECTION];
  }

  /** Returns the TLS connection that a connection carries; the connection itself if there is none. */
  static securedOf<Request extends object>(request: Request): Request {
    return ((request as Connected)[CONNECTION]?.secured ?? request) as Request;
  }

  /**
   * Returns the PROXY protocol's header of a request's connection. For TLS, this is the header of the connection below.
   */
  static announcementOf(request: unknown): Announcement | null {
    if (typeof request !== "object" || request === null) return null;
    return (carrierOf(request) as Connected)[CONNECTION]?.announcement ?? null;
  }

  /** The connection that carries this one: itself, unless it is TLS. */
  get #carrier(): Connection {
    return (carrierOf(this.socket as SocketInternals) as Connected)[CONNECTION] ?? this;
  }

  /** The connections that compete with it; `null` if it is never closed in favour of others. */
  get crowd(): Crowd | null {
    return this.#carrier.list?.crowd ?? null;
  }

  /**
   * Function that reports an error instead of the server, because the handler may know the request; `null` if the
   * server reports errors.
   */
  get tellError(): ((error: unknown) => void) | null {
    return this.#carrier.#tellError;
  }

  set tellError(tell: (error: unknown) => void) {
    this.#carrier.#tellError = tell;
  }

  /** The receiving half. Reading begins at its first use. */
  get source(): SocketSource {
    if (this.#source === undefined) {
      this.#source = new SocketSource(this.socket);
      startReading(this.socket, this.#source);
    }
    return this.#source;
  }

  /** The sending half. */
  get sink(): SocketSink {
    this.#sink ??= new SocketSink(this);
    return this.#sink;
  }

  /** The current time limit of the connection, and of the TLS connection on top of it. It ends with the connection. */
  get deadline(): Deadline {
    const carrier = this.#carrier;
    carrier.#deadline ??= new Deadline();
    return carrier.#deadline;
  }

  /** The clock that enforces a minimum rate; `undefined` if there is no limit. */
  get writeClock(): WriteClock | undefined {
    if (this.#writeRate !== undefined) this.#writeClock ??= new WriteClock(this.socket, this.#writeRate);
    return this.#writeClock;
  }

  /** Enforces a minimum rate from now on. A rate that is not above 0 means no limit. */
  limitWriteRate(rate: MinimumRate): void {
    this.#writeRate = rate.bytesPerSecond > 0 ? rate : undefined;
    this.#writeClock = undefined;
  }

  /**
   * Ends the connection in stages. It sends the rest and ends its sending side. Then it reads and drops further bytes,
   * and closes when the peer has closed, or after a time limit.
   *
   * If a socket with unread bytes is closed, the system sends a reset, and the reset destroys the response before the
   * peer has read it (RFC 9112 §9.6). For example, an error page for a request with an unread body would never arrive.
   * If {@link isPeerDone}, it closes as soon as everything is sent. This saves two system calls and an iteration of the
   * event loop.
   *
   * Once everything is sent, the connection does not keep the process alive.
   *
   * @returns nothing if everything is sent already; otherwise a promise that resolves when everything is sent, or can't
   *   be sent any more
   */
  end(limits: EndLimits): Promise<void> | undefined {
    const { socket } = this;
    if (socket.destroyed) return undefined;
    // For TLS and other streams, it is unknown how much the system has accepted.
    const { _handle, _parent, writableLength } = socket as Duplex & SocketInternals;
    const isSent = !_parent && writableLength === 0 && _handle?.writeQueueSize === 0;
    if (isSent && this.isPeerDone) {
      socket.destroy();
      return undefined;
    }
    discardInput(socket);
    if (!isSent) return this.#sendRest(limits);
    socket.end();
    this.#awaitPeer(limits);
    return undefined;
  }

  #sendRest(limits: EndLimits): Promise<void> {
    const { socket } = this;
    const endWatch = watchWriteProgress(this, limits.stall_timeout, () => dropConnection(socket));
    return new Promise((resolve) => {
      socket.once("close", () => {
        endWatch();
        resolve();
      });
      socket.end(() => {
        endWatch();
        this.#awaitPeer(limits);
        resolve();
      });
    });
  }

  /** Waits until the peer has ended its sending side. Node then closes the socket. */
  #awaitPeer(limits: EndLimits): void {
    const socket: Duplex & { unref?(): unknown } = this.socket;
    if (!socket.readableEnded && limits.linger_timeout !== null) {
      const { deadline } = this;
      deadline.owner = this;
      deadline.set(limits.linger_timeout);
    }
    socket.unref?.();
  }

  /** Closes it, because the peer has not ended its sending side in time. */
  expired(): void {
    this.socket.destroy();
  }

  /** Informs the sink when the peer has caught up. */
  awaitDrain(): void {
    this.socket.once("drain", drained);
  }

  /** Called when one of the {@link holds} ends. */
  release(): void {
    if (--this.holds === 0) this.list?.released(this);
  }

  /** Called when the socket emits `drain`. */
  drain(): void {
    this.#sink?.drain();
  }

  // All connections share this listener, which finds its connection by the field.
  static readonly #closed = function (this: Connected): void {
    const connection = this[CONNECTION] as Connection;
    connection.#deadline?.close();
    connection.release();
    connection.#sink?.close();
    connection.#source?.close();
    // In Node 26, a socket survives minor garbage collections, and so does everything that it refers to.
    connection.#deadline = undefined;
    connection.#sink = undefined;
    connection.#source = undefined;
  };
}

function drained(this: Connected): void {
  this[CONNECTION]?.drain();
}
