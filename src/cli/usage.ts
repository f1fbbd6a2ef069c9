import type { Option } from "./option.js";
import { OPTION_LIST } from "./options.js";

/** As `argparse` lays it out: 80 columns with two left free, and the help clauses from the 25th on. */
const WIDTH = 78;
const HELP_COLUMN = 24;

const PROGRAM = "pyserve";
const DESCRIPTION = "Serve a directory over HTTP.";

/** The help text of the command, made from the table of options; ends with a line feed. */
export function usage(): string {
  const options = OPTION_LIST.map(([, option]) => option);
  const positional = options.filter((option) => "positional" in option);
  const named = options.filter((option) => !("positional" in option));
  return [
    synopsis([...named, ...positional]),
    `${DESCRIPTION}\n`,
    `positional arguments:\n${positional.map(describe).join("")}`,
    `options:\n${named.map(describe).join("")}`,
  ].join("\n");
}

/** `usage: pyserve [-h] [-b ADDRESS] ... [port]`, wrapped between two options. */
function synopsis(options: readonly Option[]): string {
  const start = `usage: ${PROGRAM} `;
  const parts = options.map((option) => `[${shortest(option)}${values(option)}]`);
  return wrap(parts, WIDTH - start.length)
    .map((line, index) => (index === 0 ? start : " ".repeat(start.length)) + line)
    .map((line) => `${line}\n`)
    .join("");
}

/** One option: how to write it, then what it does, beside it or (if it is long) below it. */
function describe(option: Option): string {
  const invocation = `  ${spelling(option)}${values(option)}`;
  const lines = wrap(helpOf(option).split(" "), WIDTH - HELP_COLUMN);
  const beside = invocation.length <= HELP_COLUMN - 2 ? (lines.shift() ?? "") : "";
  const first = beside === "" ? invocation : invocation.padEnd(HELP_COLUMN) + beside;
  return [first, ...lines.map((line) => " ".repeat(HELP_COLUMN) + line)].map((line) => `${line}\n`).join("");
}

function spelling(option: Option): string {
  if ("positional" in option) return option.long;
  return option.short === undefined ? `--${option.long}` : `-${option.short}, --${option.long}`;
}

function shortest(option: Option): string {
  if ("positional" in option) return option.long;
  return option.short === undefined ? `--${option.long}` : `-${option.short}`;
}

/** What the option takes: ` ADDRESS`, ` NAME VALUE`, or nothing. */
function values(option: Option): string {
  if (option.kind === "boolean" || "positional" in option) return "";
  return ` ${option.kind === "pair" ? option.metavar.join(" ") : option.metavar}`;
}

function helpOf(option: Option): string {
  return option.help.replace("%(default)s", String(option.initial));
}

/** Fills lines with words. A word that is longer than a line has one to itself. */
function wrap(words: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
