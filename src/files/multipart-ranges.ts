/**
 * `multipart/byteranges`, RFC 9110 §14.6: the text around the parts of the content.
 *
 * @module
 */

import { type ByteRange, contentRange } from "./byte-ranges.js";
import type { OpenContent, ServedFile } from "./content.js";

/** Settings of all parts. */
export interface MultipartSettings {
  /** The size of the whole content, in bytes. */
  readonly size: number;
  /** The `Content-Type` of the whole content, in latin-1. Each part repeats it. */
  readonly contentType: string;
  /**
   * Boundary between the parts, without its dashes. It must not occur in the content. It is long and random, so that an
   * attacker can't write it into a file in advance. 1 to 70 letters, digits, `_` or `-`: RFC 2046 §5.1.1 allows more
   * characters, which would have to be quoted in the field.
   */
  readonly boundary: string;
}

/** A part with the text before it. */
export interface RangePart {
  /** From the delimiter to the empty line: latin-1. */
  readonly head: string;
  readonly range: ByteRange;
}

/** A multipart content without the bytes of the file: head, range, head, range, …, end. */
export interface MultipartRanges {
  /** The value of `Content-Type`. */
  readonly contentType: string;
  /** The value of `Content-Length`: bytes of all heads and ranges, and of the last delimiter. */
  readonly length: number;
  readonly parts: readonly RangePart[];
  /** The last delimiter: latin-1. */
  readonly end: string;
}

/**
 * Returns the layout of a multipart content with several ranges.
 *
 * @param ranges - ranges in the order of sending
 */
export function multipartRanges(ranges: readonly ByteRange[], settings: MultipartSettings): MultipartRanges {
  const { boundary } = settings;
  const parts = ranges.map((range) => ({ head: headOf(range, settings), range }));
  const end = `\r\n--${boundary}--\r\n`;
  const length = parts.reduce((sum, { head, range }) => sum + head.length + range.length, end.length);
  return { contentType: `multipart/byteranges; boundary=${boundary}`, length, parts, end };
}

// The line end before a delimiter belongs to the delimiter, not to the bytes before it (RFC 2046 §5.1.1). The first
// delimiter has one too, as in Apache and nginx: zsync 0.6.2 ignores the first line. If that is not empty, zsync
// requests the same ranges again and again.
function headOf(range: ByteRange, { size, contentType, boundary }: MultipartSettings): string {
  return `\r\n--${boundary}\r\nContent-Type: ${contentType}\r\nContent-Range: ${contentRange(range, size)}\r\n\r\n`;
}

/**
 * Several parts of a file as one content, `multipart/byteranges`: heads from memory, bytes from the file. Not
 * {@link madeContent}, which would not reuse the buffers of large parts.
 */
export class MultipartFile implements ServedFile {
  readonly #file: OpenContent;
  readonly #layout: MultipartRanges;
  #next = 0; // part
  #left = 0; // bytes of the part that is being read
  #isEnded = false;

  /** @param file - the file; the new object owns it */
  constructor(file: OpenContent, layout: MultipartRanges) {
    this.#file = file;
    this.#layout = layout;
  }

  /** Reads a whole head, bytes of a part, or the end. */
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
