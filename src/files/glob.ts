/**
 * Patterns for paths. This is our own matcher, because older versions of Node have no `path.matchesGlob`, and because
 * regular expressions can take exponential time. Here, a star is never tried twice in the same place.
 *
 * @module
 */

/** True if a character matches. */
type CharacterTest = (character: string) => boolean;

/** A parsed element of a pattern: a test of a character, or a special element. */
type Item = "*" | "{" | "}" | "," | "/" | CharacterTest;

/** Pattern for one name of a path; `**` matches any number of names. */
type Segment = "**" | readonly Item[];

/** Maximum number of patterns that braces may expand to. */
export const MAX_ALTERNATIVES = 1000;

/** True if a relative path with slashes matches a pattern. */
export type PathMatcher = (path: string) => boolean;

/**
 * Creates a matcher for several patterns. A path matches if one of them matches.
 *
 * | pattern | stands for |
 * | --- | --- |
 * | `*` | any characters of a name, dots included |
 * | `?` | one character of a name |
 * | `[a-z_]`, `[!a-z]` | one of these characters, a character other than these |
 * | `{a,b*}` | one of the patterns |
 * | `**` | any number of directories, if it is a whole name |
 * | `\*` | the star itself; a backslash escapes any character |
 *
 * A pattern without a slash matches names in all directories. A pattern with a slash matches paths from the root; if it
 * ends in a slash, it matches everything below. Case matters.
 *
 * @throws RangeError if a pattern has more than {@link MAX_ALTERNATIVES}
 * @example
 * const isHashed = pathMatcher(["assets/**", "*.[0-9a-f][0-9a-f]*.{js,css}"]);
 * isHashed("assets/img/a.png"); // true
 * isHashed("js/app.3f9c.js"); // true
 */
export function pathMatcher(globs: readonly string[]): PathMatcher {
  const patterns = globs
    .flatMap(alternatives)
    .filter(({ length }) => length > 0)
    .map(segmentsOf);
  if (patterns.length === 0) return () => false;
  return (path) => {
    const names = path.split("/").map((name) => [...name]);
    return patterns.some((pattern) => matches(pattern, names, "**", matchesName));
  };
}

function matchesName(segment: Segment, name: readonly string[]): boolean {
  return segment !== "**" && matches(segment, name, "*", matchesCharacter);
}

function matchesCharacter(item: Item, character: string): boolean {
  return typeof item === "function" && item(character);
}

/**
 * True if a pattern with stars matches a sequence. After a mismatch, only the last star is tried with one more element,
 * because it can match everything that an earlier star could. So the time is at most the product of both lengths.
 */
function matches<P, E>(
  pattern: readonly P[],
  elements: readonly E[],
  star: P,
  matchesOne: (part: P, element: E) => boolean,
): boolean {
  let part = 0;
  let lastStar = -1;
  let taken = 0; // end of the text that the last star matches
  for (let at = 0; at < elements.length; ) {
    if (pattern[part] === star) {
      lastStar = part++;
      taken = at;
    } else if (part < pattern.length && matchesOne(pattern[part] as P, elements[at] as E)) {
      part++;
      at++;
    } else if (lastStar !== -1) {
      part = lastStar + 1;
      at = ++taken;
    } else return false;
  }
  while (pattern[part] === star) part++;
  return part === pattern.length;
}

/** Returns the patterns without braces that a pattern expands to. */
function alternatives(glob: string): Item[][] {
  const done: Item[][] = [];
  const open: Item[][] = [itemsOf(glob)];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const end = next.indexOf("}"); // the first closing brace is that of the innermost pair
    const start = next.lastIndexOf("{", end);
    if (end === -1) done.push(next);
    else if (start === -1) open.push(next.with(end, isCharacter("}")));
    else
      for (const choice of split(next.slice(start + 1, end), ","))
        open.push([...next.slice(0, start), ...choice, ...next.slice(end + 1)]);
    if (done.length + open.length > MAX_ALTERNATIVES) {
      throw new RangeError(
        `A pattern may have at most ${MAX_ALTERNATIVES} alternatives in braces. This one has more: ${JSON.stringify(glob)}`,
      );
    }
  }
  return done;
}

function split(items: readonly Item[], separator: Item): Item[][] {
  const parts: Item[][] = [[]];
  for (const item of items) {
    if (item === separator) parts.push([]);
    else parts.at(-1)?.push(item);
  }
  return parts;
}

/** Returns the segments of a pattern. An empty pattern has none. */
function segmentsOf(items: readonly Item[]): Segment[] {
  // Empty names are left out: a slash at the beginning means the root.
  const segments = split(items, "/")
    .filter(({ length }) => length > 0)
    .map(segmentOf);
  // Everything below a directory: at least one name.
  if (segments.at(-1) === "**" || items.at(-1) === "/") segments.push("**", ["*"]);
  return items.includes("/") ? segments : ["**", ...segments];
}

function segmentOf(items: readonly Item[]): Segment {
  if (items.length === 2 && items.every((item) => item === "*")) return "**";
  // Remaining braces and commas are ordinary characters.
  return items.map((item) => (item === "," || item === "{" ? isCharacter(item) : item));
}

// An escaped character; a class, in which a bracket at the beginning is a member; or any character.
const ITEM = /\\(.)|\[([!^]?)(\][^\]]*|[^\]]+)\]|./gsu;

/** Parses a pattern. It has no errors: unclosed brackets are ordinary characters. */
function itemsOf(glob: string): Item[] {
  return Array.from(glob.matchAll(ITEM), ([item, escaped, negation = "", members]) => {
    if (escaped !== undefined) return isCharacter(escaped);
    if (members !== undefined) return isInClass([...members], negation !== "");
    if (item === "?") return () => true;
    return "*{},/".includes(item) ? (item as Item) : isCharacter(item);
  });
}

function isCharacter(wanted: string): CharacterTest {
  return (character) => character === wanted;
}

function isInClass(members: readonly string[], isNegated: boolean): CharacterTest {
  const codes = members.map((member) => member.codePointAt(0) as number);
  const ranges: [from: number, to: number][] = [];
  for (let at = 0; at < codes.length; at++) {
    const from = codes[at] as number;
    const isRange = members[at + 1] === "-" && at + 2 < codes.length;
    if (isRange) at += 2;
    ranges.push([from, codes[at] as number]);
  }
  return (character) => {
    const code = character.codePointAt(0) as number;
    return ranges.some(([from, to]) => from <= code && code <= to) !== isNegated;
  };
}
