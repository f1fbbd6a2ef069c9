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

/** Bytes that are served as if they were a file: Python's `BytesIO`. */
export class MemoryFile implements ServedFile {
  /** How many there are. */
  readonly size: number;
  #rest: Buffer;

  constructor(bytes: Buffer) {
    this.size = bytes.length;
    this.#rest = bytes;
  }

  read(length: number): Buffer {
    const bytes = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return bytes;
  }

  close(): void {
    this.#rest = Buffer.alloc(0);
  }
}
