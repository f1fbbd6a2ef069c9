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

/** Supported conversions. Python has more; log lines use these. */
const CONVERSIONS: Readonly<Record<string, Convert>> = {
  s: (value, { precision }) => displayText(value).slice(0, precision),
  r: (value, { precision }) => repr(value).slice(0, precision),
  d: (value, place) => toInteger(value, place).toString(),
  i: (value, place) => toInteger(value, place).toString(),
  x: (value, place) => toInteger(value, place).toString(16),
  f: (value, place) => toNumber(value, place).toFixed(place.precision ?? 6),
};

/**
 * Fills in a log message: `format % args` in Python, as far as log messages need it.
 *
 * Conversions are `%s`, `%r`, `%d`, `%i`, `%x` and `%f`, with a width and its flags `-` and `0`, and the precision of texts
 * and of `%f`; `%%` is a percent sign.
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

/** Formats are few and used for every request, so each is parsed once; a bound, in case somebody makes them up. */
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
  for (const match of format.matchAll(/%([-0]*)(\d*)(?:\.(\d*))?(.?)/gsu)) {
    const [text, flags = "", width, precision, conversion = ""] = match;
    pieces.push(format.slice(from, match.index));
    from = match.index + text.length;
    const convert = Object.hasOwn(CONVERSIONS, conversion) ? CONVERSIONS[conversion] : undefined;
    if (text === "%%") pieces.push("%");
    else if (convert === undefined) {
      throw new TypeError(
        `Log format ${inspect(format)} has ${inspect(text)}, which is none of %${Object.keys(CONVERSIONS).join(" %")} %%`,
      );
    } else {
      const digits = precision === undefined ? undefined : Number(precision);
      pieces.push({ text, flags, width: Number(width), precision: digits, convert });
    }
  }
  pieces.push(format.slice(from));
  return pieces.filter((piece) => piece !== "");
}

function fill(place: Place, value: unknown): string {
  const { flags, width } = place;
  const text = place.convert(value, place);
  if (flags.includes("-")) return text.padEnd(width);
  if (!flags.includes("0") || !/[dixf]$/.test(place.text)) return text.padStart(width);
  const sign = text.startsWith("-") ? "-" : ""; // zeros go between the sign and the digits
  return sign + text.slice(sign.length).padStart(width - sign.length, "0");
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
