import { isFieldValue, isReasonPhrase, isToken } from "./grammar.js";

/** A field line of a response, checked. */
export interface FieldLine {
  /** Without its name. */
  readonly value: string;
  /** The whole line, with its line end. */
  readonly text: string;
  /** The name, if the field decides about the end of the response or of the connection; otherwise `null`. */
  readonly role: "connection" | "content-length" | "transfer-encoding" | null;
  /** The bit of its name, if a response has this field only once; otherwise 0. */
  readonly single: number;
}

/**
 * Fields that a response has only once, and that pyserve sends by default. If the handler sends one, it replaces ours:
 * clients differ in which of two they use.
 *
 * `Vary` is not here, because several lines of it are joined to one list. Each name has a bit, so a head can store its
 * names in one number.
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

/** The bit of `Keep-Alive`: see {@link FieldLine.single}. */
export const KEEP_ALIVE = SINGLE_FIELDS.get("keep-alive") as number;

/** Fields that were checked once and can be sent many times: {@link fieldBlock}. */
export interface FieldBlock {
  /** The fields that the head was made of. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** The lines before `Content-Length`, or all lines, with their line ends. */
  readonly before: string;
  /** The line of the framing field, if there is one. */
  readonly length: FieldLine | null;
  /** The lines behind it. */
  readonly after: string;
  /** The bits of its single fields: see {@link FieldLine.single}. */
  readonly singles: number;
}

interface StatusLine {
  readonly version: string;
  readonly reason: string;
  readonly text: string;
}

/** Number of cached names: enough for an application, but limited, because clients may influence names. */
const REMEMBERED = 256;

// The last line of each name: responses repeat their fields, so one check is enough.
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
    throw new TypeError(`The reason phrase ${JSON.stringify(reason)} has characters that it must not have.`);
  }
  const line = { version, reason, text: `${version} ${status} ${reason}\r\n` };
  lastStatusLines.set(status, line);
  return line.text;
}

/**
 * Checks several fields once, for responses that repeat them.
 *
 * @param fields - names and values
 * @returns a block for `send_header_block`, which you can use many times
 * @throws `TypeError` for an invalid name or value, and for `Connection`, `Transfer-Encoding` and a second
 *   `Content-Length`: a response treats these in a special way
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
 * Returns a head without the first line of a name.
 *
 * @param head - a status line and field lines
 * @param name - of a field that is in it
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
    throw new TypeError(`The value of the field ${name} has characters that it must not have: ${quoted}.`);
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
