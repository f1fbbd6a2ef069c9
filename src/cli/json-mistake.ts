/** One token of JSON, after optional white space (RFC 8259 §2). Sticky, so that it matches at a given position. */
const TOKEN =
  /[ \t\n\r]*(?:([{}[\],:])|("(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w.])|(?:true|false|null)(?!\w)))/y;

const WHITE_SPACE = /[ \t\n\r]*/y;

/** A position in a text, as editors count it. */
export interface Mistake {
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in UTF-16 units. */
  readonly column: number;
  /** The repeated name of an object; `null` if the text is invalid JSON from here on. */
  readonly name: string | null;
}

/** Next valid tokens: a single one, one that ends an array or object, or any value. */
type Expected = "value" | "value or ]" | "name" | "name or }" | ":" | ", or end";

/**
 * Finds the first position where a text is invalid JSON, or where an object repeats a name. `JSON.parse` reports the
 * position of an error only in some versions of V8, and accepts repeated names.
 *
 * @returns the first mistake, or `null` if there is none
 */
export function findMistake(text: string): Mistake | null {
  /** Names of each open object; `null` for an array. */
  const open: (Set<string> | null)[] = [];
  let expected: Expected = "value";
  for (let offset = 0; ; offset = TOKEN.lastIndex) {
    TOKEN.lastIndex = offset;
    const [token, punctuator, string] = TOKEN.exec(text) ?? [];
    const isValue = expected.startsWith("value");
    WHITE_SPACE.lastIndex = offset;
    const start = offset + (WHITE_SPACE.exec(text)?.[0].length ?? 0);
    if (token === undefined)
      return start === text.length && open.length === 0 && expected === ", or end"
        ? null
        : mistakeAt(text, start);

    const inside = open.at(-1);
    if (string !== undefined && expected.startsWith("name")) {
      const name = JSON.parse(string) as string;
      if (inside?.has(name)) return { ...mistakeAt(text, start), name };
      inside?.add(name);
      expected = ":";
    } else if ((punctuator === "{" || punctuator === "[") && isValue) {
      open.push(punctuator === "{" ? new Set() : null);
      expected = punctuator === "{" ? "name or }" : "value or ]";
    } else if (punctuator === undefined && isValue) expected = ", or end";
    else if (punctuator === ":" && expected === ":") expected = "value";
    else if (punctuator === "," && expected === ", or end" && inside !== undefined)
      expected = inside === null ? "value" : "name";
    else if (punctuator === (inside === null ? "]" : "}") && inside !== undefined && mayEnd(expected)) {
      open.pop();
      expected = ", or end";
    } else return mistakeAt(text, start);
  }
}

function mayEnd(expected: Expected): boolean {
  return expected === ", or end" || expected === "name or }" || expected === "value or ]";
}

function mistakeAt(text: string, offset: number): Mistake {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, name: null };
}
