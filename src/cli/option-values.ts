import { isIP } from "node:net";
import { isNetwork } from "../http/forwarding.js";
import type { ContentCoding } from "../http/index.js";
import { isFieldValue, isToken } from "../http1/grammar.js";
import type { Parsed } from "./option.js";

/** A header field: its name and its value. */
export type HeaderField = readonly [name: string, value: string];

/** Framing fields. The server writes them; a second value would allow response splitting. */
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

/** An address or host name to listen on. It is not checked here whether it exists. */
export function parseAddress(text: string): Parsed<string> {
  if (/^[^\s\x00-\x1f\x7f/[\]]+$/.test(text)) return { value: text };
  return { problem: `${quote(text)} is not an address or host name` };
}

/** The path of a file or directory. It is not checked here whether it exists. */
export function parsePath(text: string): Parsed<string> {
  if (text !== "" && !text.includes("\0")) return { value: text };
  return { problem: `${quote(text)} is not a path` };
}

/** One of a few words. */
export function parseChoice<const Choice extends string>(
  choices: readonly Choice[],
): (text: string) => Parsed<Choice> {
  return (text) => {
    const value = choices.find((choice) => choice === text);
    return value === undefined
      ? { problem: `${quote(text)} is not one of ${choices.join(", ")}` }
      : { value };
  };
}

/** A number of seconds. */
export function parseSeconds(text: string): Parsed<number> {
  if (/^\d{1,10}$/.test(text) && Number(text) <= MOST_SECONDS) return { value: Number(text) };
  return { problem: `${quote(text)} is not a number of seconds` };
}

/** A number of bytes. */
export function parseBytes(text: string): Parsed<number> {
  if (/^\d{1,10}$/.test(text) && Number(text) <= MOST_SECONDS) return { value: Number(text) };
  return { problem: `${quote(text)} is not a number of bytes` };
}

/** The most that `max-age` can say (RFC 9111 §1.2.2). */
export const MOST_SECONDS: number = 2 ** 31;

/** A name of a file, without a path. */
export function parseFileName(text: string): Parsed<string> {
  if (/^[^/\\\0]+$/.test(text) && text !== "." && text !== "..") return { value: text };
  return { problem: `${quote(text)} is not the name of a file` };
}

/** A pattern for paths. */
export function parseGlob(text: string): Parsed<string> {
  if (text !== "" && !/[\x00-\x1f]/.test(text)) return { value: text };
  return { problem: `${quote(text)} is not a pattern such as assets/**` };
}

/** Parses the coding of files that match a pattern: `*.data.br=br`. */
export function parseContentEncoding(
  text: string,
): Parsed<readonly [pattern: string, coding: ContentCoding]> {
  const [, pattern, coding] = /^([^\x00-\x1f]+)=(br|zstd|gzip)$/.exec(text) ?? [];
  if (pattern !== undefined) return { value: [pattern, coding as ContentCoding] };
  return { problem: `${quote(text)} is not a pattern and br, zstd or gzip, such as '*.data.br=br'` };
}

/** A pattern for names that begin with a dot. */
export function parseDotPattern(text: string): Parsed<string> {
  return text.startsWith(".") && !text.includes("/")
    ? parseGlob(text)
    : { problem: `${quote(text)} is not a pattern for names that begin with a dot, such as '.z*'` };
}

/** The path below which everything is served: with a leading slash and no final slash; `""` for the root. */
export function parseBasePath(text: string): Parsed<string> {
  const path = `/${text.replace(/^\/+|\/+$/g, "")}`;
  if (path === "/") return { value: "" };
  if (/^(?:\/(?!\.{1,2}(?:\/|$))[\w.~!$&'()*+,;=:@%-]+)+$/.test(path)) return { value: path };
  return { problem: `${quote(text)} is not a path such as /docs` };
}

/** The path of a target that the server answers by itself. */
export function parseTargetPath(text: string): Parsed<string> {
  if (/^\/[!-~]+$/.test(text) && !/[?#]/.test(text)) return { value: text };
  return { problem: `${quote(text)} is not a path such as /healthz` };
}

/** Origins that may read responses (RFC 6454 §6.2): one, several separated by commas, or `*` for all. */
export function parseOrigins(text: string): Parsed<string | readonly string[]> {
  const origins = text.split(",").map((origin) => origin.trim());
  const wrong = origins.find((origin) => !(text === "*" || origin === "null" || originOf(origin) === origin));
  if (wrong !== undefined)
    return { problem: `${quote(wrong)} is not * or an origin such as https://example.com` };
  return { value: origins.length === 1 ? text.trim() : origins };
}

function originOf(text: string): string | null {
  return URL.canParse(text) ? new URL(text).origin : null;
}

/** A user and a password, `user:password`, as Basic authentication has them (RFC 7617 §2). */
export function parseCredentials(text: string): Parsed<string> {
  if (/^[^:\x00-\x1f\x7f]+:[^\x00-\x1f\x7f]+$/.test(text)) return { value: text };
  // The message does not contain the value, because messages end up in logs.
  return { problem: "what is needed is a user, a colon and a password" };
}

/** A host name that clients may use for the server, without a port. */
export function parseHostName(text: string): Parsed<string> {
  if (/^[\w.*-]+$/.test(text) || (/^\[.*\]$/.test(text) ? isIP(text.slice(1, -1)) : isIP(text)) === 6) {
    return { value: text.toLowerCase() };
  }
  return { problem: `${quote(text)} is not a host name` };
}

/** The peers that are proxies. */
export function parseNetwork(text: string): Parsed<string> {
  return isNetwork(text)
    ? { value: text }
    : {
        problem: `${quote(text)} is not an address, a network such as 10.0.0.0/8, loopback, private or unix`,
      };
}

/** A type for a suffix: `.log=text/plain`. */
export function parseMime(text: string): Parsed<readonly [suffix: string, type: string]> {
  const [, suffix, type = ""] = /^(\.[^\s/\\=]+)=(.*)$/s.exec(text) ?? [];
  if (suffix === undefined)
    return { problem: `${quote(text)} is not a suffix and a type such as .log=text/plain` };
  const parsed = parseMediaType(type);
  return "problem" in parsed ? parsed : { value: [suffix, parsed.value] };
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
