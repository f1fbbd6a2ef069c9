import { ACCESS } from "./access-options.js";
import { COMMAND } from "./command-options.js";
import { FILES } from "./files-options.js";
import { LISTENING } from "./listening-options.js";
import type { Option, SettingOf } from "./option.js";
import { REPLIES } from "./replies-options.js";

/**
 * Every option of the command.
 *
 * The parser of the command line, the help text, the reader of config files and their schema, the manual, and the
 * completions of the shells are all made from this table, so an option is one row and nothing else. Names, letters and
 * defaults are those of `python -m http.server` (3.15) where it has them. The key of a row is the name of its setting;
 * `long` is its name on the command line, `config` in a config file.
 */
export const OPTIONS = { ...LISTENING, ...FILES, ...REPLIES, ...ACCESS, ...COMMAND } as const;

/** The value of every option. */
export type Settings = { readonly [Name in keyof typeof OPTIONS]: SettingOf<(typeof OPTIONS)[Name]> };

/** The values of those options that were given, on the command line or in a config file. */
export type GivenSettings = Partial<Settings>;

/** The table as a list, for those who go through all of it: the name of each setting and its option. */
export const OPTION_LIST: readonly (readonly [name: string, option: Option])[] = Object.entries(OPTIONS);

/** Options that belong together. */
export interface OptionGroup {
  readonly title: string;
  readonly options: readonly Option[];
}

/** The table as it is shown. */
export const OPTION_GROUPS: readonly OptionGroup[] = [
  { title: "Address and port", options: Object.values(LISTENING) },
  { title: "Files", options: Object.values(FILES) },
  { title: "Responses", options: Object.values(REPLIES) },
  { title: "Access and encryption", options: Object.values(ACCESS) },
  { title: "The command itself", options: Object.values(COMMAND) },
];

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
