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

  /** All that was written. */
  bytes(): Buffer {
    const [first, ...others] = this.#pieces;
    return first !== undefined && others.length === 0 ? first : Buffer.concat(this.#pieces);
  }
}
