import type { Duplex } from "node:stream";
import type { Awaitable } from "../io/awaitable.js";
import { BufferedSink } from "../io/buffered-sink.js";
import { ByteReader } from "../io/byte-reader.js";
import { ByteWriter } from "../io/byte-writer.js";
import { Connection } from "../io/connection.js";
import { type AnyServer, BaseRequestHandler, type RequestOf } from "./base-request-handler.js";
import { checkNoFields, checkSettings, defineSettings, TIME_LIMIT, TRUTH, whole } from "./settings.js";
import type { TCPServer } from "./tcp-server.js";

/** The step of `setup` that makes `rfile` and `wfile`. */
export const openFiles = Symbol("openFiles");

/** Settings of a {@link StreamRequestHandler} that are checked. */
export interface StreamSettings {
  readonly rbufsize: number;
  readonly wbufsize: number;
  readonly timeout: number | null;
  readonly disable_nagle_algorithm: boolean;
}

/**
 * Serves a connection by {@link rfile} and {@link wfile}. Python's `socketserver.StreamRequestHandler`.
 *
 * ```ts
 * class Upper extends StreamRequestHandler {
 *   override async handle() {
 *     for await (const line of this.rfile.lines(1024)) await this.wfile.write(line.toString().toUpperCase());
 *   }
 * }
 * ```
 *
 * @typeParam Server - the class of `this.server`
 */
export class StreamRequestHandler<Server extends AnyServer = TCPServer> extends BaseRequestHandler<Server> {
  /**
   * True if {@link rfile} is buffered: 0 makes `read(n)` give what one arrival brought.
   *
   * @category Settings
   */
  static rbufsize = -1;
  /** {@inheritDoc StreamRequestHandler.rbufsize} */
  declare rbufsize: number;
  /**
   * Bytes that {@link wfile} holds back until `flush()` or the end: 0 sends each write at once; negative is 8192.
   *
   * @category Settings
   */
  static wbufsize = 0;
  /** {@inheritDoc StreamRequestHandler.wbufsize} */
  declare wbufsize: number;
  /**
   * Seconds that one read or write may wait; then it throws {@link TimeoutError}. `null` is for ever. Looked at by
   * {@link setup}.
   *
   * @category Settings
   */
  static timeout: number | null = null;
  /** {@inheritDoc StreamRequestHandler.timeout} */
  declare timeout: number | null;
  /**
   * True if small writes are sent at once, instead of being gathered while an earlier one is under way (`TCP_NODELAY`).
   *
   * @category Settings
   */
  static disable_nagle_algorithm = false;
  /** {@inheritDoc StreamRequestHandler.disable_nagle_algorithm} */
  declare disable_nagle_algorithm: boolean;

  /**
   * The connection: the same as {@link request}. Set by {@link setup}.
   *
   * @category State
   */
  declare connection: RequestOf<Server>;
  /**
   * What the client sends. Set by {@link setup}.
   *
   * @category State
   */
  declare rfile: ByteReader;
  /**
   * What the client gets. Set by {@link setup}.
   *
   * @category State
   */
  declare wfile: ByteWriter;

  /**
   * Makes {@link rfile} and {@link wfile}. Call `super.setup()` first in an override.
   *
   * @throws `RangeError` for a setting that can't be right
   */
  override setup(): Awaitable<void> {
    const settings = checkSettings<StreamSettings>(this);
    checkNoFields(this, NEEDED, "pyserve's");
    this.connection = this.request;
    this[openFiles](Connection.of(this.connection as Duplex), settings);
  }

  /**
   * Makes {@link rfile} and {@link wfile}: the last step of {@link setup}, and another one for handlers whose files are
   * not the connection's own.
   *
   * @param connection - of the request
   * @param settings - of this handler, checked
   * @internal
   */
  protected [openFiles](
    { socket, source, sink }: Connection,
    { timeout, rbufsize, wbufsize, disable_nagle_algorithm }: StreamSettings,
  ): void {
    source.timeout = timeout;
    sink.timeout = timeout;
    if (disable_nagle_algorithm) (socket as Duplex & { setNoDelay?(on: boolean): void }).setNoDelay?.(true);
    this.rfile = new ByteReader(source, rbufsize);
    this.wfile = new ByteWriter(new BufferedSink(sink, wbufsize));
  }

  /** Sends what {@link wfile} holds back, and closes both. A client that went away is no error here. */
  override finish(): Awaitable<void> {
    this.wfile.close();
    this.rfile.close();
  }
}

defineSettings(StreamRequestHandler, {
  rbufsize: whole(-1),
  wbufsize: whole(-1),
  timeout: TIME_LIMIT,
  disable_nagle_algorithm: TRUTH,
});

/** What handlers have beyond Python's, and pyserve needs. */
const NEEDED = ["signal", "drain"];
