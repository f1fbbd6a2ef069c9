import { type ParseArgsConfig, parseArgs } from "node:util";
import { hintForName, hintForWord, portStandsAlone } from "./hints.js";
import {
  type Collected,
  collect,
  labelOf,
  namesOf,
  type Option,
  quote,
  shownName,
  spellingsOf,
  UsageError,
  type ValueOption,
} from "./option.js";
import { type GivenSettings, OPTIONS } from "./options.js";

type Token = NonNullable<ReturnType<typeof parseArgs<ParseArgsConfig & { tokens: true }>>["tokens"]>[number];
/** A name after `--`: its option and, for a switch, the value that the name sets. */
interface Named {
  readonly option: Option;
  readonly value?: boolean | undefined;
}

const NAMED: ReadonlyMap<string, Named> = new Map(
  OPTIONS.flatMap((option) => namesOf(option).map(([name, value]) => [name, { option, value }] as const)),
);
const POSITIONAL: readonly Option[] = OPTIONS.filter((option) => "positional" in option);

/** Joins the two words of a pair into one. A word of a command line can't contain NUL. */
const PAIR_SEPARATOR = "\0";

/**
 * Reads a command line. It has no side effects.
 *
 * As in Python's `argparse`, options and the port come in any order, and `--` ends the options. Values are written
 * `--bind ::1`, `--bind=::1`, `-b::1`. Differences: options can't be abbreviated, and `--no-NAME` turns a switch off.
 *
 * @param argv - the words after the command's name
 * @returns the given settings, or the first problem
 */
export function parseCommandLine(argv: readonly string[]): GivenSettings | UsageError {
  const settings: Collected = new Map();
  const free = [...POSITIONAL];
  const tokens = tokensOf(joinWords(argv));
  for (const token of tokens) {
    if (token.kind === "option-terminator") continue;
    const named = token.kind === "option" ? NAMED.get(token.name) : undefined;
    const option = token.kind === "positional" ? free.shift() : named?.option;
    if (option === undefined) return unrecognized(token, tokens);

    let problem = wrongWords(option, token);
    if (option.kind === "boolean") settings.set(option.name, named?.value);
    else problem ??= collect(settings, option, wordsOf(option, token));
    if (problem !== null)
      return new UsageError(
        `argument ${labelIn(option, token)}: ${problem}${hintFor(option, token, settings)}`,
      );
    if ("final" in option) break;
  }
  const swallowed = settings.has("port") || settings.has("listen") ? null : swallowedPort(tokens.at(-1));
  if (swallowed !== null) return new UsageError(swallowed);
  return Object.fromEntries(settings) as GivenSettings;
}

/** Returns the option's name for messages: the user's spelling, if the label does not contain it. */
function labelIn(option: Option, token: Token): string {
  const isOther =
    token.kind === "option" && token.rawName.startsWith("--") && token.name !== shownName(option);
  return isOther ? token.rawName : labelOf(option);
}

