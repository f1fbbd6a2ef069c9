import type { ByteSource } from "./byte-reader.js";

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
