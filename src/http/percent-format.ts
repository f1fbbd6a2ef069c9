import { inspect } from "node:util";

/** One place of a format, such as `%-5.2f`. */
interface Place {
  readonly text: string;
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
  readonly convert: Convert;
}

type Convert = (value: unknown, place: Place) => string;

const NUMERIC = /[dioxXuf]/i;

/** Supported conversions. Python has more; log lines use these. */
const CONVERSIONS: ReadonlyMap<string, Convert> = new Map<string, Convert>([
  ["s", (value, { precision }) => displayText(value).slice(0, precision)],
  ["r", (value, { precision }) => repr(value).slice(0, precision)],
  ["d", (value, place) => digits(toInteger(value, place), 10, "", place)],
  ["i", (value, place) => digits(toInteger(value, place), 10, "", place)],
  ["x", (value, place) => digits(toExactInteger(value, place), 16, "0x", place)],
  ["X", (value, place) => digits(toExactInteger(value, place), 16, "0x", place).toUpperCase()],
  ["o", (value, place) => digits(toExactInteger(value, place), 8, "0o", place)],
  ["f", (value, place) => signed(fixedPoint(toNumber(value, place), place.precision ?? 6), place)],
]);

/**
 * Fills in a log message: `format % args` in Python, as far as log messages need it.
 *
 * Conversions are `%s`, `%r`, `%d`, `%i`, `%x`, `%X`, `%o` and `%f`, with Python's flags (`-`, `0`, `+`, space, `#`), width and
 * precision; `%%` is a percent sign.
 *
 * @param format - the text with its places
 * @param args - what goes into the places, in their order
 * @returns the message, not yet escaped for a log: see {@link escapeControls}
 * @throws TypeError if arguments are too few or too many, or don't suit their place, or if a place is not understood
 *
 * @example
 * ```ts
 * formatMessage('"%s" %d %.1f ms', ["GET / HTTP/1.1", 200, 0.4321]); // '"GET / HTTP/1.1" 200 0.4 ms'
 * ```
 */
export function formatMessage(format: string, args: readonly unknown[]): string {
  const pieces = piecesOf(format);
  let message = "";
  let next = 0;
  for (const piece of pieces) {
    if (typeof piece === "string") {
      message += piece;
      continue;
    }
    if (next === args.length) throw new TypeError(`Not enough arguments for log format ${inspect(format)}`);
    message += fill(piece, args[next++]);
  }
  if (next < args.length) {
    throw new TypeError(`Too many arguments for log format ${inspect(format)}: ${args.length}, not ${next}`);
  }
  return message;
}

/** Formats are few and used for every request, so each is taken apart once; a bound, in case somebody makes them up. */
const parsedFormats = new Map<string, readonly (string | Place)[]>();
const PARSED_FORMATS_MAX = 100;

function piecesOf(format: string): readonly (string | Place)[] {
  let pieces = parsedFormats.get(format);
  if (pieces === undefined) {
    pieces = parseFormat(format);
    if (parsedFormats.size >= PARSED_FORMATS_MAX) parsedFormats.clear();
    parsedFormats.set(format, pieces);
  }
  return pieces;
}

