import type { Socket } from "node:dgram";
import type { Awaitable } from "../io/awaitable.js";
import { ByteReader } from "../io/byte-reader.js";
import { ByteWriter } from "../io/byte-writer.js";
import { MemorySink } from "../io/memory-sink.js";
import { MemorySource } from "../io/memory-source.js";
import { type AnyServer, BaseRequestHandler } from "./base-request-handler.js";
import type { Datagram, UDPServer } from "./udp-server.js";

/**
 * Serves a datagram by `rfile` and `wfile`. Python's `socketserver.DatagramRequestHandler`.
 *
 * What was written is sent as one datagram when the handler is done.
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
   * The server's socket, by which the answer goes. Set by {@link setup}.
   *
   * @category State
   */
  declare socket: Socket;
  /**
   * Reads {@link packet}. Set by {@link setup}.
   *
   * @category State
   */
  declare rfile: ByteReader;
  /**
   * Gathers the answer. Set by {@link setup}.
   *
   * @category State
   */
  declare wfile: ByteWriter;

  readonly #answer = new MemorySink();

  /** Makes {@link rfile} and {@link wfile}. Call `super.setup()` first in an override. */
  override setup(): Awaitable<void> {
    [this.packet, this.socket] = this.request as unknown as Datagram;
    this.rfile = new ByteReader(new MemorySource(this.packet));
    this.wfile = new ByteWriter(this.#answer);
  }

  /**
   * Sends what was written to who sent the datagram, and nothing where nothing was written: Python answers with an empty
   * datagram, which makes two such servers answer each other for ever.
   */
  override finish(): Awaitable<void> {
    const answer = this.#answer.bytes();
    if (answer.length > 0) return this.#send(answer);
  }

  #send(answer: Buffer): Promise<void> {
    const [host, port] = this.client_address as unknown as readonly [string, number];
    return new Promise((resolve, reject) => {
      this.socket.send(answer, port, host, (error) => (error ? reject(error) : resolve()));
    });
  }
}
