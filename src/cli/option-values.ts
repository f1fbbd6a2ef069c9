import type { ContentCoding } from "../http/index.js";
import { BASE_PATH, GLOB, MEDIA_TYPE, type Rule } from "../http/setting-rules.js";
import { isFieldValue, isToken } from "../http1/grammar.js";
import { type Parsed, quote } from "./option.js";

export type HeaderField = readonly [name: string, value: string];

/** Header fields that only the server may write: a second value would allow response splitting. */
const FRAMING_FIELDS: ReadonlySet<string> = new Set(["content-length", "transfer-encoding"]);

const matching = (allowed: string, pattern: RegExp): Rule => ({
  allowed,
  allows: (value) => pattern.test(String(value)),
});

/** A port number; 0 lets the system choose. */
export const PORT: Rule = matching("a port number (0 to 65535)", /^\d+$/);

/** A number of threads and similar things. */
export const COUNT: Rule = matching("a number from 0 to 9999", /^\d+$/);

/** An address or host name to listen on. It may not exist. */
export const ADDRESS: Rule = matching("an address or host name", /^[^\s\x00-\x1f\x7f/[\]]+$/);

/** Path of a file or directory. It may not exist. */
export const PATH: Rule = matching("a path", /^[^\0]+$/);

/** Parses a pattern of file names, and the content coding of these files: `*.data.br=br`. */
export function parseContentEncoding(
  text: string,
): Parsed<readonly [pattern: string, coding: ContentCoding]> {
  const [, pattern, coding] = /^(.+)=(br|zstd|gzip)$/s.exec(text) ?? [];
  if (GLOB.allows(pattern)) return { value: [pattern as string, coding as ContentCoding] };
  return { problem: `${quote(text)} is not a pattern with br, zstd or gzip, such as '*.data.br=br'` };
}

/** Parses the path prefix of all URLs: with a leading slash and no final slash; `""` for the root. */
export function parseBasePath(text: string): Parsed<string> {
  const path = text.replace(/^\/*|\/+$/g, "");
  const value = path === "" ? "" : `/${path}`;
  return BASE_PATH.allows(value) ? { value } : { problem: `${quote(text)} is not ${BASE_PATH.allowed}` };
}

/** Parses origins that may read responses: one, several separated by commas, or `*` for all. */
export function parseOrigins(text: string): Parsed<string | readonly string[]> {
  const [first = "", ...more] = text.split(",").map((origin) => origin.trim());
  return { value: more.length === 0 ? first : [first, ...more] };
}

/** Parses a host name that clients may use for the server. */
export function parseHostName(text: string): Parsed<string> {
  return { value: text.toLowerCase() };
}

/** Parses a suffix and its media type: `.log=text/plain`. */
export function parseMime(text: string): Parsed<readonly [suffix: string, type: string]> {
  const [, suffix, type = ""] = /^(\.[^\s/\\=]+)=(.*)$/s.exec(text) ?? [];
  if (suffix === undefined)
    return { problem: `${quote(text)} is not a suffix with a type, such as .log=text/plain` };
  return MEDIA_TYPE.allows(type)
    ? { value: [suffix, type] }
    : { problem: `${quote(type)} is not ${MEDIA_TYPE.allowed}` };
}

/** Parses a header field for responses. */
export function parseHeader(name: string, value: string): Parsed<HeaderField> {
  if (!isToken(name)) return { problem: `${quote(name)} is not a header name` };
  if (FRAMING_FIELDS.has(name.toLowerCase())) {
    return { problem: `${quote(name)} can't be set: the server sets it itself` };
  }
  if (!isFieldValue(value)) {
    return {
      problem: `${quote(value)} is not a header value: control characters, and characters above U+00FF, can't be sent`,
    };
  }
  return { value: [name, value] };
}
