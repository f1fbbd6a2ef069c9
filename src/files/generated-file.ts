import { isShareSpent, nextShare } from "./loop-share.js";
import type { ServedFile } from "./memory-file.js";

/** What generates content: pieces of text as they are ready, `undefined` where a pause would be in place. */
export type Pieces = Generator<string | undefined, void>;

/**
 * Content that is generated while it is sent: never more of it is in memory than one `read` gives.
 *
 * It is generated on the calling thread, in that share of each turn of the event loop that such work may take.
 */
export class GeneratedFile implements ServedFile {
  readonly #pieces: Pieces;
  readonly #onClose: () => void;
  readonly #signal: AbortSignal | undefined;
  #state: "open" | "ended" | "closed" = "open";
  #text = "";
  #rest: Buffer = Buffer.alloc(0);

  /**
   * @param pieces - asked for nothing before the first `read`
   * @param onClose - releases what the generator holds
   * @param signal - aborted when nobody waits for the content any more: generating ends
   */
  constructor(pieces: Pieces, onClose: () => void, signal?: AbortSignal) {
    this.#pieces = pieces;
    this.#onClose = onClose;
    this.#signal = signal;
  }

  /**
   * Generates the next bytes: at once where this turn of the event loop has time left, else in a later one.
   *
   * @throws the reason of the signal, if it was aborted
   */
  read(length: number): Buffer | Promise<Buffer> {
    return this.#generate(length) ? this.#take(length) : this.#readLater(length);
  }

  async #readLater(length: number): Promise<Buffer> {
    do {
      await nextShare();
      this.#signal?.throwIfAborted();
    } while (!this.#generate(length));
    return this.#take(length);
  }

  /** Generates until there is enough. `false`: there is not, and for this turn it was all. */
  #generate(length: number): boolean {
    while (this.#rest.length + this.#text.length < length && this.#state === "open") {
      if (isShareSpent()) return false;
      const { done, value } = this.#pieces.next();
      if (done) this.#state = "ended";
      else if (value !== undefined) this.#text += value;
    }
    return true;
  }

  #take(length: number): Buffer {
    if (this.#text !== "") {
      this.#rest = Buffer.concat([this.#rest, Buffer.from(this.#text)]);
      this.#text = "";
    }
    const bytes = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return bytes;
  }

  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#text = "";
    this.#rest = Buffer.alloc(0);
    this.#onClose();
  }
}
