import type { ThreadingHTTPServer } from "../http/http-server.js";
import type { Rule } from "../http/setting-rules.js";
import type { SimpleHTTPRequestHandler } from "../http/simple-http-request-handler.js";

/** The value of a text, or the problem with it: a clause that quotes the text, `'x' is not a port number`. */
export type Parsed<T> = { readonly value: T } | { readonly problem: string };

/** Fields of every row of the table. */
interface Described {
  /** The letter after `-`. */
  readonly short?: string;
  /** Clause for the help text; `%(default)s` in it stands for the default. */
  readonly help: string;
  /** Sentences after this clause in the manual and in `--help-all`. */
  readonly more?: string;
  /** True if the short help contains the option. */
  readonly daily?: true;
  /** True if the option makes sense only on the command line. */
  readonly isLineOnly?: true;
  /**
   * Class attribute of the handler or the server that the option sets, if its name differs from the option's. The
   * option has the attribute's default and allowed values, unless its row has its own.
   */
  readonly attribute?: string & (keyof typeof SimpleHTTPRequestHandler | keyof typeof ThreadingHTTPServer);
}

/**
 * A switch: `true` or `false` in a config file. `--no-NAME` turns off a switch that a config file has turned on, or
 * that is on by default.
 */
export interface BooleanRow extends Described {
  readonly kind: "boolean";
  /** True for an option that ends the command line, such as `--help`. Later words are ignored. */
  readonly final?: true;
}

/** Fields of options with values. */
interface Valued<T> extends Described {
  /** Allowed values. Default: the attribute's. */
  readonly rule?: Rule;
  /** The only allowed values, if the rule alone would accept others. */
  readonly choices?: readonly string[];
  /** Converts a text to the value, or returns the problem. The rule applies to the value. */
  parse?(text: string): Parsed<T>;
  /**
   * Set if the value is a path, which needs no rule of its own. In a config file, a relative path is relative to the
   * file.
   */
  readonly path?: "file" | "directory";
  /** Resolves relative paths inside a word of a config file. */
  rebase?(word: string, directory: string): string;
}

/** An option with one value. The last occurrence wins. */
export interface SingleRow<T> extends Valued<T> {
  readonly kind: "string" | "number";
  /** Name of the value in the help: `ADDRESS`. */
  readonly metavar: string;
  /** True if it is given by its position, as the port. */
  readonly positional?: true;
  /** Value if the option is given without one; other values follow `=`. In a config file, `true` means this value. */
  readonly bare?: string;
  /** Highest number. */
  readonly most?: number;
  readonly initial?: T | null;
}

/**
 * An option that may be repeated. A `list` is an array in a config file. An `entry` is a word `KEY=VALUE`; in a config
 * file, it is an object. A `pair` has two words, or one that contains both; in a config file, it is an object or an
 * array of pairs.
 */
export type RepeatedRow<T> =
  | (Valued<T> & { readonly kind: "list" | "entry"; readonly metavar: string })
  | (Described & {
      readonly kind: "pair";
      readonly metavar: readonly [string, string];
      /** The name after `--`. The key in a config file is its plural. */
      readonly long: string;
      /** Pattern for a word that contains both values, in two groups. */
      readonly together: RegExp;
      parse(first: string, second: string): Parsed<T>;
    });

export type Row = BooleanRow | SingleRow<unknown> | RepeatedRow<unknown>;

/** An option: a row of the table, completed with its name and defaults. */
export type Option = Row & {
  /** Name of the setting, and key in a config file. */
  readonly name: string;
  /** Name after `--`; for the positional argument, its name in the help. */
  readonly long: string;
  readonly initial: unknown;
  readonly rule?: Rule;
  readonly choices?: readonly string[];
};

export type ValueOption = Exclude<Option, BooleanRow>;

/** Type of an option's setting. */
export type SettingOf<O extends Row> = O extends BooleanRow
  ? boolean
  : O extends RepeatedRow<unknown>
    ? readonly ValueOf<O>[]
    : ValueOf<O> | (O extends { readonly initial: string | number } ? never : null);

