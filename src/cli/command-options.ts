import type { Option } from "./option.js";
import { parseChoice, parsePath } from "./option-values.js";

const LOG_FORMATS = ["python", "common", "combined", "json"] as const;
const SHELLS = ["bash", "zsh", "fish"] as const;

/** Options for messages, help and the config file. */
export const COMMAND = {
  config: {
    kind: "string",
    long: "config",
    short: "c",
    rare: true,
    metavar: "FILE",
    path: "file",
    help: "read options from this JSON file",
    more: "Options on the command line override the file.",
    config: null,
    initial: null,
    parse: parsePath,
  },
  quiet: {
    kind: "boolean",
    long: "quiet",
    short: "q",
    help: "do not log requests",
    config: "quiet",
    attribute: "log_format",
    initial: false,
  },
  logFormat: {
    kind: "string",
    long: "log-format",
    rare: true,
    metavar: "FORMAT",
    choices: LOG_FORMATS,
    help: "python, common, combined or json (default: %(default)s)",
    more: "common and combined are Apache's formats. json writes one object per line. These three log the size, when the response has ended.",
    config: "log_format",
    attribute: "log_format",
    initial: "python",
    parse: parseChoice(LOG_FORMATS),
  },
  completions: {
    kind: "string",
    long: "completions",
    rare: true,
    metavar: "SHELL",
    choices: SHELLS,
    help: "print a script that lets bash, zsh or fish complete options",
    config: null,
    initial: null,
    parse: parseChoice(SHELLS),
  },
  help: {
    kind: "boolean",
    long: "help",
    short: "h",
    final: true,
    help: "show this help message and exit",
    config: null,
    initial: false,
  },
  helpAll: {
    kind: "boolean",
    long: "help-all",
    rare: true,
    final: true,
    help: "show all options and exit",
    config: null,
    initial: false,
  },
  version: {
    kind: "boolean",
    long: "version",
    short: "V",
    rare: true,
    final: true,
    help: "show the version and exit",
    config: null,
    initial: false,
  },
} as const satisfies Record<string, Option>;