function tokensOf(args: string[]): readonly Token[] {
  const options: NonNullable<ParseArgsConfig["options"]> = {};
  for (const [name, { option }] of NAMED) {
    const { kind, short } = option;
    const isShown = name === shownName(option);
    options[name] = {
      type: kind === "boolean" ? "boolean" : "string",
      ...(short !== undefined && isShown && { short }),
    };
  }
  // Not strict: strict mode throws errors with other texts than `argparse`, and without the names of values.
  return parseArgs({ args, options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

/**
 * Joins the words of an option, because `parseArgs` only knows options with one value: `-H NAME VALUE` becomes
 * `--header=NAME<NUL>VALUE`, `-H "NAME: VALUE"` becomes `--header=NAME: VALUE`, and `--cors` becomes `--cors=*`.
 */
function joinWords(argv: readonly string[]): string[] {
  const joined: string[] = [];
  const words = argv.values();
  for (const word of words) {
    const pair = pairOptions.get(word);
    if (pair === undefined) joined.push(bareOptions.get(word) ?? word);
    else {
      const first = words.next().value;
      const both = first === undefined || splitPair(pair, first) !== null;
      joined.push(joinPair(pair, first, both ? undefined : words.next().value));
    }
    if (word === "--") return [...joined, ...words];
  }
  return joined;
}

const bareOptions: ReadonlyMap<string, string> = new Map(
  OPTIONS.flatMap((option) =>
    "bare" in option ? [[`--${option.long}`, `--${option.long}=${option.bare}`] as const] : [],
  ),
);

type Pair = Extract<ValueOption, { kind: "pair" }>;

function isPair(option: Option): option is Pair {
  return option.kind === "pair";
}

const pairOptions: ReadonlyMap<string, Pair> = new Map(
  OPTIONS.filter(isPair).flatMap((option) =>
    spellingsOf(option).map((spelling) => [spelling, option] as const),
  ),
);

/** Returns both words of a pair if one word contains them, else `null`. */
function splitPair({ together }: Pair, word: string): string[] | null {
  const [, first, second] = together.exec(word) ?? [];
  return first === undefined || second === undefined ? null : [first, second];
}

function joinPair(option: Option, first: string | undefined, second: string | undefined): string {
  const words = [first, second].filter((word) => word !== undefined);
  return `--${option.long}=${words.join(PAIR_SEPARATOR)}`;
}

/** Returns the problem with the number of words, or `null`. */
function wrongWords(option: Option, token: Token): string | null {
  if (token.kind !== "option") return null;
  const { value, inlineValue } = token;
  switch (option.kind) {
    case "boolean":
      return value === undefined ? null : `takes no value, but was given ${quote(value)}`;
    case "pair": {
      const [first = "", second, ...more] = value?.split(PAIR_SEPARATOR) ?? [];
      if (second === undefined ? splitPair(option, first) === null : more.length > 0)
        return "expected two arguments";
      return second !== undefined && isOptionName(second)
        ? `expected two arguments (if ${quote(second)} is the value, write ${quote(`${first}: ${second}`)})`
        : null;
    }
    default:
      if (value === undefined) return "expected one argument";
      // As in `argparse`, a word that begins with `-` is an option: the user forgot the value.
      return inlineValue || !/^-./.test(value)
        ? null
        : `expected one argument (if ${quote(value)} is meant, write --${option.long}=${value})`;
  }
}

function wordsOf(option: Option, token: Token): string[] {
  if (token.kind === "option-terminator" || token.value === undefined) return [];
  if (option.kind !== "pair") return [token.value];
  const words = token.value.split(PAIR_SEPARATOR);
  return words.length === 1 ? (splitPair(option, token.value) ?? words) : words;
}

/** True if a word is an option, as on the command line: `-q`, `--tls`, `--bind=::1`. */
function isOptionName(word: string): boolean {
  const [, long, short] = /^--([^=]+)|^-([a-z])$/i.exec(word) ?? [];
  if (long !== undefined) return NAMED.has(long);
  return short !== undefined && OPTIONS.some((option) => option.short === short);
}

/**
 * Returns an error if the last word was probably meant as the port, but became the second word of a pair; else `null`.
 */
function swallowedPort(last: Token | undefined): string | null {
  const option = last?.kind === "option" ? NAMED.get(last.name)?.option : undefined;
  if (last?.kind !== "option" || last.value === undefined || option?.kind !== "pair") return null;
  const [name = "", value] = last.value.split(PAIR_SEPARATOR);
  if (value === undefined || !PLAUSIBLE_PORT.test(value)) return null;
  const [field, other] = [`${name}: ${value}`, `${name}: VALUE`].map(quote);
  return `argument ${labelOf(option)}: is ${quote(value)} the value of ${name}, or the port? Write -H ${field}, or -H ${other} ${value}`;
}

/** Likely ports: 80, 443, and from 1024 on. Other numbers are probably values, such as seconds. */
const PLAUSIBLE_PORT = /^(?:80|443|[1-9]\d{3}|[1-5]\d{4})$/;

function unrecognized(token: Token, tokens: readonly Token[]): UsageError {
  if (token.kind !== "option") {
    const word = "value" in token ? token.value : "--";
    return new UsageError(`unrecognized argument: ${quote(word)}${hintForWord(word)}`);
  }
  const next = tokens[tokens.indexOf(token) + 1];
  const value = token.value ?? (next?.kind === "positional" ? next.value : undefined);
  return new UsageError(
    `unrecognized argument: ${quote(token.rawName)}${hintForName(token.name, token.rawName, value, NAMED.keys())}`,
  );
}

function hintFor({ name }: Option, token: Token, settings: Collected): string {
  if (token.kind === "positional") return settings.has("directory") ? "" : hintForWord(token.value);
  const value = token.kind === "option" ? token.value : undefined;
  return name === "protocol" && /^\d+$/.test(value ?? "") ? ` (${portStandsAlone(value)})` : "";
}
