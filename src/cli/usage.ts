import { helpOf, type Option, spellingsOf, valuesOf } from "./option.js";
import { OPTION_GROUPS, OPTIONS } from "./options.js";

/** Layout of `argparse`: 80 columns, with two left free. */
const WIDTH = 78;
const HELP_COLUMN = 27;

const DESCRIPTION = "Serve a directory over HTTP.";

/** Returns the short help: the everyday options, one on a line. It fits a terminal of 24 lines. */
export function usage(): string {
  const daily = OPTIONS.filter((option) => option.daily).map((option) => describe(option, helpOf(option)));
  return `usage: pyserve [options] [port]\n${DESCRIPTION}\n\n${daily.join("")}\nExample: pyserve -d public 8080\n`;
}

/** Returns the help of all options with all details. */
export function fullUsage(): string {
  const start = "usage: pyserve ";
  const parts = OPTIONS.map((option) => `[${spellingsOf(option)[0]}${valuesOf(option)}]`);
  const synopsis = wrap([...parts.slice(1), parts[0] as string], WIDTH - start.length);
  return [
    `${start}${synopsis.join(`\n${" ".repeat(start.length)}`)}\n`,
    `${DESCRIPTION}\n`,
    ...OPTION_GROUPS.map(({ title, options }) => `${title}:\n${options.map(describeFully).join("")}`),
  ].join("\n");
}

function describeFully(option: Option): string {
  const clause = helpOf(option);
  return describe(option, option.more === undefined ? clause : `${clause}. ${option.more}`);
}

/** Formats one option: its spellings, and its help beside them or, if they are long, below them. */
function describe(option: Option, help: string): string {
  const invocation = `  ${spellingsOf(option).join(", ")}${valuesOf(option)}`;
  const lines = wrap(help.split(" "), WIDTH - HELP_COLUMN);
  const beside = invocation.length <= HELP_COLUMN - 2 ? (lines.shift() ?? "") : "";
  const first = beside === "" ? invocation : invocation.padEnd(HELP_COLUMN) + beside;
  return [first, ...lines.map((line) => " ".repeat(HELP_COLUMN) + line)].map((line) => `${line}\n`).join("");
}

/** Wraps words into lines. A word that is longer than a line gets its own line. */
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
