import { helpOf, type Option, spellingsOf, valuesOf } from "#src/cli/option.js";
import { OPTION_GROUPS, type OptionGroup } from "#src/cli/options.js";

/** The date of the last change to the text around the table. */
const LAST_CHANGED = "2026-11-29";

/** Returns the manual page, made from the table of options: roff with the macros of man(7). */
export function manPage(): string {
  return [
    `.TH PYSERVE 1 ${LAST_CHANGED} pyserve "User Commands"`,
    section("NAME", "pyserve \\- serve a directory over HTTP"),
    section("SYNOPSIS", ".B pyserve\n[\\fIoption\\fR ...] [\\fIport\\fR]"),
    section(
      "DESCRIPTION",
      paragraphs([
        "Serves the files below a directory until you interrupt it. Requests are logged to standard error.",
        "Most options have a key in a config file, a JSON object. The key is the name of the option, with _ instead of -. The prefix --no- turns a switch off.",
        "After the first SIGINT (Ctrl-C) or SIGTERM, requests in progress have 5 seconds to finish. Then the command closes all connections, within half a second. A second signal ends it at once. SIGHUP loads the certificate again.",
      ]),
    ),
    section("OPTIONS", OPTION_GROUPS.map(group).join("\n")),
    section(
      "ENVIRONMENT",
      ENVIRONMENT.map(([name, text]) => `.TP\n.B ${roff(name)}\n${roff(text)}`).join("\n"),
    ),
    section(
      "EXIT STATUS",
      roff(
        "0 after an interrupt. 2 if an option is wrong, or if the command can't read the files or listen; it then prints one line to standard error.",
      ),
    ),
    section(
      "EXAMPLES",
      EXAMPLES.map(([what, line]) => `${roff(what)}\n.PP\n.RS 4\n${roff(line)}\n.RE`).join("\n.PP\n"),
    ),
    "",
  ].join("\n");
}

const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ["PYSERVE_AUTH", "The value for --auth. Other users of this machine can't see it."],
  ["BROWSER", "The command that --open starts, with the URL as its last argument."],
  ["NO_COLOR", "If it is not empty, the log on a terminal has no colors."],
];

const EXAMPLES: readonly (readonly [string, string])[] = [
  ["The directory public, for this machine only:", "pyserve --bind 127.0.0.1 --directory public 8080"],
  ["An application with its own routes:", "pyserve --spa --open --immutable 'assets/**'"],
  ["Your own handler class:", "pyserve --handler server.mjs"],
];

function section(title: string, text: string): string {
  return `.SH ${title.includes(" ") ? `"${title}"` : title}\n${text}`;
}

function group({ title, options }: OptionGroup): string {
  return [`.SS "${roff(title)}"`, ...options.map(entry)].join("\n");
}

function entry(option: Option): string {
  const clause = helpOf(option);
  const text = `${clause.charAt(0).toUpperCase()}${clause.slice(1)}. ${option.more ?? ""}`.trimEnd();
  const key = option.isLineOnly ? "" : `\nIn a config file: ${roff(option.name)}.`;
  return `.TP\n${nameOf(option)}\n${roff(text)}${key}`;
}

function nameOf(option: Option): string {
  const names = spellingsOf(option).map((name) => `\\fB${roff(name)}\\fR`);
  return `${names.join(", ")}${valuesOf(option, (metavar) => `\\fI${roff(metavar)}\\fR`)}`;
}

function paragraphs(texts: readonly string[]): string {
  return texts.map(roff).join("\n.PP\n");
}

/** Escapes text for roff: hyphens that readers may copy, and lines that begin like a request. */
function roff(text: string): string {
  const escaped = text.replaceAll("\\", "\\e").replaceAll("-", "\\-");
  return /^['.]/.test(escaped) ? `\\&${escaped}` : escaped;
}
