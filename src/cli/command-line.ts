import { hintForName, hintForWord, portStandsAlone } from "./hints.js";
import {
  type Collected,
  collect,
  labelOf,
  namesOf,
  type Option,
  quote,
  shownName,
  UsageError,
  type ValueOption,
} from "./option.js";
import { type GivenSettings, OPTIONS } from "./options.js";

/** A name after `--`: its option and, for a switch, the value that the name sets. */
interface Named {
  readonly option: Option;
  readonly value?: boolean | undefined;
}

const NAMED: ReadonlyMap<string, Named> = new Map(
  OPTIONS.flatMap((option) => namesOf(option).map(([name, value]) => [name, { option, value }] as const)),
);

const LETTERS: ReadonlyMap<string, Named> = new Map(
  OPTIONS.flatMap((option) =>
    option.short === undefined ? [] : [[option.short, NAMED.get(shownName(option)) as Named] as const],
  ),
);

/** An option as it is written: `--name`, or a letter. */
interface Written {
  /** The name, with its dashes. */
  readonly name: string;
  readonly named: Named | undefined;
  /** The value in the same word. */
  readonly value: string | undefined;
}

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
  const free = OPTIONS.filter((option) => "positional" in option);
  const words = argv.values();
  let areOptions = true;
  for (const word of words) {
    if (word === "--" && areOptions) areOptions = false;
    else if (areOptions && isOption(word)) {
      for (const written of writtenIn(word)) {
        const problem = take(settings, written, words);
        if (problem !== null) return new UsageError(problem);
        if (written.named && "final" in written.named.option)
          return Object.fromEntries(settings) as GivenSettings;
      }
    } else {
      const problem = takePositional(settings, free.shift(), word);
      if (problem !== null) return new UsageError(problem);
    }
  }
  const swallowed = settings.has("port") || settings.has("listen") ? null : swallowedPort(settings, argv);
  return swallowed === null ? (Object.fromEntries(settings) as GivenSettings) : new UsageError(swallowed);
}

function isOption(word: string): boolean {
  return word.startsWith("-") && word !== "-";
}

/** Splits a word into options: `--name`, `--name=value`, or several letters such as `-qb::1`, where `b` takes the rest as
 * its value. */
function* writtenIn(word: string): Generator<Written, void> {
  const [, name, value] = /^--(.[^=]*)(?:=(.*))?$/s.exec(word) ?? [];
  if (name !== undefined) return yield { name: `--${name}`, named: NAMED.get(name), value };
  for (let at = 1; at < word.length; at++) {
    const letter = word.charAt(at);
    const named = LETTERS.get(letter);
    const hasValue = named !== undefined && named.option.kind !== "boolean";
    const rest = word.slice(at + 1);
    yield { name: `-${letter}`, named, value: hasValue && rest !== "" ? rest : undefined };
    if (hasValue) return;
  }
}

function takePositional(settings: Collected, option: Option | undefined, word: string): string | null {
  if (option === undefined) return `unrecognized argument: ${quote(word)}${hintForWord(word)}`;
  const problem = collect(settings, option as ValueOption, [word]);
  const hint = settings.has("directory") ? "" : hintForWord(word);
  return problem && `argument ${labelOf(option)}: ${problem}${hint}`;
}

/** @returns the problem, or `null` */
function take(settings: Collected, written: Written, words: Iterator<string, unknown>): string | null {
  const { name, named, value } = written;
  if (named === undefined) {
    const next = value ?? nextOf(words);
    return `unrecognized argument: ${quote(name)}${hintForName(name, next, NAMED.keys())}`;
  }
  const { option } = named;
  // The name that the user wrote, if the label does not contain it.
  const label = name.startsWith("--") && name !== `--${shownName(option)}` ? name : labelOf(option);
  if (option.kind === "boolean") {
    settings.set(option.name, named.value);
    return value === undefined ? null : `argument ${label}: takes no value, but was given ${quote(value)}`;
  }
  const taken = wordsOf(option, value, words);
  if (typeof taken === "string") return `argument ${label}: ${taken}`;
  const problem = collect(settings, option, taken);
  const [first = ""] = taken;
  const hint = option.name === "protocol" && /^\d+$/.test(first) ? ` (${portStandsAlone(first)})` : "";
  return problem && `argument ${label}: ${problem}${hint}`;
}

/** Returns the words of an option's value, or the problem with their number. */
function wordsOf(
  option: ValueOption,
  value: string | undefined,
  words: Iterator<string, unknown>,
): readonly string[] | string {
  if (value === undefined && "bare" in option) return [option.bare as string];
  const first = value ?? nextOf(words);
  if (option.kind === "pair") {
    const [, name, content] = option.together.exec(first ?? "") ?? [];
    if (name !== undefined && content !== undefined) return [name, content];
    const second = value === undefined ? nextOf(words) : undefined;
    if (first === undefined || second === undefined) return "expected two arguments";
    return isOptionName(second)
      ? `expected two arguments (if ${quote(second)} is the value, write ${quote(`${first}: ${second}`)})`
      : [first, second];
  }
  if (first === undefined) return "expected one argument";
  // As in `argparse`, a word that begins with `-` is an option: the user forgot the value.
  return value === undefined && isOption(first)
    ? `expected one argument (to give ${quote(first)}, write --${option.long}=${first})`
    : [first];
}

function nextOf(words: Iterator<string, unknown>): string | undefined {
  const next = words.next();
  return next.done ? undefined : next.value;
}

/** True if a word is an option, as on the command line: `-q`, `--tls`, `--bind=::1`. */
function isOptionName(word: string): boolean {
  const [, long, short] = /^--([^=]+)|^-([a-z])$/i.exec(word) ?? [];
  if (long !== undefined) return NAMED.has(long);
  return short !== undefined && LETTERS.has(short);
}

/**
 * Returns the problem if the last word is the second one of a pair, but was probably meant as the port; otherwise
 * `null`.
 */
function swallowedPort(settings: Collected, argv: readonly string[]): string | null {
  const value = argv.at(-1) ?? "";
  const option = OPTIONS.find(({ kind }) => kind === "pair") as Option;
  const [name, last] =
    (settings.get(option.name) as readonly (readonly string[])[] | undefined)?.at(-1) ?? [];
  if (name !== argv.at(-2) || last !== value || !PLAUSIBLE_PORT.test(value)) return null;
  const [field, other] = [`${name}: ${value}`, `${name}: VALUE`].map(quote);
  return `argument ${labelOf(option)}: is ${quote(value)} the value of ${name}, or the port? Write -H ${field}, or -H ${other} ${value}`;
}

/** Likely ports: 80, 443, and from 1024 on. Other numbers are probably values, such as seconds. */
const PLAUSIBLE_PORT = /^(?:80|443|[1-9]\d{3}|[1-5]\d{4})$/;
