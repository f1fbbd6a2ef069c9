import { nearestName } from "../errors/nearest-name.js";
import { quote } from "./option.js";

/** Options, each with the names that other servers have for it. */
const OTHER_NAMES: readonly (readonly [name: string, others: string])[] = [
  ["bind", "host hostname address ip"],
  ["directory", "root path"],
  ["tls", "https ssl"],
  ["tls-cert", "cert"],
  ["tls-key", "key"],
  ["auth", "user username password"],
  ["spa", "single"],
  ["compress", "gzip"],
  ["quiet", "silent"],
  ["no-store", "no-cache"],
  ["clean-urls", "ext"],
];

/**
 * Suggests an option for an unknown one.
 *
 * @param written - the option with its dashes
 * @param value - the value of the option, or the word after it
 * @param names - the names of all options
 * @returns a clause in parentheses after a space, or `""`
 */
export function hintForName(written: string, value: string | undefined, names: Iterable<string>): string {
  if (!written.startsWith("--")) return "";
  const name = written.slice(2);
  if (name === "cgi") return " (removed in Python, too: use --handler to run your own code)";
  if (name === "port") return ` (${portStandsAlone(value)})`;
  const same = OTHER_NAMES.find(([, others]) => others.split(" ").includes(name))?.[0];
  const nearest = same ?? nearestName(name, names);
  return nearest === undefined ? "" : ` (did you mean --${nearest}?)`;
}

export function portStandsAlone(port: string | undefined): string {
  return `write the port alone: pyserve ${/^\d+$/.test(port ?? "") ? port : 8080}`;
}

/**
 * Suggests an option for a word that is not a port: it may be a directory, or an address with a port.
 *
 * @returns a clause in parentheses after a space, or `""`
 */
export function hintForWord(word: string): string {
  if (!/^[^-\d\s][^\x00-\x1f]{0,39}$/.test(word)) return "";
  const shown = /^[\w./~:[\]-]+$/.test(word) ? word : quote(word);
  if (/^[\w.-]+:\d+$|^\[[\d:a-f]+\]:\d+$/i.test(word)) return ` (to listen there: pyserve --listen ${shown})`;
  return ` (to serve that directory: pyserve --directory ${shown})`;
}
