/**
 * Patterns for paths. A matcher of our own, since `path.matchesGlob` is not in all Nodes, and since patterns that become regular
 * expressions can take exponential time: here a star is never tried twice in the same place.
 *
 * @module
 */

/** True if a character is meant. */
type CharacterTest = (character: string) => boolean;

/** A pattern, read once: a character test, or what has a meaning of its own. */
type Item = "*" | "{" | "}" | "," | "/" | CharacterTest;

/** What one name of a path has to be; `**` is any number of names. */
type Segment = "**" | readonly Item[];

/** How many patterns braces may come to. */
export const MAX_ALTERNATIVES = 1000;

/** True if a path, relative and with slashes, is meant by a pattern. */
export type PathMatcher = (path: string) => boolean;

/**
 * Makes a matcher of some patterns. A path matches if one of them does.
 *
 * | pattern | stands for |
 * | --- | --- |
 * | `*` | any characters of a name, dots included |
 * | `?` | one character of a name |
 * | `[a-z_]`, `[!a-z]` | one of them, none of them |
 * | `{a,b*}` | one of the patterns |
 * | `**` | as a whole name: any number of directories |
 * | `\*` | the character itself |
 *
 * A pattern without a slash is for names in all directories; one with a slash, for paths from the root; one that ends in a slash,
 * for all below. Case counts.
 *
 * @throws RangeError if a pattern has more than {@link MAX_ALTERNATIVES}
 * @example
 * const isHashed = pathMatcher(["assets/**", "*.[0-9a-f][0-9a-f]*.{js,css}"]);
 * isHashed("assets/img/a.png"); // true
 * isHashed("js/app.3f9c.js"); // true
 */
export function pathMatcher(globs: readonly string[]): PathMatcher {
  const patterns = globs.flatMap(alternatives).filter(isNotEmpty).map(segmentsOf);
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
 * True if a pattern with stars means a sequence. When something does not fit, only the last star takes one more: what an earlier
 * one could take, the last can take too. So the time is at most the product of both lengths.
 */
function matches<P, E>(
  pattern: readonly P[],
  elements: readonly E[],
  star: P,
  matchesOne: (part: P, element: E) => boolean,
): boolean {
  let part = 0;
  let lastStar = -1;
  let taken = 0; // by the last star: up to here
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

/** The patterns without braces that a pattern stands for. */
function alternatives(glob: string): Item[][] {
  const done: Item[][] = [];
  const open: Item[][] = [itemsOf(glob)];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const choices = expandFirstBrace(next);
    if (choices === undefined) done.push(next);
    else open.push(...choices);
    if (done.length + open.length > MAX_ALTERNATIVES) {
      throw new RangeError(
        `A glob must not stand for more than ${MAX_ALTERNATIVES} patterns, as ${JSON.stringify(glob)} does`,
      );
    }
  }
  return done;
}

function expandFirstBrace(items: readonly Item[]): Item[][] | undefined {
  const open = items.indexOf("{");
  if (open === -1) return undefined;
  const ends = choiceEnds(items, open);
  if (ends === undefined) return [items.with(open, isCharacter("{"))];
  const rest = items.slice((ends.at(-1) as number) + 1);
  return ends.map((end, at) => {
    const start = (at === 0 ? open : (ends[at - 1] as number)) + 1;
    return [...items.slice(0, open), ...items.slice(start, end), ...rest];
  });
}

/** Where the choices of a brace end: its commas, and the brace that closes it. */
function choiceEnds(items: readonly Item[], open: number): number[] | undefined {
  const commas: number[] = [];
  let depth = 0;
  for (let at = open; at < items.length; at++) {
    if (items[at] === "{") depth++;
    else if (items[at] === "," && depth === 1) commas.push(at);
    else if (items[at] === "}" && --depth === 0) return [...commas, at];
  }
  return undefined;
}

/** A pattern without a character means no name, and is not one for names in all directories. */
function isNotEmpty(items: readonly Item[]): boolean {
  return items.length > 0;
}

function segmentsOf(items: readonly Item[]): Segment[] {
  const segments = splitAtSlashes(items).map(segmentOf);
  // All below a directory: one name at least.
  if (segments.at(-1) === "**" || items.at(-1) === "/") segments.push("**", ["*"]);
  return items.includes("/") ? segments : ["**", ...segments];
}

/** Without empty ones: a slash at the beginning is that of the root. */
function splitAtSlashes(items: readonly Item[]): Item[][] {
  const names: Item[][] = [[]];
  for (const item of items) {
    if (item === "/") names.push([]);
    else names.at(-1)?.push(item);
  }
  return names.filter((name) => name.length > 0);
}

function segmentOf(items: readonly Item[]): Segment {
  if (items.length === 2 && items.every((item) => item === "*")) return "**";
  // What is left of commas and closing braces stands for itself.
  return items.map((item) => (item === "," || item === "}" ? isCharacter(item) : item));
}

/** Reads a pattern. Nothing in it is an error: what is not closed stands for itself. */
function itemsOf(glob: string): Item[] {
  const characters = [...glob];
  const items: Item[] = [];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] as string;
    const escaped = character === "\\" ? characters[at + 1] : undefined;
    const classEnd = character === "[" ? endOfClass(characters, at) : -1;
    if (escaped !== undefined) {
      items.push(isCharacter(escaped));
      at++;
    } else if (classEnd !== -1) {
      items.push(isInClass(characters.slice(at + 1, classEnd)));
      at = classEnd;
    } else items.push(itemOf(character));
  }
  return items;
}

function itemOf(character: string): Item {
  switch (character) {
    case "?":
      return () => true;
    case "*":
    case "{":
    case "}":
    case ",":
    case "/":
      return character;
    default:
      return isCharacter(character);
  }
}

function isCharacter(wanted: string): CharacterTest {
  return (character) => character === wanted;
}

/** Where a class closes, -1 if it does not. A bracket that comes first is a member. */
function endOfClass(characters: readonly string[], open: number): number {
  const first = isNegation(characters[open + 1]) ? open + 2 : open + 1;
  return characters.indexOf("]", first + 1);
}

function isNegation(character: string | undefined): boolean {
  return character === "!" || character === "^";
}

function isInClass(members: readonly string[]): CharacterTest {
  if (isNegation(members[0])) {
    const isMember = isInClass(members.slice(1));
    return (character) => !isMember(character);
  }
  const ranges: [from: string, to: string][] = [];
  for (let at = 0; at < members.length; at++) {
    const from = members[at] as string;
    const isRange = members[at + 1] === "-" && at + 2 < members.length;
    if (isRange) at += 2;
    ranges.push([from, members[at] as string]);
  }
  return (character) => ranges.some(([from, to]) => isBetween(character, from, to));
}

function isBetween(character: string, from: string, to: string): boolean {
  const code = character.codePointAt(0) as number;
  return (from.codePointAt(0) as number) <= code && code <= (to.codePointAt(0) as number);
}
