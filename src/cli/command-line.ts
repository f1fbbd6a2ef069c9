import { type ParseArgsConfig, parseArgs } from "node:util";
import { nearestName } from "./nearest-name.js";
import { type Collected, collect, labelOf, namesOf, type Option, shownName, UsageError } from "./option.js";
import { quote } from "./option-values.js";
import { type GivenSettings, OPTION_LIST } from "./options.js";

type Token = NonNullable<ReturnType<typeof parseArgs<ParseArgsConfig & { tokens: true }>>["tokens"]>[number];
type Row = readonly [name: string, option: Option];

/** What stands behind `--`: the row, and what it sets a switch to. */
interface Named {
  readonly row: Row;
  readonly value?: boolean | undefined;
}

const NAMED: ReadonlyMap<string, Named> = new Map(
  OPTION_LIST.flatMap((row) => namesOf(row[1]).map(([name, value]) => [name, { row, value }] as const)),
);
const POSITIONAL: readonly Row[] = OPTION_LIST.filter(([, option]) => "positional" in option);

/** Stands between the two words of a pair while they travel as one: no word of a command line can hold it. */
const PAIR_SEPARATOR = "\0";

/**
 * Reads a command line. Pure: nothing is printed, opened or looked up.
 *
 * As Python's `argparse` reads it: options and the port in any order, `--` before words that are no options,
 * `--bind=::1`, `-b::1`; other than there, options can't be abbreviated, and what is on can be turned off by `--no-` and its
 * name.
 *
 * @param argv - the words behind the command's name
 * @returns what was given, or what is wrong with it
 */
export function parseCommandLine(argv: readonly string[]): GivenSettings | UsageError {
  const settings: Collected = new Map();
  const free = [...POSITIONAL];
  for (const token of tokensOf(joinWords(argv))) {
    if (token.kind === "option-terminator") continue;
    const named = token.kind === "option" ? NAMED.get(token.name) : undefined;
    const row = token.kind === "positional" ? free.shift() : named?.row;
    if (row === undefined) return unrecognized(token);

    const [name, option] = row;
    const problem = wrongWords(option, token) ?? take(settings, name, option, wordsOf(option, token), named);
    if (problem !== null) return new UsageError(`argument ${labelIn(option, token)}: ${problem}`);
    if ("final" in option) break;
  }
  return Object.fromEntries(settings) as GivenSettings;
}

function take(
  settings: Collected,
  name: string,
  option: Option,
  words: string[],
  named?: Named,
): string | null {
  if (option.kind !== "boolean") return collect(settings, name, option, words);
  settings.set(name, named?.value);
  return null;
}

/** As it was written, where that is not how it is shown. */
function labelIn(option: Option, token: Token): string {
  const isOther =
    token.kind === "option" && token.rawName.startsWith("--") && token.name !== shownName(option);
  return isOther ? token.rawName : labelOf(option);
}

function tokensOf(args: string[]): readonly Token[] {
  const options: NonNullable<ParseArgsConfig["options"]> = {};
  for (const [name, { row }] of NAMED) {
    const { kind, short, ...option } = row[1];
    const isShown = name === shownName(row[1]) && !("positional" in option);
    options[name] = {
      type: kind === "boolean" ? "boolean" : "string",
      ...(short !== undefined && isShown && { short }),
    };
  }
  // Not strict: its complaints are exceptions, in other words, and without the table's names for values.
  return parseArgs({ args, options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

/**
 * Makes one word of each option that takes none or two, since `parseArgs` knows options with one value only:
 * `-H NAME VALUE` becomes `--header=NAME<NUL>VALUE`, and `--cors` becomes `--cors=*`.
 */
function joinWords(argv: readonly string[]): string[] {
  const joined: string[] = [];
  const words = argv.values();
  for (const word of words) {
    const pair = pairOptions.get(word);
    if (pair === undefined) joined.push(bareOptions.get(word) ?? word);
    else joined.push(joinPair(pair, words.next().value, words.next().value));
    if (word === "--") return [...joined, ...words];
  }
  return joined;
}

const bareOptions: ReadonlyMap<string, string> = new Map(
  OPTION_LIST.flatMap(([, option]) =>
    "bare" in option ? [[`--${option.long}`, `--${option.long}=${option.bare}`] as const] : [],
  ),
);

const pairOptions: ReadonlyMap<string, Option> = new Map(
  OPTION_LIST.filter(([, option]) => option.kind === "pair").flatMap(([, option]) => [
    [`--${option.long}`, option] as const,
    [`-${option.short ?? option.long}`, option] as const,
  ]),
);

function joinPair(option: Option, first: string | undefined, second: string | undefined): string {
  const words = [first, second].filter((word) => word !== undefined);
  return `--${option.long}=${words.join(PAIR_SEPARATOR)}`;
}

/** What is wrong with the number of words, or `null`. */
function wrongWords(option: Option, token: Token): string | null {
  if (token.kind !== "option") return null;
  const { value, inlineValue } = token;
  switch (option.kind) {
    case "boolean":
      return value === undefined ? null : `takes no value, but was given ${quote(value)}`;
    case "pair":
      return value?.split(PAIR_SEPARATOR).length === 2 ? null : "expected two arguments";
    default:
      if (value === undefined) return "expected one argument";
      // What looks like an option is one, and its own value was forgotten.
      return inlineValue || !/^-./.test(value)
        ? null
        : `expected one argument (if ${quote(value)} is meant, write --${option.long}=${value})`;
  }
}

function wordsOf(option: Option, token: Token): string[] {
  if (token.kind === "option-terminator" || token.value === undefined) return [];
  return option.kind === "pair" ? token.value.split(PAIR_SEPARATOR) : [token.value];
}

function unrecognized(token: Token): UsageError {
  if (token.kind !== "option")
    return new UsageError(`unrecognized argument: ${quote("value" in token ? token.value : "--")}`);
  return new UsageError(
    `unrecognized argument: ${quote(token.rawName)}${hintFor(token.name, token.rawName)}`,
  );
}

function hintFor(name: string, rawName: string): string {
  if (!rawName.startsWith("--")) return "";
  if (POSITIONAL.some(([, { long }]) => long === name)) return ` (${name} stands by itself, without a name)`;
  const nearest = nearestName(name, NAMED.keys());
  return nearest === undefined ? "" : ` (did you mean --${nearest}?)`;
}
