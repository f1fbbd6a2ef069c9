import type { OpenContent, ServedFile } from "./content.js";
import type { MultipartRanges } from "./multipart-ranges.js";

/** Several parts of a file as one content, `multipart/byteranges`: heads from memory, bytes from the file. */
export class MultipartFile implements ServedFile {
  readonly #file: OpenContent;
  readonly #layout: MultipartRanges;
  #next = 0; // part
  #left = 0; // bytes of the part that is being read
  #isEnded = false;

  /** @param file - belongs to the new object from now on */
  constructor(file: OpenContent, layout: MultipartRanges) {
    this.#file = file;
    this.#layout = layout;
  }

  /** Reads a head, whole, or bytes of a part, or the end. */
  read(length: number, spare?: Buffer): Buffer | Promise<Buffer> {
    if (this.#left > 0) return this.#readPart(length, spare);
    const part = this.#layout.parts[this.#next];
    if (part === undefined) return this.#readEnd();
    this.#next += 1;
    this.#left = part.range.length;
    this.#file.window(part.range.first, part.range.length);
    return Buffer.from(part.head, "latin1");
  }

  close(): void {
    this.#file.close();
  }

  #readPart(length: number, spare: Buffer | undefined): Buffer | Promise<Buffer> {
    const bytes = this.#file.read(Math.min(length, this.#left), spare);
    return Buffer.isBuffer(bytes) ? this.#took(bytes) : bytes.then((read) => this.#took(read));
  }

  /** A file that has become shorter ends here. So the response is shorter than announced, and the client notices it. */
  #took(bytes: Buffer): Buffer {
    this.#left -= bytes.length;
    return bytes;
  }

  #readEnd(): Buffer {
    const end = this.#isEnded ? "" : this.#layout.end;
    this.#isEnded = true;
    return Buffer.from(end, "latin1");
  }
}
