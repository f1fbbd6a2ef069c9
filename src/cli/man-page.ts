import { helpOf, type Option, spellingsOf } from "./option.js";
import { OPTION_GROUPS, type OptionGroup } from "./options.js";

/** The date of the last change to the text around the table. */
const LAST_CHANGED = "2026-11-25";

/** The manual page, made from the table of options: roff with the macros of man(7). */
export function manPage(): string {
  return [
    `.TH PYSERVE 1 ${LAST_CHANGED} pyserve "User Commands"`,
    section("NAME", "pyserve \\- serve a directory over HTTP"),
    section("SYNOPSIS", ".B pyserve\n[\\fIoption\\fR ...] [\\fIport\\fR]"),
    section(
      "DESCRIPTION",
      paragraphs([
        "Serves the files below a directory, until it is interrupted. Requests are logged to standard error.",
        "Each option that is not about the command itself has a key of the same name in a config file, which is one JSON object, with _ for -. A switch can be turned off again by --no- and its name.",
        "The first SIGINT (Ctrl-C) or SIGTERM lets requests finish that are under way, for 5 seconds; what is left then is cut off, which takes half a second at most. The second signal ends the command at once. SIGHUP has the certificate read again.",
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
        "0 when it was interrupted; 2 for a mistake in the options, and for what can't be served or listened on, which is one line on standard error.",
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
  ["PYSERVE_AUTH", "What --auth would be given. Others on the machine do not see it."],
  ["BROWSER", "The command that --open starts, with the URL as its last argument."],
  ["NO_COLOR", "If it is not empty, the log on a terminal has no colours."],
];

const EXAMPLES: readonly (readonly [string, string])[] = [
  ["The directory public, to this machine only:", "pyserve --bind 127.0.0.1 --directory public 8080"],
  ["An application with routes of its own:", "pyserve --spa --open --immutable 'assets/**'"],
  ["A class of your own:", "pyserve --handler server.mjs"],
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
  const key = option.config === null ? "" : `\nIn a config file: ${roff(option.config)}.`;
  return `.TP\n${nameOf(option)}\n${roff(text)}${key}`;
}

function nameOf(option: Option): string {
  const names = spellingsOf(option).map((name) => `\\fB${roff(name)}\\fR`);
  return `${names.join(", ")}${metavarOf(option)}`;
}

function metavarOf(option: Option): string {
  if (option.kind === "boolean" || "positional" in option) return "";
  const italic = (name: string) => `\\fI${roff(name)}\\fR`;
  if (option.kind === "pair") return ` ${option.metavar.map(italic).join(" ")}`;
  return "bare" in option ? `[=${italic(option.metavar)}]` : ` ${italic(option.metavar)}`;
}

function paragraphs(texts: readonly string[]): string {
  return texts.map(roff).join("\n.PP\n");
}

/** Text for roff: a hyphen that is to be copied, and a line that begins like a request. */
function roff(text: string): string {
  const escaped = text.replaceAll("\\", "\\e").replaceAll("-", "\\-");
  return /^['.]/.test(escaped) ? `\\&${escaped}` : escaped;
}
