import type { Duplex } from "node:stream";
import type { Awaitable } from "../io/awaitable.js";
import { ByteReader } from "../io/byte-reader.js";
import { ByteWriter } from "../io/byte-writer.js";
import { Connection } from "../io/connection.js";
import { type AnyServer, BaseRequestHandler, type RequestOf } from "./base-request-handler.js";
import {
  checkNoFields,
  checkSettings,
  defineSettings,
  type Rules,
  TIME_LIMIT,
  TRUTH,
  whole,
} from "./settings.js";
import type { TCPServer } from "./tcp-server.js";

/** The step of `setup` that creates `rfile` and `wfile`. */
export const openFiles = Symbol("openFiles");

/** Settings of a {@link StreamRequestHandler} that are checked. */
export type StreamSettings = Readonly<Pick<typeof StreamRequestHandler, keyof typeof SETTINGS>>;

export interface StreamRequestHandler<Server extends AnyServer = TCPServer>
  extends Pick<typeof StreamRequestHandler, keyof typeof SETTINGS> {
  // Declared here and not in the class, because a subclass may have an accessor instead.
  /**
   * Reads the bytes of the client. Set by {@link setup}.
   *
   * @category State
   */
  rfile: ByteReader;
}
/**
 * Serves a connection with {@link rfile} and {@link wfile}. Python's `socketserver.StreamRequestHandler`.
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
   * Buffering of {@link rfile}. With 0, `read(n)` returns as soon as some bytes have arrived, with at most `n` of them.
   * With any other number, it waits for `n` bytes.
   *
   * @category Settings
   */
  static rbufsize = -1;
  /**
   * Bytes that {@link wfile} buffers until `flush()` or the end. 0 sends each write at once; a negative number means
   * 8192.
   *
   * @category Settings
   */
  static wbufsize = 0;
  /**
   * Seconds that one read or write may wait before it throws a {@link TimeoutError}. `null` means no limit. Read by
   * {@link setup}.
   *
   * @category Settings
   */
  static timeout: number | null = null;
  /**
   * True if small writes are sent at once (`TCP_NODELAY`), instead of being collected until the last one is
   * acknowledged.
   *
   * @category Settings
   */
  static disable_nagle_algorithm = false;

  /**
   * The connection: the same as {@link request}. Set by {@link setup}.
   *
   * @category State
   */
  declare connection: RequestOf<Server>;
  /**
   * Writes bytes to the client. Set by {@link setup}.
   *
   * @category State
   */
  declare wfile: ByteWriter;

  /**
   * Creates {@link rfile} and {@link wfile}. Call `super.setup()` first in an override.
   *
   * @throws `RangeError` for an invalid setting
   */
  override setup(): Awaitable<void> {
    const settings = checkSettings<StreamSettings>(this);
    if (Object.hasOwn(this, "signal") || Object.hasOwn(this, "drain"))
      checkNoFields(this, ["signal", "drain"], "pyserve's");
    this.connection = this.request;
    this[openFiles](Connection.of(this.connection as Duplex), settings);
  }

  /**
   * Creates {@link rfile} and {@link wfile}: the last step of {@link setup}. Handlers with other files override it.
   *
   * @param connection - the connection of the request
   * @param settings - settings of this handler, checked
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
    sink.bufferSize = wbufsize < 0 ? DEFAULT_BUFFER : wbufsize;
    this.wfile = new ByteWriter(sink);
  }

  /**
   * Sends the data that {@link wfile} has buffered, and closes both files. It ignores a client that has disconnected.
   */
  override finish(): Awaitable<void> {
    this.wfile.close();
    this.rfile.close();
  }
}

const SETTINGS = {
  rbufsize: whole(-1),
  wbufsize: whole(-1),
  timeout: TIME_LIMIT,
  disable_nagle_algorithm: TRUTH,
} satisfies Rules;
defineSettings(StreamRequestHandler, SETTINGS);

/** Value that a negative `wbufsize` means. */
const DEFAULT_BUFFER = 8192;
