/** What `send_head` gives: bytes that are read in order, and closed. */
export interface ServedFile {
  /**
   * Reads the next bytes.
   *
   * @param length - how many at most
   * @param spare - a buffer that may be filled with them, and returned; its bytes are not needed any more
   * @returns the bytes, empty at the end; a promise where they are not there yet
   */
  read(length: number, spare?: Buffer): Buffer | Promise<Buffer>;
  /** Releases what it holds. May be called again. */
  close(): void;
}

const NOTHING = Buffer.alloc(0);

/** Bytes that are served as if they were a file: Python's `BytesIO`. */
export class MemoryFile implements ServedFile {
  readonly #bytes: Buffer;
  #rest: Buffer;

  /** @param bytes - which are not copied, and must not change */
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#rest = bytes;
  }

  /** Chooses what is read from now on. */
  window(first: number, length: number): this {
    this.#rest = this.#bytes.subarray(first, first + length);
    return this;
  }

  read(length: number): Buffer {
    const rest = this.#rest;
    const isAll = rest.length <= length;
    this.#rest = isAll ? NOTHING : rest.subarray(length);
    return isAll ? rest : rest.subarray(0, length);
  }

  close(): void {
    this.#rest = NOTHING;
  }
}
