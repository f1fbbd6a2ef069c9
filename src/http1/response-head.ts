import { isFieldValue, isReasonPhrase, isToken } from "./grammar.js";

/** A checked field line of a response. */
export interface FieldLine {
  /** Value, without the name. */
  readonly value: string;
  /** Whole line, with its line end. */
  readonly text: string;
  /** Name of a field that decides where the response or the connection ends; otherwise `null`. */
  readonly role: "connection" | "content-length" | "transfer-encoding" | null;
  /** Bit of a name that may occur only once in a response; otherwise 0. */
  readonly single: number;
}

/**
 * Fields that pyserve sends by default, and that a response may have only once. The handler's field replaces ours,
 * because clients disagree about repeated fields.
 *
 * `Vary` is not one of them, because clients join its lines to one list. Each name has a bit, so that one number can
 * hold all names that a head has.
 */
const SINGLE_FIELDS: ReadonlyMap<string, number> = new Map(
  [
    ...["server", "date", "content-type", "content-encoding", "content-range", "last-modified", "etag"],
    ...["cache-control", "accept-ranges", "location", "x-content-type-options", "content-disposition"],
    ...["access-control-allow-origin", "access-control-expose-headers", "access-control-max-age"],
    ...["access-control-allow-methods", "access-control-allow-headers"],
    ...["cross-origin-opener-policy", "cross-origin-embedder-policy", "keep-alive"],
  ].map((name, at) => [name, 1 << at]),
);

/** Bit of `Keep-Alive`: see {@link FieldLine.single}. */
export const KEEP_ALIVE = SINGLE_FIELDS.get("keep-alive") as number;

/** Fields that were checked once and can be sent many times: {@link fieldBlock}. */
export interface FieldBlock {
  /** Names and values of the fields. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** Lines before `Content-Length` (without one, all lines), with their line ends. */
  readonly before: string;
  /** Line of `Content-Length`, if there is one. */
  readonly length: FieldLine | null;
  /** Lines after `Content-Length`. */
  readonly after: string;
  /** Bits of its single fields: see {@link FieldLine.single}. */
  readonly singles: number;
}

interface StatusLine {
  readonly version: string;
  readonly reason: string;
  readonly text: string;
}

/** Maximum number of cached names. It is limited, because clients may influence names. */
const REMEMBERED = 256;

// Last line of each name, to check repeated lines only once.
const lastLines = new Map<string, FieldLine>();
const lastStatusLines = new Map<number, StatusLine>();

/**
 * Returns a field line, `name: value` (RFC 9112 §5).
 *
 * @throws `TypeError` for an invalid name, and for a value with line ends or other forbidden characters, which would
 *   split the response (RFC 9112 §11.1)
 */
export function fieldLine(name: string, value: string): FieldLine {
  const last = lastLines.get(name);
  return last !== undefined && last.value === value ? last : newFieldLine(name, value);
}

/**
 * Returns a status line (RFC 9112 §4).
 *
 * @throws `TypeError` for a reason phrase with line ends or other forbidden characters
 */
export function statusLine(version: string, status: number, reason: string): string {
  const last = lastStatusLines.get(status);
  if (last !== undefined && last.version === version && last.reason === reason) return last.text;
  if (!isReasonPhrase(reason)) {
    throw new TypeError(`The reason phrase ${JSON.stringify(reason)} has invalid characters.`);
  }
  const line = { version, reason, text: `${version} ${status} ${reason}\r\n` };
  lastStatusLines.set(status, line);
  return line.text;
}

/**
 * Checks fields once, for many responses.
 *
 * @param fields - names and values
 * @returns a block for `send_header_block`, for any number of responses
 * @throws `TypeError` for an invalid name or value, and for `Connection`, `Transfer-Encoding` and a second
 * `Content-Length`, because these decide where a response ends
 */
export function fieldBlock(fields: FieldBlock["fields"]): FieldBlock {
  const lines = fields.map(([name, value]) => fieldLine(name, value));
  const place = lines.findIndex(({ role }) => role === "content-length");
  const textOf = (some: readonly FieldLine[]) => some.map(({ role, text }) => plainText(role, text)).join("");
  const singles = lines.reduce((bits, { single }) => bits | single, 0);
  if (place < 0) return { fields, before: textOf(lines), length: null, after: "", singles };
  const before = textOf(lines.slice(0, place));
  return {
    fields,
    before,
    length: lines[place] as FieldLine,
    after: textOf(lines.slice(place + 1)),
    singles,
  };
}

/**
 * Returns a head without the first field line with a name.
 *
 * @param head - a status line and field lines
 * @param name - the name of a field in the head
 */
export function withoutField(head: string, name: string): string {
  const start = head.toLowerCase().indexOf(`\r\n${name.toLowerCase()}:`) + 2;
  return head.slice(0, start) + head.slice(head.indexOf("\r\n", start) + 2);
}

function plainText(role: FieldLine["role"], text: string): string {
  if (role === null) return text;
  throw new TypeError(`A block of fields can't have ${JSON.stringify(text)}: send it by itself.`);
}

function newFieldLine(name: string, value: string): FieldLine {
  if (!isToken(name)) throw new TypeError(`The field name ${JSON.stringify(name)} is not a token.`);
  if (!isFieldValue(value)) {
    const quoted = JSON.stringify(value);
    throw new TypeError(`The value of the field ${name} has invalid characters: ${quoted}.`);
  }
  const lower = name.toLowerCase();
  const single = SINGLE_FIELDS.get(lower) ?? 0;
  const line = { value, text: `${name}: ${value}\r\n`, role: roleOf(lower), single };
  if (lastLines.size < REMEMBERED || lastLines.has(name)) lastLines.set(name, line);
  return line;
}

function roleOf(name: string): FieldLine["role"] {
  const decides = name === "connection" || name === "content-length" || name === "transfer-encoding";
  return decides ? name : null;
}