type ValueOf<O> = O extends { parse(...words: string[]): Parsed<infer T> }
  ? T
  : O extends { readonly kind: "number" }
    ? number
    : string;

/** A problem that the user must correct. */
export class UsageError {
  /** @param message - the problem, on one line */
  constructor(readonly message: string) {}
}

/** Settings by name, while a command line or file is read. */
export type Collected = Map<string, unknown>;

/**
 * Adds an occurrence of an option to the settings. A repeated option gets another element; for others, the last value
 * wins.
 *
 * @param words - two for a pair, one for other kinds
 * @returns the problem with the words, or `null`
 */
export function collect(settings: Collected, option: ValueOption, words: readonly string[]): string | null {
  const parsed = parseWords(option, words);
  if ("problem" in parsed) return parsed.problem;
  const earlier = (settings.get(option.name) ?? []) as readonly unknown[];
  settings.set(option.name, isRepeated(option) ? [...earlier, parsed.value] : parsed.value);
  return null;
}

/** Highest number of an option: the largest `max-age` (RFC 9111 §1.2.2). */
export const MOST: number = 2 ** 31;

/** Parses the words of one occurrence of an option. */
export function parseWords(
  option: ValueOption,
  [first = "", second = ""]: readonly string[],
): Parsed<unknown> {
  if (option.kind === "pair") return option.parse(first, second);
  const { rule, choices, kind } = option;
  if (choices !== undefined && !choices.includes(first))
    return { problem: `${quote(first)} is not one of ${choices.join(", ")}` };
  // `Number` alone would also accept "", "1e3" and "0x50".
  const number = /^\d{1,10}$/.test(first) ? Number(first) : Number.NaN;
  const parsed = option.parse?.(first) ?? { value: kind === "number" ? number : first };
  if ("problem" in parsed) return parsed;
  const isAllowed = kind === "number" ? number <= (option.most ?? MOST) : true;
  const checked = kind === "entry" ? (parsed.value as readonly unknown[])[1] : parsed.value;
  if (isAllowed && (rule === undefined || rule.allows(checked))) return parsed;
  return {
    problem: rule?.isSecret ? `it must be ${rule.allowed}` : `${quote(first)} is not ${rule?.allowed}`,
  };
}

/** True if an option may occur several times. */
export function isRepeated({ kind }: Row): boolean {
  return kind === "list" || kind === "entry" || kind === "pair";
}

/** Returns the name after `--` that the help shows: for a switch that is on by default, `no-NAME`. */
export function shownName(option: Option): string {
  return option.initial === true ? oppositeName(option.long) : option.long;
}

/** Returns all names of an option after `--`. The names of a switch come with the values that they set. */
export function namesOf(option: Option): readonly (readonly [name: string, value?: boolean])[] {
  if ("positional" in option) return [];
  if (option.kind !== "boolean") return [[option.long]];
  const name = [option.long, true] as const;
  return option.isLineOnly ? [name] : [name, [oppositeName(option.long), false]];
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
 *
 * @param mark - returns the name of a value as it is shown
 */
export function valuesOf(option: Option, mark = (metavar: string) => metavar): string {
  if (option.kind === "boolean" || "positional" in option) return "";
  if (option.kind === "pair") return ` ${option.metavar.map(mark).join(" ")}`;
  return "bare" in option ? `[=${mark(option.metavar)}]` : ` ${mark(option.metavar)}`;
}

/** Returns the help clause with the default filled in. */
export function helpOf(option: Option): string {
  return option.help.replace("%(default)s", String(option.initial));
}

/** Formats a value for messages: on one line, in single quotes, shortened to 60 characters. */
export function quote(text: string): string {
  const shown = text.length > 60 ? `${text.slice(0, 57)}...` : text;
  const inside = JSON.stringify(shown).slice(1, -1).replaceAll('\\"', '"');
  return `'${inside.replace(/[\x7f-\x9f]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`)}'`;
}
