import type { ServedFile } from "./content.js";
import { isShareSpent, nextShare } from "./loop-share.js";

const NOTHING = Buffer.alloc(0);
const UTF_8 = new TextEncoder();

/** A piece of text; `undefined` where a pause would be in place; a promise, which is kept, of when it goes on. */
export type Piece = string | undefined | Promise<void>;

/** What generates content: pieces of text as they are ready. */
export type Pieces = Generator<Piece, void>;

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
  /** What the generator waits for. */
  #pause: Promise<void> | undefined;
  #text = "";
  /** Of a character that did not fit. */
  #rest: Buffer = NOTHING;

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
   * Generates the next bytes: at once where this turn of the event loop has time left, else in a later one. What is there after that
   * is given, though there be less than was asked for: it may be a while till there is more.
   *
   * @throws the reason of the signal, if it was aborted
   */
  read(length: number, spare?: Buffer): Buffer | Promise<Buffer> {
    return this.#generate(length) ? this.#take(length, spare) : this.#readLater(length, spare);
  }

  async #readLater(length: number, spare?: Buffer): Promise<Buffer> {
    let isEnough: boolean;
    do {
      await (this.#pause ?? nextShare());
      this.#pause = undefined;
      this.#signal?.throwIfAborted();
      isEnough = this.#generate(length);
    } while (!isEnough && this.#text === "" && this.#rest.length === 0);
    return this.#take(length, spare);
  }

  /** Generates until there is enough. `false`: there is not, and for this turn it was all. */
  #generate(length: number): boolean {
    while (this.#rest.length + this.#text.length < length && this.#state === "open") {
      if (this.#pause !== undefined || isShareSpent()) return false;
      this.#goOn();
    }
    return true;
  }

  #goOn(): void {
    const { done, value } = this.#pieces.next();
    if (done) this.#state = "ended";
    else if (typeof value === "string") this.#text += value;
    else this.#pause = value;
  }

  #take(length: number, spare?: Buffer): Buffer {
    if (this.#rest.length > 0) return this.#takeRest(length);
    const wanted = Math.min(length, Buffer.byteLength(this.#text));
    const room = spare && spare.length >= wanted ? spare : Buffer.allocUnsafe(wanted);
    const { read, written } = UTF_8.encodeInto(this.#text, room.subarray(0, wanted));
    if (written === 0 && wanted > 0) return this.#takeCharacter(length);
    this.#text = this.#text.slice(read);
    return room.subarray(0, written);
  }

  /** For who asks for less than a character has. */
  #takeCharacter(length: number): Buffer {
    const [character = ""] = this.#text;
    this.#text = this.#text.slice(character.length);
    this.#rest = Buffer.from(character);
    return this.#takeRest(length);
  }

  #takeRest(length: number): Buffer {
    const bytes = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return bytes;
  }

  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#text = "";
    this.#rest = NOTHING;
    this.#onClose();
  }
}
