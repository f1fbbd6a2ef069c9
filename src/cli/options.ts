import { ThreadingHTTPServer } from "../http/http-server.js";
import { type Rule, settingsOf } from "../http/setting-rules.js";
import { SimpleHTTPRequestHandler } from "../http/simple-http-request-handler.js";
import { ACCESS } from "./access-options.js";
import { FILES } from "./files-options.js";
import { LISTENING } from "./listening-options.js";
import { OPERATION } from "./operation-options.js";
import type { Option, Row, SettingOf } from "./option.js";
import { PATH } from "./option-values.js";
import { REPLIES } from "./replies-options.js";

/**
 * All options of the command.
 *
 * The parser of the command line, the help, the config file and its schema, the manual and the completions all use this
 * table. So an option is just one row. If `python -m http.server` (3.15) has the option, its name, letter and default
 * are the same. The key of a row is its key in a config file; the command line has `-` for `_`.
 */
const ROWS = { ...LISTENING, ...FILES, ...REPLIES, ...ACCESS, ...OPERATION } as const;

/** Values of all options. */
export type Settings = { readonly [Name in keyof typeof ROWS]: SettingOf<(typeof ROWS)[Name]> };

/** Values of the given options, on the command line or in a config file. */
export type GivenSettings = Partial<Settings>;

/** Settings of both classes. An option with the same name sets the class attribute. */
const CLASS_SETTINGS: object = {
  ...settingsOf(ThreadingHTTPServer),
  ...settingsOf(SimpleHTTPRequestHandler),
};

export interface OptionGroup {
  readonly title: string;
  readonly options: readonly Option[];
}

/** Groups of options, in the order of the help. */
export const OPTION_GROUPS: readonly OptionGroup[] = [
  { title: "Address and port", options: optionsOf(LISTENING) },
  { title: "Files", options: optionsOf(FILES) },
  { title: "Responses", options: optionsOf(REPLIES) },
  { title: "Access and encryption", options: optionsOf(ACCESS) },
  { title: "Operation", options: optionsOf(OPERATION) },
];

export const OPTIONS: readonly Option[] = OPTION_GROUPS.flatMap(({ options }) => options);

function optionsOf(rows: Readonly<Record<string, Row>>): Option[] {
  return Object.entries(rows).map(([name, row]) => {
    const attribute = row.attribute ?? (name in CLASS_SETTINGS ? name : undefined);
    const { rule = "path" in row ? PATH : undefined, value } = attributeOf(attribute);
    const choices = row.kind === "string" ? rule?.choices : undefined;
    return {
      long: name.replaceAll("_", "-"),
      initial: initialOf(row, value),
      name,
      attribute,
      ...(rule !== undefined && { rule }),
      ...(choices !== undefined && { choices }),
      ...row,
    } as Option;
  });
}

/** Returns the default of a class attribute, and the rule for one value of its option. */
function attributeOf(name: string | undefined): { readonly rule?: Rule; readonly value?: unknown } {
  if (name === undefined) return {};
  const Class = isOfHandler(name) ? SimpleHTTPRequestHandler : ThreadingHTTPServer;
  const rule = settingsOf(Class)[name];
  const value = (Class as unknown as Record<string, unknown>)[name];
  return rule === undefined ? { value } : { rule: rule.of ?? rule, value };
}

function initialOf({ kind }: Row, value: unknown): unknown {
  if (kind === "boolean") return value === true;
  if (kind === "string" || kind === "number") return typeof value === kind && value !== "" ? value : null;
  return [];
}

function isOfHandler(attribute: string): boolean {
  return attribute in settingsOf(SimpleHTTPRequestHandler);
}

/**
 * Merges settings, and adds the defaults.
 *
 * @param given - settings from several places; later ones win, and replace whole lists
 * @returns all settings
 */
export function completeSettings(...given: readonly GivenSettings[]): Settings {
  const defaults = Object.fromEntries(OPTIONS.map(({ name, initial }) => [name, initial]));
  return Object.assign(defaults as Settings, ...given);
}

/** Class attributes of the handler and of the server, by name. */
export interface ClassAttributes {
  readonly handler: Readonly<Record<string, unknown>>;
  readonly server: Readonly<Record<string, unknown>>;
}

/**
 * Returns the class attributes that the given options set.
 *
 * @param auth - the credentials, from any source
 * @param Handler - the handler class; its tables of types and codings are extended
 */
export function classAttributes(given: GivenSettings, auth: string | null, Handler: object): ClassAttributes {
  const { mime, content_encoding, quiet, dotfile, dotfiles } = given;
  const { extensions_map, content_encodings } = Handler as Partial<typeof SimpleHTTPRequestHandler>;
  const codings = Object.fromEntries(content_encoding ?? []);
  const set = OPTIONS.flatMap(({ name, attribute, kind }) => {
    const value = given[name as keyof GivenSettings];
    const isPlain = attribute !== undefined && value !== undefined && kind !== "entry" && name !== "quiet";
    return isPlain ? [[attribute, value] as const] : [];
  });
  const of = (isWanted: (name: string) => boolean) =>
    Object.fromEntries(set.filter(([attribute]) => isWanted(attribute)));
  return {
    handler: {
      ...of(isOfHandler),
      ...(dotfile !== undefined && dotfiles !== true && { dotfiles: dotfile }),
      ...(mime !== undefined && { extensions_map: { ...extensions_map, ...Object.fromEntries(mime) } }),
      // The first pattern that matches wins. The user's patterns come first, even if the class has the same key.
      ...(content_encoding !== undefined && {
        content_encodings: { ...codings, ...content_encodings, ...codings },
      }),
      ...(given.allowed_host?.length === 0 && { allowed_hosts: null }),
      ...(auth !== null && { auth }),
      ...(quiet === true && { log_format: "none" }),
    },
    server: of((name) => !isOfHandler(name)),
  };
}
