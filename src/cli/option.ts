/**
 * What the rows of the table of options are made of, apart from the rows themselves: the kinds, and what a value may be.
 */

/** A text that was understood, or what is wrong with it: a clause that quotes the text, `'x' is not a port number`. */
export type Parsed<T> = { readonly value: T } | { readonly problem: string };

/** What every option has. */
interface Described {
  /** The name after `--`; for the positional argument, its name in the help. */
  readonly long: string;
  /** The letter after `-`. */
  readonly short?: string;
  /** A clause for the help text; `%(default)s` in it stands for the default. */
  readonly help: string;
  /** Its key in a config file; `null` for what makes sense on the command line only. */
  readonly config: string | null;
}

/** A switch: there or not; `true` or `false` in a config file. */
export interface BooleanOption extends Described {
  readonly kind: "boolean";
  readonly initial: boolean;
  /** Nothing behind it on the command line is looked at: `--help`. */
  readonly final?: true;
}

/** An option with one value, a text or a number; the last one counts. */
export interface SingleOption<T> extends Described {
  readonly kind: "string" | "number";
  /** What the help calls the value: `ADDRESS`. */
  readonly metavar: string;
  /** Given by its place, without a name. */
  readonly positional?: true;
  /** The value is a path; a relative one in a config file is relative to that file. */
  readonly path?: true;
  readonly initial: T | null;
  parse(text: string): Parsed<T>;
}

/** An option that may be repeated, with one value each time. An array in a config file. */
export interface ListOption<T> extends Described {
  readonly kind: "list";
  readonly metavar: string;
  /** As for {@link SingleOption}. */
  readonly path?: true;
  readonly initial: readonly T[];
  parse(text: string): Parsed<T>;
}

/** An option that may be repeated, with two words each time. An object, or an array of pairs, in a config file. */
export interface PairOption<T> extends Described {
  readonly kind: "pair";
  readonly metavar: readonly [string, string];
  readonly initial: readonly T[];
  parse(first: string, second: string): Parsed<T>;
}

/** Any row of the table of options. */
export type Option = BooleanOption | SingleOption<unknown> | ListOption<unknown> | PairOption<unknown>;

/** The type of the setting that an option makes. */
export type SettingOf<O extends Option> = O extends BooleanOption
  ? boolean
  : O extends ListOption<infer T> | PairOption<infer T>
    ? readonly T[]
    : O extends { readonly initial: infer I; parse(text: string): Parsed<infer T> }
      ? T | (I extends null ? null : never)
      : never;

/** Something that the person who started the command has to correct. */
export class UsageError {
  /** @param message - what is wrong, on one line */
  constructor(readonly message: string) {}
}

/** Settings by name, while they are collected. */
export type Collected = Map<string, unknown>;

/**
 * Adds what was given for an option to the settings: a further element for a list, a new value for everything else.
 *
 * @param words - as many as the option's kind takes
 * @returns what is wrong with the words, or `null`
 */
export function collect(
  settings: Collected,
  name: string,
  option: Option,
  words: readonly string[],
): string | null {
  const [first = "", second = ""] = words;
  if (option.kind === "boolean") {
    settings.set(name, true);
    return null;
  }
  const parsed = option.kind === "pair" ? option.parse(first, second) : option.parse(first);
  if ("problem" in parsed) return parsed.problem;

  if (option.kind === "list" || option.kind === "pair") {
    const earlier = settings.get(name);
    settings.set(name, [...(Array.isArray(earlier) ? earlier : []), parsed.value]);
  } else {
    settings.set(name, parsed.value);
  }
  return null;
}

/** How messages name an option: `-b/--bind`, or `port` for the positional argument. */
export function labelOf(option: Option): string {
  if ("positional" in option) return option.long;
  return option.short === undefined ? `--${option.long}` : `-${option.short}/--${option.long}`;
}

/**
 * Finds the name that somebody may have meant.
 *
 * @returns the only name that begins so, or else the nearest one, if it is within two changed letters (one, for short names)
 */
export function nearestName(written: string, names: Iterable<string>): string | undefined {
  const all = [...names];
  const longer = written.length < 2 ? [] : all.filter((name) => name.startsWith(written));
  if (longer.length === 1) return longer[0];

  let best: string | undefined;
  let bestDistance = written.length <= 4 ? 2 : 3;
  for (const name of all) {
    const distance = editDistance(written.toLowerCase(), name);
    if (distance < bestDistance) [best, bestDistance] = [name, distance];
  }
  return best;
}

/** Levenshtein's distance: how many letters have to be put in, left out or exchanged. */
function editDistance(from: string, to: string): number {
  if (Math.abs(from.length - to.length) > 2) return Number.POSITIVE_INFINITY;
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [line, letter] of [...from].entries()) {
    const next = [line + 1];
    for (let column = 1; column <= to.length; column++) {
      const exchanged = (row[column - 1] ?? 0) + (letter === to[column - 1] ? 0 : 1);
      next.push(Math.min(exchanged, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
