import { helpOf, type Option, shownName, spellingsOf, valuesOf } from "./option.js";
import { OPTION_GROUPS, OPTION_LIST, type OptionGroup } from "./options.js";
import { wrap } from "./wrap.js";

/** Layout of `argparse`: 80 columns with two left free; help clauses begin in column 25. */
const WIDTH = 78;
const HELP_COLUMN = 24;

const PROGRAM = "pyserve";
const DESCRIPTION = "Serve a directory over HTTP.";

const EXAMPLE = "pyserve -d public 8080";

/**
 * Returns the help text, made from the table of options, with a final line feed. It fits on one screen: rarely used
 * options are listed by name.
 */
export function usage(): string {
  return [
    `usage: ${PROGRAM} [options] [port]\n${DESCRIPTION}\n`,
    ...OPTION_GROUPS.map(shortGroup),
    `Example:\n  ${EXAMPLE}\n`,
  ].join("\n");
}

/** Returns the same with all details of each option. */
export function fullUsage(): string {
  const options = OPTION_LIST.map(([, option]) => option);
  const positional = options.filter((option) => "positional" in option);
  const named = options.filter((option) => !("positional" in option));
  return [
    synopsis([...named, ...positional]),
    `${DESCRIPTION}\n`,
    ...OPTION_GROUPS.map((group) => `${group.title}:\n${group.options.map(describeFully).join("")}`),
  ].join("\n");
}

function shortGroup({ title, options }: OptionGroup): string {
  const usual = options.filter((option) => option.rare !== true);
  const rare = options.filter((option) => option.rare === true);
  const also = rare.length === 0 ? "" : alsoOf(rare);
  return `${title}:\n${usual.map((option) => describe(option, helpOf(option))).join("")}${also}`;
}

/** `  also: --index --symlinks --base`. */
function alsoOf(options: readonly Option[]): string {
  const start = "  also: ";
  return wrap(
    options.map((option) => `--${shownName(option)}`),
    WIDTH - start.length,
  )
    .map((line, index) => `${index === 0 ? start : " ".repeat(start.length)}${line}\n`)
    .join("");
}

/** `usage: pyserve [-h] [-b ADDRESS] ... [port]`, wrapped between two options. */
function synopsis(options: readonly Option[]): string {
  const start = `usage: ${PROGRAM} `;
  const parts = options.map((option) => `[${spellingsOf(option)[0]}${valuesOf(option)}]`);
  return wrap(parts, WIDTH - start.length)
    .map((line, index) => (index === 0 ? start : " ".repeat(start.length)) + line)
    .map((line) => `${line}\n`)
    .join("");
}

function describeFully(option: Option): string {
  const clause = helpOf(option);
  return describe(option, option.more === undefined ? clause : `${clause}. ${option.more}`);
}

/** One option: how to write it, then what it does, beside it or (if it is long) below it. */
function describe(option: Option, help: string): string {
  const invocation = `  ${spellingsOf(option).join(", ")}${valuesOf(option)}`;
  const lines = wrap(help.split(" "), WIDTH - HELP_COLUMN);
  const beside = invocation.length <= HELP_COLUMN - 2 ? (lines.shift() ?? "") : "";
  const first = beside === "" ? invocation : invocation.padEnd(HELP_COLUMN) + beside;
  return [first, ...lines.map((line) => " ".repeat(HELP_COLUMN) + line)].map((line) => `${line}\n`).join("");
}
