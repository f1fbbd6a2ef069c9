import type { Option, SettingOf } from "./option.js";
import {
  type HeaderField,
  parseAddress,
  parseCount,
  parseHeader,
  parseMediaType,
  parsePath,
  parsePort,
  parseProtocolVersion,
} from "./option-values.js";

/**
 * Every option of the command, in the order of its help text.
 *
 * The parser of the command line, the help text and the reader of config files are all made from this table, so an option is one
 * row and nothing else. Names, letters and defaults are those of `python -m http.server` (3.15) where it has them. The key
 * of a row is the name of its setting; `long` is its name on the command line, `config` in a config file.
 */
export const OPTIONS = {
  port: {
    kind: "number",
    long: "port",
    positional: true,
    metavar: "port",
    help: "bind to this port, or 0 for any that is free (default: %(default)s)",
    config: "port",
    initial: 8000,
    parse: parsePort,
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
  version: {
    kind: "boolean",
    long: "version",
    short: "V",
    final: true,
    help: "show the version and exit",
    config: null,
    initial: false,
  },
  bind: {
    kind: "string",
    long: "bind",
    short: "b",
    metavar: "ADDRESS",
    help: "bind to this address (default: all interfaces)",
    config: "bind",
    initial: null,
    parse: parseAddress,
  },
  directory: {
    kind: "string",
    long: "directory",
    short: "d",
    metavar: "DIR",
    path: true,
    help: "serve this directory (default: current directory)",
    config: "directory",
    initial: ".",
    parse: parsePath,
  },
  protocol: {
    kind: "string",
    long: "protocol",
    short: "p",
    metavar: "VERSION",
    help: "conform to this HTTP version, HTTP/1.0 or HTTP/1.1 (default: %(default)s; Python's is HTTP/1.0)",
    config: "protocol",
    initial: "HTTP/1.1",
    parse: parseProtocolVersion,
  },
  contentType: {
    kind: "string",
    long: "content-type",
    metavar: "TYPE",
    help: "send files whose name says nothing with this type (default: %(default)s)",
    config: "content_type",
    initial: "application/octet-stream",
    parse: parseMediaType,
  },
  headers: {
    kind: "pair",
    long: "header",
    short: "H",
    metavar: ["NAME", "VALUE"],
    help: "add this header to replies that send a file or a listing; may be repeated",
    config: "headers",
    initial: [] as readonly HeaderField[],
    parse: parseHeader,
  },
  config: {
    kind: "string",
    long: "config",
    short: "c",
    metavar: "FILE",
    help: "read options from this JSON file; those on the command line win",
    config: null,
    initial: null,
    parse: parsePath,
  },
  threads: {
    kind: "number",
    long: "threads",
    metavar: "N",
    help: "serve with this many threads, or 0 for none but the first (default: one for each core, where Node can)",
    config: "threads",
    initial: null,
    parse: parseCount,
  },
  tls: {
    kind: "boolean",
    long: "tls",
    help: "serve HTTPS with a certificate made for this run, whose fingerprint is printed",
    config: "tls",
    initial: false,
  },
  tlsCert: {
    kind: "string",
    long: "tls-cert",
    metavar: "FILE",
    path: true,
    help: "serve HTTPS with the certificate in this file; SIGHUP has it read again",
    config: "tls_cert",
    initial: null,
    parse: parsePath,
  },
  tlsKey: {
    kind: "string",
    long: "tls-key",
    metavar: "FILE",
    path: true,
    help: "the certificate's key is in this file, if not in the certificate's",
    config: "tls_key",
    initial: null,
    parse: parsePath,
  },
  tlsPasswordFile: {
    kind: "string",
    long: "tls-password-file",
    metavar: "FILE",
    path: true,
    help: "the password that the key is encrypted with is in this file",
    config: "tls_password_file",
    initial: null,
    parse: parsePath,
  },
  quiet: {
    kind: "boolean",
    long: "quiet",
    short: "q",
    help: "do not log requests",
    config: "quiet",
    initial: false,
  },
} as const satisfies Record<string, Option>;

/** The value of every option. */
export type Settings = { readonly [Name in keyof typeof OPTIONS]: SettingOf<(typeof OPTIONS)[Name]> };

/** The values of those options that were given, on the command line or in a config file. */
export type GivenSettings = Partial<Settings>;

/** The table as a list, for those who go through all of it: the name of each setting and its option. */
export const OPTION_LIST: readonly (readonly [name: string, option: Option])[] = Object.entries(OPTIONS);

/**
 * Puts settings together.
 *
 * @param given - from several places; where two have the same one, the later place wins, with the whole of a list
 * @returns all settings, with the defaults of those that nobody gave
 */
export function completeSettings(...given: readonly GivenSettings[]): Settings {
  const defaults = Object.fromEntries(OPTION_LIST.map(([name, option]) => [name, option.initial]));
  return Object.assign(defaults as Settings, ...given);
}
