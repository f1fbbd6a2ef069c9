import { inspect } from "node:util";
import { cacheOf } from "../files/memo.js";

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
 * Formats a log message: `format % args` in Python, with the conversions that log messages need.
 *
 * Conversions are `%s`, `%r`, `%d`, `%i`, `%x` and `%f`, with a width and its flags `-` and `0`, and the precision of texts
 * and of `%f`; `%%` is a percent sign.
 *
 * @param format - the text with its places
 * @param args - values for the places, in order
 * @returns the message, not yet escaped for a log: see {@link escapeControls}
 * @throws TypeError if there are too few or too many arguments, if one has the wrong type, or if a place is invalid
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

/**
 * Parsed formats, because a few formats are used for every request. Bounded, in case a program creates new formats all
 * the time.
 */
const piecesOf = cacheOf(100, parseFormat);

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
        `Log format ${inspect(format)} has ${inspect(text)}, which is not one of %${Object.keys(CONVERSIONS).join(" %")} %%`,
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

/** Returns `str(value)`. Objects without their own `toString` are shown by `inspect`, not as `[object Object]`. */
function displayText(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return String(value);
  const write: unknown = value.toString;
  const says = typeof write === "function" && write !== Object.prototype.toString && !Array.isArray(value);
  return says ? String(value) : inspect(value, { breakLength: Number.POSITIVE_INFINITY });
}

/**
 * Returns a value as in source code: Python's `repr`. Text gets single quotes, or double quotes if it contains only
 * single ones.
 *
 * @param value - text is shown as in Python, other values as `util.inspect` shows them
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
