import type { Socket } from "node:dgram";
import type { Awaitable } from "../io/awaitable.js";
import { ByteReader } from "../io/byte-reader.js";
import { ByteWriter } from "../io/byte-writer.js";
import { MemorySink, MemorySource } from "../io/memory-source-and-sink.js";
import { type AnyServer, BaseRequestHandler } from "./base-request-handler.js";
import type { Datagram, UDPServer } from "./udp-server.js";

/**
 * Serves a datagram with `rfile` and `wfile`. Python's `socketserver.DatagramRequestHandler`.
 *
 * When the handler has finished, everything that it wrote is sent as one datagram.
 *
 * @typeParam Server - the class of `this.server`
 */
export class DatagramRequestHandler<Server extends AnyServer = UDPServer> extends BaseRequestHandler<Server> {
  /**
   * The bytes of the datagram. Set by {@link setup}.
   *
   * @category State
   */
  declare packet: Buffer;
  /**
   * The server's socket, which sends the answer. Set by {@link setup}.
   *
   * @category State
   */
  declare socket: Socket;
  /**
   * Reads {@link packet}. Created at the first use.
   *
   * @category State
   */
  declare rfile: ByteReader;
  /**
   * Collects the answer. Created at the first use.
   *
   * @category State
   */
  declare wfile: ByteWriter;

  #rfile: ByteReader | undefined;
  #wfile: ByteWriter | undefined;
  #answer: MemorySink | undefined;

  static {
    // Accessors of the prototype, because many handlers use only `packet` and `socket`. `declare`d properties don't
    // hide accessors.
    Object.defineProperties(DatagramRequestHandler.prototype, {
      rfile: {
        configurable: true,
        get(this: DatagramRequestHandler) {
          this.#rfile ??= new ByteReader(new MemorySource(this.packet));
          return this.#rfile;
        },
        set(this: DatagramRequestHandler, rfile: ByteReader) {
          this.#rfile = rfile;
        },
      },
      wfile: {
        configurable: true,
        get(this: DatagramRequestHandler) {
          this.#wfile ??= new ByteWriter(this.#openAnswer());
          return this.#wfile;
        },
        set(this: DatagramRequestHandler, wfile: ByteWriter) {
          this.#wfile = wfile;
        },
      },
    });
  }

  /** Sets {@link packet} and {@link socket}. Call `super.setup()` first in an override. */
  override setup(): Awaitable<void> {
    const [packet, socket] = this.request as unknown as Datagram;
    this.packet = packet;
    this.socket = socket;
    // Fields of a subclass with these names have hidden the accessors.
    if (Object.hasOwn(this, "rfile")) this.rfile = new ByteReader(new MemorySource(packet));
    if (Object.hasOwn(this, "wfile")) this.wfile = new ByteWriter(this.#openAnswer());
  }

  /**
   * Sends the answer to the client. If nothing was written, it sends nothing: Python sends an empty datagram, so two
   * such servers would answer each other without end.
   */
  override finish(): Awaitable<void> {
    const answer = this.#answer?.bytes();
    if (answer !== undefined && answer.length > 0) return this.#send(answer);
  }

  #openAnswer(): MemorySink {
    this.#answer = new MemorySink();
    return this.#answer;
  }

  /**
   * Sends the answer. Waits only if the system may refuse it, or has no room for it; otherwise, the system has the
   * answer when `send` returns.
   */
  #send(answer: Buffer): Awaitable<void> {
    const { socket } = this;
    const [host, port] = this.client_address as unknown as readonly [string, number];
    let settle: ((error: Error | null) => void) | undefined;
    socket.send(answer, port, host, (error) => {
      if (settle !== undefined) settle(error);
      else if (error) void this.#reporter.report_error(this.request, this.client_address, error);
    });
    if (answer.length <= SMALL && (socket.getSendQueueCount?.() ?? 1) === 0) return;
    return new Promise((resolve, reject) => {
      const settled = (error: Error | null) => (error ? reject(error) : resolve());
      settle = settled;
    });
  }

  get #reporter(): ErrorReporter {
    return this.server as unknown as ErrorReporter;
  }
}

/** Number of bytes that every system sends in one datagram. */
const SMALL = 8 * 1024;

/** The method of a server that gets an error if the answer can't be sent. */
interface ErrorReporter {
  report_error(request: unknown, client_address: unknown, error: unknown): Awaitable<void>;
}
