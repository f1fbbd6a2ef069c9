import type { ByteWindow } from "./byte-window.js";
import { parseFieldLines } from "./field-lines.js";
import type { Framing } from "./framing.js";
import type { Limits } from "./limits.js";
import type { FieldLines } from "./message.js";
import { ProtocolError } from "./protocol-error.js";

/** Result of a decoder that needs more bytes. */
export const NEED_DATA = Symbol("NEED_DATA");

/** A piece of content, or its end. {@link NEED_DATA} if the window contains neither. */
export type Decoded = Buffer | "end" | typeof NEED_DATA;

/** Decodes a body: removes its framing. */
export interface BodyDecoder {
  /** Consumes framing, and at most one piece of content. */
  decode(window: ByteWindow): Decoded;
  /** Trailer fields, after the end. They are never merged into the header fields (RFC 9110 §6.5.1). */
  readonly trailers: FieldLines;
}

/** Returns the decoder for a framing; `null` if there is no body. */
export function bodyDecoder(framing: Framing, limits: Limits): BodyDecoder | null {
  if (framing.kind === "none") return null;
  if (framing.kind === "chunked") return new ChunkedDecoder(limits);
  if (framing.length > limits.content) throw new ProtocolError("CONTENT_TOO_LARGE");
  return framing.length === 0 ? null : new FixedLengthDecoder(framing.length);
}

/** Decodes content of a known length: RFC 9112 §6.2. */
export class FixedLengthDecoder implements BodyDecoder {
  readonly trailers: FieldLines = [];
  #left: number;

  constructor(length: number) {
    this.#left = length;
  }

  decode(window: ByteWindow): Decoded {
    if (this.#left === 0) return "end";
    if (window.length === 0) return NEED_DATA;
    const piece = window.take(this.#left);
    this.#left -= piece.length;
    return piece;
  }
}

// chunk-size, and the first byte that may follow. The digits are enough for 2^52 bytes: without a limit, a client could
// send zeros forever.
const SIZE = /^([0-9A-Fa-f]{1,13})(?:[\t ;\r]|$)/;

// *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] ): RFC 9112 §7.1.1
const EXTENSIONS =
  /^(?:[\t ]*;[\t ]*[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:[\t ]*=[\t ]*(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+|"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*"))?)*$/;

// Fields for framing or routing have no meaning in a trailer. They would mislead applications that merge trailers: RFC
// 9110 §6.5.1.
const FORBIDDEN_TRAILER =
  /^(?:transfer-encoding|content-length|host|connection|te|trailer|upgrade|keep-alive|proxy-connection)$/i;

/**
 * Decodes the chunked coding: RFC 9112 §7.1. It reads lines, and the data between them.
 *
 * Line ends must be CR LF. If a proxy and a server disagree about a bare LF, a chunk extension can hide a request.
 */
export class ChunkedDecoder implements BodyDecoder {
  trailers: FieldLines = [];
  readonly #limits: Limits;
  #state: "size" | "data" | "data end" | "trailers" | "end" = "size";
  #size = 0;
  /** The beginning of a line that has not ended yet. */
  #text = "";
  #extensionBytes = 0;
  #trailerBytes = 0;
  #received = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  decode(window: ByteWindow): Decoded {
    while (window.start < window.end && this.#state !== "end") {
      if (this.#state === "data") return this.#data(window);
      const piece = window.takeLine().toString("latin1");
      const isComplete = piece.endsWith("\n");
      const line = this.#text + piece;
      this.#text = isComplete ? "" : line;
      if (this.#state === "size") this.#sizeLine(line, isComplete);
      else if (this.#state === "data end") this.#dataEnd(line, isComplete);
      else this.#trailerLine(line, isComplete);
    }
    return this.#state === "end" ? "end" : NEED_DATA;
  }

  #sizeLine(line: string, isComplete: boolean): void {
    const [, digits = ""] = SIZE.exec(line) ?? [];
    const extensions = line.slice(digits.length).replace(/\r\n?$/, "");
    // The limit applies to all extensions of a message. Otherwise a million small chunks with long extensions are an
    // attack (CVE-2024-22019).
    const isShort = this.#extensionBytes + extensions.length <= this.#limits.chunkExtensions;
    if (digits === "" || !isShort) throw new ProtocolError("BAD_CHUNK");
    if (!isComplete) return;
    if (!line.endsWith("\r\n") || !EXTENSIONS.test(extensions)) throw new ProtocolError("BAD_CHUNK");
    this.#extensionBytes += extensions.length;
    this.#size = Number.parseInt(digits, 16);
    this.#received += this.#size;
    if (this.#received > this.#limits.content) throw new ProtocolError("CONTENT_TOO_LARGE");
    this.#state = this.#size === 0 ? "trailers" : "data";
  }

  #data(window: ByteWindow): Buffer {
    const piece = window.take(this.#size);
    this.#size -= piece.length;
    if (this.#size === 0) this.#state = "data end";
    return piece;
  }

  #dataEnd(line: string, isComplete: boolean): void {
    if (!"\r\n".startsWith(line)) throw new ProtocolError("BAD_CHUNK");
    if (isComplete) this.#state = "size";
  }

  #trailerLine(line: string, isComplete: boolean): void {
    // The empty line at the end, up to two bytes, does not count.
    if (line.length > 2 && this.#trailerBytes + line.length > this.#limits.fieldSection)
      throw new ProtocolError("FIELDS_TOO_LONG");
    if (!isComplete) return;
    if (!line.endsWith("\r\n")) throw new ProtocolError("BAD_TRAILER");
    if (line === "\r\n") this.#state = "end";
    else this.#addTrailer(line);
  }

  #addTrailer(line: string): void {
    this.#trailerBytes += line.length;
    const left = this.#limits.fieldCount - this.trailers.length / 2;
    const field = parseFieldLines(line, left, "BAD_TRAILER");
    if (FORBIDDEN_TRAILER.test(field[0] as string)) throw new ProtocolError("BAD_TRAILER");
    this.trailers = this.trailers.concat(field);
  }
}
