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

const CR = 0x0d;
const LF = 0x0a;

// Enough digits for 2^52 bytes. Without a limit, a client could send zeros forever.
const MAX_SIZE_DIGITS = 13;

// *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] ): RFC 9112 §7.1.1
const EXTENSIONS =
  /^(?:[\t ]*;[\t ]*[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:[\t ]*=[\t ]*(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+|"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*"))?)*$/;

// Fields for framing or routing have no meaning in a trailer. They would mislead applications that merge trailers: RFC
// 9110 §6.5.1.
const FORBIDDEN_TRAILER =
  /^(?:transfer-encoding|content-length|host|connection|te|trailer|upgrade|keep-alive|proxy-connection)$/i;

/**
 * Decodes the chunked coding: RFC 9112 §7.1. Each part of its grammar is a state, and each state has a method.
 *
 * Line ends must be CR LF. If a proxy and a server disagree about a bare LF, a chunk extension can hide a request.
 */
export class ChunkedDecoder implements BodyDecoder {
  trailers: FieldLines = [];
  readonly #limits: Limits;
  #state: "size" | "extensions" | "size end" | "data" | "data CR" | "data LF" | "trailers" | "end" = "size";
  #size = 0;
  #digits = 0;
  #text = "";
  #extensionBytes = 0;
  #trailerBytes = 0;
  #received = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  decode(window: ByteWindow): Decoded {
    while (window.start < window.end) {
      if (this.#state === "data") return this.#data(window);
      if (this.#state === "end") return "end";
      this.#byte(window.bytes[window.start++] as number);
    }
    return this.#state === "end" ? "end" : NEED_DATA;
  }

  #byte(byte: number): void {
    if (this.#state === "size") this.#sizeDigit(byte);
    else if (this.#state === "extensions") this.#extension(byte);
    else if (this.#state === "size end") this.#sizeEnd(byte);
    else if (this.#state === "data CR") this.#expect(byte, CR, "data LF");
    else if (this.#state === "data LF") this.#expect(byte, LF, "size");
    else this.#trailer(byte);
  }

  #sizeDigit(byte: number): void {
    const digit = hexadecimal(byte);
    if (digit < 0) {
      this.#afterSize(byte);
      return;
    }
    if (++this.#digits > MAX_SIZE_DIGITS) throw new ProtocolError("BAD_CHUNK");
    this.#size = this.#size * 16 + digit;
  }

  #afterSize(byte: number): void {
    if (this.#digits === 0) throw new ProtocolError("BAD_CHUNK");
    this.#digits = 0;
    this.#extension(byte);
  }

  #extension(byte: number): void {
    if (byte === CR) {
      if (!EXTENSIONS.test(this.#text)) throw new ProtocolError("BAD_CHUNK");
      this.#text = "";
      this.#state = "size end";
      return;
    }
    // The limit applies to all extensions of a message. Otherwise a million small chunks with long extensions are an
    // attack (CVE-2024-22019).
    if (byte === LF || ++this.#extensionBytes > this.#limits.chunkExtensions)
      throw new ProtocolError("BAD_CHUNK");
    this.#text += String.fromCharCode(byte);
    this.#state = "extensions";
  }

  #sizeEnd(byte: number): void {
    this.#received += this.#size;
    if (this.#received > this.#limits.content) throw new ProtocolError("CONTENT_TOO_LARGE");
    this.#expect(byte, LF, this.#size === 0 ? "trailers" : "data");
  }

  #data(window: ByteWindow): Buffer {
    const piece = window.take(this.#size);
    this.#size -= piece.length;
    if (this.#size === 0) this.#state = "data CR";
    return piece;
  }

  #trailer(byte: number): void {
    this.#text += String.fromCharCode(byte);
    // The empty line at the end, up to two bytes, does not count.
    if (this.#text.length > 2 && this.#trailerBytes + this.#text.length > this.#limits.fieldSection)
      throw new ProtocolError("FIELDS_TOO_LONG");
    if (byte === LF) this.#endTrailerLine(this.#text);
  }

  #endTrailerLine(line: string): void {
    this.#text = "";
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

  #expect(byte: number, wanted: number, next: "data LF" | "size" | "data" | "trailers"): void {
    if (byte !== wanted) throw new ProtocolError("BAD_CHUNK");
    this.#state = next;
  }
}

function hexadecimal(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
