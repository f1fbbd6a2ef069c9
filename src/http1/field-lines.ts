import { isFieldValue, isToken, trimWhitespace } from "./grammar.js";
import type { FieldLines } from "./message.js";
import { ProtocolError, type ProtocolErrorCode } from "./protocol-error.js";

/**
 * Parses a field section: RFC 9112 §5.
 *
 * @param section - the field lines, each with its line feed, without the empty line
 * @param maxCount - the maximum number of lines
 * @param malformed - the error code for a malformed line: that of a header field or of a trailer field
 * @returns name, value, name, value, …
 * @throws {@link ProtocolError} at the first line that is not `name: value`
 */
export function parseFieldLines(
  section: string,
  maxCount: number,
  malformed: ProtocolErrorCode = "BAD_FIELD",
): FieldLines {
  const lines: string[] = [];
  for (let start = 0; start < section.length; ) {
    const lineFeed = section.indexOf("\n", start);
    const end = section.charCodeAt(lineFeed - 1) === 0x0d ? lineFeed - 1 : lineFeed;
    if (lines.length >= maxCount * 2) throw new ProtocolError("TOO_MANY_FIELDS");
    parseFieldLine(section.slice(start, end), lines, malformed);
    start = lineFeed + 1;
  }
  // A copy has no spare room. The connection keeps it with its last head.
  return lines.slice();
}

function parseFieldLine(line: string, lines: string[], malformed: ProtocolErrorCode): void {
  // Python takes a line without a colon for the end of the section, and loses the fields after it.
  const colon = line.indexOf(":");
  const name = line.slice(0, Math.max(colon, 0));
  const value = trimWhitespace(line.slice(colon + 1));
  // No white space between name and colon (RFC 9112 §5.1): servers that remove it see another name than servers that
  // don't.
  if (!isToken(name) || !isFieldValue(value)) throw new ProtocolError(diagnose(line, malformed));
  lines.push(name, value);
}

function diagnose(line: string, malformed: ProtocolErrorCode): ProtocolErrorCode {
  if (line.includes("\r")) return "BARE_CR";
  if (/^[\t ]/.test(line)) return "FOLDED_FIELD";
  return malformed;
}

/** Returns all values of a field, in order. `name` is in lower case. */
export function valuesOf(lines: FieldLines, name: string): string[] {
  const values: string[] = [];
  for (let at = 0; at < lines.length; at += 2) {
    const found = lines[at] as string;
    if (found.length === name.length && found.toLowerCase() === name) values.push(lines[at + 1] as string);
  }
  return values;
}
