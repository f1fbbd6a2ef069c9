import type { ByteSource } from "./byte-reader.js";
import type { ByteSink } from "./byte-writer.js";

/** A {@link ByteSink} that keeps its data: Python's `BytesIO`. */
export class MemorySink implements ByteSink {
  readonly #pieces: Buffer[] = [];

  write(data: string | Uint8Array): boolean {
    this.#pieces.push(Buffer.from(data as Uint8Array));
    return true;
  }

  flush(): boolean {
    return true;
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }

  /** Returns all written bytes. */
  bytes(): Buffer {
    const [first] = this.#pieces;
    return first !== undefined && this.#pieces.length === 1 ? first : Buffer.concat(this.#pieces);
  }
}

/** A {@link ByteSource} with all bytes available: a datagram, or nothing. */
export class MemorySource implements ByteSource {
  #bytes: Buffer | null;

  constructor(bytes: Buffer | null = null) {
    this.#bytes = bytes;
  }

  pull(): Buffer | null {
    const bytes = this.#bytes;
    this.#bytes = null;
    return bytes?.length ? bytes : null;
  }
}
