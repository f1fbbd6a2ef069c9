import type { HandlerAttributes } from "./handler-attributes.js";

/** Types for the table of options: the kinds of options, and the checks of their values. */

/** A parsed text, or the problem: a clause that quotes the text, `'x' is not a port number`. */
export type Parsed<T> = { readonly value: T } | { readonly problem: string };

/** Fields of every option. */
interface Described {
  /** The name after `--`; for the positional argument, its name in the help. */
  readonly long: string;
  /** The letter after `-`. */
  readonly short?: string;
  /** A clause for the help text; `%(default)s` in it stands for the default. */
  readonly help: string;
  /** Sentences for the manual, after the clause. */
  readonly more?: string;
  /** True for a rarely used option: the short help has only its name. */
  readonly rare?: true;
  /** Its key in a config file; `null` if it makes sense only on the command line. */
  readonly config: string | null;
  /** The class attribute of the handler that it sets, usually to the same value. */
  readonly attribute?: keyof HandlerAttributes;
}

/**
 * A switch; `true` or `false` in a config file. If it is on by default, `--no-NAME` turns it off. On the command line,
 * the opposite form overrides a config file.
 */
export interface BooleanOption extends Described {
  readonly kind: "boolean";
  readonly initial: boolean;
  /** True if the rest of the command line is ignored: `--help`. */
  readonly final?: true;
}

/** Fields of every option that takes a value. */
interface Valued extends Described {
  /** Name of the value in the help: `ADDRESS`. */
  readonly metavar: string;
  /** The value is a path; a relative one in a config file is relative to that file. */
  readonly path?: "file" | "directory";
  /** All allowed values. */
  readonly choices?: readonly string[];
}

/** An option with one value, a text or a number; the last one counts. */
export interface SingleOption<T> extends Valued {
  readonly kind: "string" | "number";
  /** True if it is given by its position, without a name. */
  readonly positional?: true;
  /**
   * The value of the option if none is given. A given value then follows `=`. In a config file, `true` stands for it.
   */
  readonly bare?: string;
  /** Bounds of a number. */
  readonly range?: readonly [minimum: number, maximum: number];
  readonly initial: T | null;
  parse(text: string): Parsed<T>;
  /** Resolves relative paths inside a word of a config file. */
  rebase?(word: string, directory: string): string;
}

/** An option that may be repeated, with one value each time. An array in a config file. */
export interface ListOption<T> extends Valued {
  readonly kind: "list";
  readonly initial: readonly T[];
  parse(text: string): Parsed<T>;
  /** Rewrites a word of a config file whose relative path starts at the file's directory. */
  rebase?(word: string, directory: string): string;
}

/** An option that may be repeated, with a word `KEY=VALUE` each time. An object in a config file. */
export interface EntryOption<T> extends Valued {
  readonly kind: "entry";
  readonly initial: readonly T[];
  parse(text: string): Parsed<T>;
}

/**
 * An option that may be repeated, with two words each time, or with one word that contains both. An object, or an array
 * of pairs, in a config file.
 */
export interface PairOption<T> extends Described {
  readonly kind: "pair";
  readonly metavar: readonly [string, string];
  /** A pattern for both values in one word, with two groups. */
  readonly together: RegExp;
  readonly initial: readonly T[];
  parse(first: string, second: string): Parsed<T>;
}

/** Any row of the table of options. */
export type Option =
  | BooleanOption
  | SingleOption<unknown>
  | ListOption<unknown>
  | EntryOption<unknown>
  | PairOption<unknown>;

/** The type of the setting of an option. */
export type SettingOf<O extends Option> = O extends BooleanOption
  ? boolean
  : O extends ListOption<infer T> | EntryOption<infer T> | PairOption<infer T>
    ? readonly T[]
    : O extends { readonly initial: infer I; parse(text: string): Parsed<infer T> }
      ? T | (I extends null ? null : never)
      : never;

/** A problem that the user must correct. */
export class UsageError {
  /** @param message - the problem, on one line */
  constructor(readonly message: string) {}
}

/** Settings by name, while they are collected. */
export type Collected = Map<string, unknown>;

/**
 * Adds a value of an option to the settings: a list gets another element, other options a new value.
 *
 * @param words - the number that the option's kind needs
 * @returns the problem with the words, or `null`
 */
export function collect(
  settings: Collected,
  name: string,
  option: Exclude<Option, BooleanOption>,
  words: readonly string[],
): string | null {
  const [first = "", second = ""] = words;
  const parsed = option.kind === "pair" ? option.parse(first, second) : option.parse(first);
  if ("problem" in parsed) return parsed.problem;

  if (option.kind === "list" || option.kind === "entry" || option.kind === "pair") {
    const earlier = settings.get(name);
    settings.set(name, [...(Array.isArray(earlier) ? earlier : []), parsed.value]);
  } else {
    settings.set(name, parsed.value);
  }
  return null;
}

/** Returns the name after `--` that the help shows: the one that changes the default. */
export function shownName(option: Option): string {
  return option.kind === "boolean" && option.initial ? oppositeName(option.long) : option.long;
}

/** Returns all names after `--` of an option; for a switch, with the values that they set. */
export function namesOf(option: Option): readonly (readonly [name: string, value?: boolean])[] {
  if ("positional" in option) return [];
  if (option.kind !== "boolean") return [[option.long]];
  const name = [option.long, true] as const;
  return option.config === null ? [name] : [name, [oppositeName(option.long), false]];
}

function oppositeName(long: string): string {
  return long.startsWith("no-") ? long.slice(3) : `no-${long}`;
}

/** Returns the name of an option in messages: `-b/--bind`, or `port` for the positional argument. */
export function labelOf(option: Option): string {
  return spellingsOf(option).join("/");
}

/** Returns the spellings of an option: `-b` and `--bind`, or `port` for the positional argument. */
export function spellingsOf(option: Option): string[] {
  if ("positional" in option) return [option.long];
  const long = `--${shownName(option)}`;
  return option.short === undefined ? [long] : [`-${option.short}`, long];
}

/**
 * Returns the values of an option as the help shows them after the name: ` ADDRESS`, ` NAME VALUE`,
 * `[=ORIGIN]`, or nothing.
 */
export function valuesOf(option: Option): string {
  if (option.kind === "boolean" || "positional" in option) return "";
  if (option.kind === "pair") return ` ${option.metavar.join(" ")}`;
  return "bare" in option ? `[=${option.metavar}]` : ` ${option.metavar}`;
}

/** The help clause, with the default in its place. */
export function helpOf(option: Option): string {
  return option.help.replace("%(default)s", String(option.initial));
}
