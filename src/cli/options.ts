import { ACCESS } from "./access-options.js";
import { COMMAND } from "./command-options.js";
import { FILES } from "./files-options.js";
import { LISTENING } from "./listening-options.js";
import { OPERATION } from "./operation-options.js";
import type { Option, SettingOf } from "./option.js";
import { REPLIES } from "./replies-options.js";

/**
 * Every option of the command.
 *
 * This table is the source of the command line's parser, the help text, the reader of config files and their schema,
 * the manual, and the completions. So an option is just one row. Names, letters and defaults are those of
 * `python -m http.server` (3.15) where it has them. The key of a row is the name of its setting; `long` is its name on
 * the command line, `config` in a config file.
 */
export const OPTIONS = { ...LISTENING, ...FILES, ...REPLIES, ...ACCESS, ...OPERATION, ...COMMAND } as const;

/** The value of every option. */
export type Settings = { readonly [Name in keyof typeof OPTIONS]: SettingOf<(typeof OPTIONS)[Name]> };

/** Values of the given options, on the command line or in a config file. */
export type GivenSettings = Partial<Settings>;

/** The table as a list of settings and their options. */
export const OPTION_LIST: readonly (readonly [name: string, option: Option])[] = Object.entries(OPTIONS);

/** Options that belong together. */
export interface OptionGroup {
  readonly title: string;
  readonly options: readonly Option[];
}

/** The table in the order of the help. */
export const OPTION_GROUPS: readonly OptionGroup[] = [
  { title: "Address and port", options: Object.values(LISTENING) },
  { title: "Files", options: Object.values(FILES) },
  { title: "Responses", options: Object.values(REPLIES) },
  { title: "Access and encryption", options: Object.values(ACCESS) },
  { title: "Operation", options: [...Object.values(COMMAND), ...Object.values(OPERATION)] },
];

/**
 * Merges settings.
 *
 * @param given - settings from several places; a later place wins, with its whole list
 * @returns all settings, with defaults for the missing ones
 */
export function completeSettings(...given: readonly GivenSettings[]): Settings {
  const defaults = Object.fromEntries(OPTION_LIST.map(([name, option]) => [name, option.initial]));
  return Object.assign(defaults as Settings, ...given);
}
