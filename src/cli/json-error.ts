/** One token of JSON, or white space (RFC 8259 §2). Sticky, so that it matches at a given position. */
const TOKEN =
  /[ \t\n\r]*(?:([{}[\],:])|("(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w.])|(?:true|false|null)(?!\w)))/y;

const WHITE_SPACE = /[ \t\n\r]*/y;

/** The token that may come next. */
type Expected = "value" | "value or ]" | "name" | "name or }" | ":" | ", or end";

/** A place in a text, as editors count it. */
export interface TextPosition {
  /** from 1 */
  readonly line: number;
  /** from 1, in UTF-16 units */
  readonly column: number;
}

/**
 * Finds the place where a text stops being JSON. `JSON.parse` reports the place only in some versions of V8, and not in
 * a reliable form.
 *
 * @param text - a text that `JSON.parse` has refused
 * @returns the position of the first wrong token, or of the end, if something is missing there
 */
export function findJsonError(text: string): TextPosition {
  const open: string[] = [];
  let expected: Expected = "value";
  let offset = 0;
  for (;;) {
    const token = match(TOKEN, text, offset);
    if (token === null) break;
    const [all, punctuator, string] = token;
    const next = follow(expected, punctuator ?? (string === undefined ? "scalar" : "string"), open);
    if (next === null) break;
    expected = next;
    offset += all.length;
  }
  return positionAt(text, offset + (match(WHITE_SPACE, text, offset)?.[0].length ?? 0));
}

/**
 * Finds a name that occurs twice in one object: `JSON.parse` would drop the first value.
 *
 * @param text - valid JSON
 * @returns the name and the position of its second occurrence, or `null`
 */
export function findRepeatedName(text: string): (TextPosition & { readonly name: string }) | null {
  const open: string[] = [];
  const names: Set<string>[] = [];
  let expected: Expected = "value";
  let offset = 0;
  for (;;) {
    const token = match(TOKEN, text, offset);
    if (token === null) return null;
    const [all, punctuator, string] = token;
    if (punctuator === "{") names.push(new Set());
    if (punctuator === "}") names.pop();
    if (string !== undefined && expected.startsWith("name")) {
      const name = JSON.parse(string) as string;
      if (names.at(-1)?.has(name)) return { name, ...positionAt(text, offset + all.length - string.length) };
      names.at(-1)?.add(name);
    }
    expected = follow(expected, punctuator ?? (string === undefined ? "scalar" : "string"), open) ?? expected;
    offset += all.length;
  }
}

/** The grammar of JSON: returns what may follow this token, or `null` if the token is wrong here. */
function follow(expected: Expected, token: string, open: string[]): Expected | null {
  const inside = open.at(-1);
  switch (token) {
    case "{":
    case "[":
      if (!expected.startsWith("value")) return null;
      open.push(token);
      return token === "{" ? "name or }" : "value or ]";
    case "}":
    case "]":
      if (!(expected.endsWith(token) || expected === ", or end") || inside !== (token === "}" ? "{" : "["))
        return null;
      open.pop();
      return ", or end";
    case ",":
      if (expected !== ", or end" || inside === undefined) return null;
      return inside === "{" ? "name" : "value";
    case ":":
      return expected === ":" ? "value" : null;
    default:
      if (expected.startsWith("name")) return token === "string" ? ":" : null;
      return expected.startsWith("value") ? ", or end" : null;
  }
}

function match(pattern: RegExp, text: string, offset: number): RegExpExecArray | null {
  pattern.lastIndex = offset;
  return pattern.exec(text);
}

function positionAt(text: string, offset: number): TextPosition {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
