import { type Awaitable, isPromise } from "../io/awaitable.js";
import { ByteReader, type ByteSource } from "../io/byte-reader.js";

export class RecordingSource implements ByteSource {
  readonly #source: ByteSource;
  #pieces: Buffer[] = [];

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** Bytes that have passed so far. */
  get bytes(): Buffer {
    if (this.#pieces.length !== 1) this.#pieces = [Buffer.concat(this.#pieces)];
    return this.#pieces[0] as Buffer;
  }

  /** Creates a reader for the bytes. */
  reader(rbufsize?: number): ByteReader {
    return new ByteReader(this, rbufsize);
  }

  pull(): Awaitable<Buffer | null> {
    const pulled = this.#source.pull();
    return isPromise(pulled) ? pulled.then((bytes) => this.#keep(bytes)) : this.#keep(pulled);
  }

  // Copies the bytes, because the reader may change them.
  #keep(bytes: Buffer | null): Buffer | null {
    if (bytes !== null) this.#pieces.push(Buffer.from(bytes));
    return bytes;
  }
}
