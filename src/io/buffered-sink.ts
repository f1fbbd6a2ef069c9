import type { ByteSink } from "./byte-writer.js";
import { DisconnectedError } from "./connection-errors.js";
import type { SocketSink } from "./socket-sink.js";

const DEFAULT_SIZE = 8192;

/** A connection as the sink of a `wfile`: sends at once, or when the buffer is full. Python's `wbufsize`. */
export class BufferedSink implements ByteSink {
  readonly #sink: SocketSink;
  readonly #size: number;

  /** @param wbufsize - bytes to buffer; 0 for none, negative for 8192 */
  constructor(sink: SocketSink, wbufsize: number) {
    this.#sink = sink;
    this.#size = wbufsize < 0 ? DEFAULT_SIZE : wbufsize;
  }

  write(data: string | Uint8Array, byteLength: number): boolean {
    if (this.#sink.broken) throw new DisconnectedError("The client has closed the connection.", "EPIPE");
    if (this.#size === 0) return this.#sink.send(data, byteLength);
    this.#sink.add(data, byteLength);
    return this.#sink.size < this.#size || this.#sink.flush();
  }

  flush(): boolean {
    return this.#sink.broken || this.#sink.flush();
  }

  drained(): Promise<void> {
    return this.#sink.drained();
  }
}
