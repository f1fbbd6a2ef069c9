import { isFieldValue, isToken } from "../http1/grammar.js";
import type { Parsed } from "./option.js";

/** A version of HTTP that a server can speak here. */
export type ProtocolVersion = "HTTP/1.0" | "HTTP/1.1";

/** A header field: its name and its value. */
export type HeaderField = readonly [name: string, value: string];

const PROTOCOL_VERSIONS: readonly ProtocolVersion[] = ["HTTP/1.0", "HTTP/1.1"];

/** Fields that say where a reply ends; the server writes them, and a second opinion would be request smuggling's mirror image. */
const FRAMING_FIELDS: ReadonlySet<string> = new Set(["content-length", "transfer-encoding"]);

/** A port number; 0 lets the system choose. */
export function parsePort(text: string): Parsed<number> {
  // Not Number(): it takes "", "1e3" and "0x50" for numbers too.
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65535) return { value: Number(text) };
  return { problem: `${quote(text)} is not a port number (0 to 65535)` };
}

/** How many of something. */
export function parseCount(text: string): Parsed<number> {
  if (/^\d{1,4}$/.test(text)) return { value: Number(text) };
  return { problem: `${quote(text)} is not a number from 0 to 9999` };
}

/** An address or host name to listen on; whether it exists is seen when it is used. */
export function parseAddress(text: string): Parsed<string> {
  if (/^[^\s\x00-\x1f\x7f/[\]]+$/.test(text)) return { value: text };
  return { problem: `${quote(text)} is not an address or host name` };
}

/** The path of a file or directory; whether it exists is seen when it is used. */
export function parsePath(text: string): Parsed<string> {
  if (text !== "" && !text.includes("\0")) return { value: text };
  return { problem: `${quote(text)} is not a path` };
}

/** A version of HTTP, as a status line has it. */
export function parseProtocolVersion(text: string): Parsed<ProtocolVersion> {
  const value = PROTOCOL_VERSIONS.find((version) => version === text);
  return value ? { value } : { problem: `${quote(text)} is not one of ${PROTOCOL_VERSIONS.join(", ")}` };
}

/** A media type, `type/subtype`, with or without parameters (RFC 9110 §8.3.1). */
export function parseMediaType(text: string): Parsed<string> {
  const [type = "", subtype = "", ...more] = (text.split(";", 1)[0] ?? "").trimEnd().split("/");
  if (isToken(type) && isToken(subtype) && more.length === 0 && isFieldValue(text)) return { value: text };
  return { problem: `${quote(text)} is not a media type such as text/plain` };
}

/** A header field for replies. */
export function parseHeader(name: string, value: string): Parsed<HeaderField> {
  if (!isToken(name)) return { problem: `${quote(name)} is not a header name` };
  if (FRAMING_FIELDS.has(name.toLowerCase())) {
    return { problem: `${quote(name)} can't be set: the server says itself where a reply ends` };
  }
  if (!isFieldValue(value)) {
    return {
      problem: `${quote(value)} is not a header value: control characters and what is not latin-1 can't be sent`,
    };
  }
  return { value: [name, value] };
}

/** A value as messages show it: on one line, in single quotes, and not longer than a line. */
export function quote(text: string): string {
  const shown = text.length > 60 ? `${text.slice(0, 57)}...` : text;
  const inside = JSON.stringify(shown).slice(1, -1).replaceAll('\\"', '"');
  return `'${inside.replace(/[\x7f-\x9f]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`)}'`;
}
