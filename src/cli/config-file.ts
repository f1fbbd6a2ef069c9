import { dirname, resolve } from "node:path";
import { nearestName } from "../errors/nearest-name.js";
import { fileProblem, readSmallText } from "../http/small-file.js";
import { findMistake } from "./json-mistake.js";
import {
  type Collected,
  collect,
  isRepeated,
  type Option,
  quote,
  UsageError,
  type ValueOption,
} from "./option.js";
import { type GivenSettings, OPTIONS } from "./options.js";

/** Options by their key in a config file. A map has no `__proto__`, so that name is just an unknown key. */
const BY_KEY: ReadonlyMap<string, Option> = new Map(
  OPTIONS.filter(({ isLineOnly }) => !isLineOnly).map((option) => [option.name, option]),
);

/**
 * Reads options from a file: see {@link parseConfig}.
 *
 * @param file - its path, relative to the current directory
 * @returns the settings of the file, or the problem
 */
export function readConfigFile(file: string): GivenSettings | UsageError {
  let text: string;
  try {
    text = readSmallText(file);
  } catch (error) {
    return new UsageError(`config file ${quote(file)} can't be read: ${fileProblem(error)}`);
  }
  return parseConfig(text, file);
}

/**
 * Reads options from the text of a config file. It is one JSON object, whose keys are the long names of options with
 * `_` for `-`. `headers` is an object, or an array of pairs if a name occurs twice. `$schema` is for editors, and is
 * ignored.
 *
 * Values get the same checks as on the command line. Relative paths are relative to the file's directory, not to the
 * current directory.
 *
 * @param text - JSON (RFC 8259); a byte order mark is skipped
 * @param file - the file's path, for messages and relative paths
 * @returns the settings of the file, or the first problem
 *
 * @example
 * ```ts
 * parseConfig('{ "port": 8080, "headers": { "X-Frame-Options": "DENY" } }', "pyserve.json");
 * ```
 */
export function parseConfig(text: string, file: string): GivenSettings | UsageError {
  const wrong = (problem: string) => new UsageError(`config file ${quote(file)}: ${problem}`);
  const json = text.replace(/^\ufeff/, "");
  const mistake = findMistake(json);
  if (mistake !== null) {
    const { line, column, name } = mistake;
    const what = name === null ? "not valid JSON" : `the key ${quote(name)} occurs twice`;
    return wrong(`line ${line}, column ${column}: ${what}`);
  }
  const content: unknown = JSON.parse(json);
  if (!isObject(content)) return wrong(`must contain an object, not ${show(content)}`);

  const settings: Collected = new Map();
  for (const [key, value] of Object.entries(content)) {
    if (key === "$schema") continue;
    const problem = collectKey(settings, key, value, dirname(file));
    if (problem !== null) return wrong(problem);
  }
  return Object.fromEntries(settings) as GivenSettings;
}

/** Adds the value of one key to the settings. Returns the problem, or `null`. */
function collectKey(settings: Collected, key: string, value: unknown, directory: string): string | null {
  const option = BY_KEY.get(key);
  if (option === undefined) {
    const nearest = nearestName(key, BY_KEY.keys());
    return `unknown key ${quote(key)}${nearest === undefined ? "" : ` (did you mean '${nearest}'?)`}`;
  }
  if (option.kind === "boolean") {
    if (typeof value !== "boolean") return `${key} must be ${TYPE_NAMES.boolean}, not ${show(value)}`;
    settings.set(key, value);
    return null;
  }
  if ("bare" in option && value === false) {
    settings.set(key, option.initial);
    return null;
  }
  const occurrences = occurrencesOf(option, value);
  if (occurrences === null) {
    const type = `${"bare" in option ? "true, false or " : ""}${TYPE_NAMES[option.kind]}`;
    return `${key} must be ${type}, not ${show(value)}`;
  }
  if (isRepeated(option)) settings.set(key, []); // an empty list overrides the default
  for (const words of occurrences) {
    const problem = collect(settings, option, fromDirectory(option, words, directory));
    if (problem !== null) return `${key}: ${problem}`;
  }
  return null;
}

const TYPE_NAMES: Readonly<Record<Option["kind"], string>> = {
  boolean: "true or false",
  string: "a string",
  number: "a number",
  list: "an array of strings",
  entry: "an object with strings as values",
  pair: "an object with strings as values, or an array of pairs of strings",
};

/**
 * Returns the words that would set this value on the command line, one list for each occurrence; `null` if its type is
 * wrong.
 */
function occurrencesOf(option: ValueOption, value: unknown): string[][] | null {
  switch (option.kind) {
    case "string":
      if ("bare" in option && option.bare !== undefined && value === true) return [[option.bare]];
      return typeof value === "string" ? [[value]] : null;
    case "number":
      return typeof value === "number" ? [[String(value)]] : null;
    case "list":
      return isStringArray(value) ? value.map((word) => [word]) : null;
    case "entry": {
      const entries = isObject(value) ? Object.entries(value) : [];
      return isObject(value) && entries.every(isStringPair)
        ? entries.map((entry) => [entry.join("=")])
        : null;
    }
    case "pair": {
      const pairs = isObject(value) ? Object.entries(value) : value;
      return Array.isArray(pairs) && pairs.every(isStringPair) ? pairs : null;
    }
  }
}

function fromDirectory(option: ValueOption, words: string[], directory: string): string[] {
  if ("rebase" in option && option.rebase !== undefined) {
    const { rebase } = option;
    return words.map((word) => rebase(word, directory));
  }
  // An empty path stays empty, so that it is refused. `resolve` would make it the directory.
  return "path" in option ? words.map((word) => (word === "" ? word : resolve(directory, word))) : words;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isStringArray(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((element) => typeof element === "string");
}

function isStringPair(value: unknown): value is [string, string] {
  return isStringArray(value) && value.length === 2;
}

function show(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