function parseFormat(format: string): (string | Place)[] {
  const pieces: (string | Place)[] = [];
  let from = 0;
  for (const match of format.matchAll(/%([-0+ #]*)(\d*)(?:\.(\d*))?[hlL]?(.?)/gsu)) {
    const [text, flags = "", width, precision, conversion = ""] = match;
    pieces.push(format.slice(from, match.index));
    pieces.push(text === "%%" ? "%" : parsePlace(format, text, flags, Number(width), precision, conversion));
    from = match.index + text.length;
  }
  pieces.push(format.slice(from));
  return pieces.filter((piece) => piece !== "");
}

function parsePlace(
  format: string,
  text: string,
  flags: string,
  width: number,
  precision: string | undefined,
  conversion: string,
): Place {
  const convert = CONVERSIONS.get(conversion);
  if (convert === undefined) {
    throw new TypeError(
      `Log format ${inspect(format)} has ${inspect(text)}, which is none of ${[...CONVERSIONS.keys()].map((key) => `%${key}`).join(" ")} %%`,
    );
  }
  return { text, flags, width, precision: precision === undefined ? undefined : Number(precision), convert };
}

function fill(place: Place, value: unknown): string {
  const text = place.convert(value, place);
  if (text.length >= place.width) return text;
  if (place.flags.includes("-")) return text.padEnd(place.width);
  if (!place.flags.includes("0") || !NUMERIC.test(place.text)) return text.padStart(place.width);

  const sign = /^[-+ ]?(?:0[xXoO])?/.exec(text)?.[0] ?? ""; // zeros go between the sign and the digits
  return sign + text.slice(sign.length).padStart(place.width - sign.length, "0");
}

function digits(value: bigint, radix: number, prefix: string, place: Place): string {
  const text = (value < 0n ? -value : value).toString(radix).padStart(place.precision ?? 0, "0");
  return signed((value < 0n ? "-" : "") + (place.flags.includes("#") ? prefix : "") + text, place);
}

function signed(text: string, { flags }: Place): string {
  if (text.startsWith("-")) return text;
  if (flags.includes("+")) return `+${text}`;
  return flags.includes(" ") ? ` ${text}` : text;
}

function fixedPoint(value: number, precision: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value < 0 ? "-inf" : "inf";
  if (Math.abs(value) < 1e21)
    return Object.is(value, -0) ? `-${(0).toFixed(precision)}` : value.toFixed(precision);
  const fraction = precision === 0 ? "" : `.${"0".repeat(precision)}`;
  return BigInt(value) + fraction; // toFixed turns to exponents here; a number so large has no fraction
}

function toNumber(value: unknown, { text }: Place): number {
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean")
    return Number(value);
  throw new TypeError(`${text} in a log format needs a number, not ${inspect(value)}`);
}

function toInteger(value: unknown, place: Place): bigint {
  if (typeof value === "bigint") return value;
  const number = Math.trunc(toNumber(value, place));
  if (Number.isFinite(number)) return BigInt(number);
  throw new TypeError(`${place.text} in a log format needs a finite number, not ${inspect(value)}`);
}

function toExactInteger(value: unknown, place: Place): bigint {
  if (typeof value !== "number" || Number.isInteger(value)) return toInteger(value, place);
  throw new TypeError(`${place.text} in a log format needs an integer, not ${inspect(value)}`);
}

/** `str(value)`: objects that don't say how they want to be written are shown as `inspect` shows them, not `[object Object]`. */
function displayText(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return String(value);
  const write: unknown = value.toString;
  const says = typeof write === "function" && write !== Object.prototype.toString && !Array.isArray(value);
  return says ? String(value) : inspect(value, { breakLength: Number.POSITIVE_INFINITY });
}

/**
 * Writes a value as source code would: Python's `repr`, which quotes a text with single quotes, or with double quotes if it
 * holds single ones only.
 *
 * @param value - a text is written as Python writes it; anything else as `util.inspect` does
 * @returns one line
 *
 * @example
 * ```ts
 * `Unsupported method (${repr("FOO")})`; // "Unsupported method ('FOO')"
 * ```
 */
export function repr(value: unknown): string {
  if (typeof value !== "string") return inspect(value, { breakLength: Number.POSITIVE_INFINITY });
  const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
  const escaped = value.replace(/[\\'\p{C}\p{Z}]/gu, (character) => reprCharacter(character, quote));
  return quote + escaped + quote;
}

const REPR_NAMED: Readonly<Record<string, string>> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };

function reprCharacter(character: string, quote: string): string {
  if (character === " ") return character;
  if (character === "'") return quote === "'" ? "\\'" : character;
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code <= 0xff) return REPR_NAMED[character] ?? `\\x${hex.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}
