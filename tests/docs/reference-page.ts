import { helpOf, type Option, spellingsOf, valuesOf } from "#src/cli/option.js";
import { OPTION_GROUPS, type OptionGroup } from "#src/cli/options.js";

/** Returns the tables for the documentation of the command: Markdown, made from the table of options. */
export function referenceTables(): string {
  return OPTION_GROUPS.map(group).join("\n");
}

const HEADING =
  "| Option | Default | In a config file | Class attribute | What it does |\n| --- | --- | --- | --- | --- |\n";

function group({ title, options }: OptionGroup): string {
  return `### ${title.charAt(0).toUpperCase()}${title.slice(1)}\n\n${HEADING}${options.map(row).join("")}`;
}

function row(option: Option): string {
  const names = spellingsOf(option);
  const last = names.length - 1;
  const spelled = names.map((name, at) => code(at === last ? `${name}${valuesOf(option)}` : name)).join(", ");
  const cells = [spelled, defaultOf(option), keyOf(option), attributeOf(option), textOf(option)];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
}

/** Returns the default of an option; nothing if the help text already explains it. */
function defaultOf(option: Option): string {
  if (option.kind === "boolean") return "final" in option ? "" : option.initial ? "on" : "off";
  if (option.kind === "string" || option.kind === "number") {
    const isPlain = option.initial !== null && option.path === undefined;
    return isPlain ? code(String(option.initial)) : "";
  }
  return "";
}

function keyOf(option: Option): string {
  return option.isLineOnly ? "" : code(option.name);
}

function attributeOf({ attribute }: Option): string {
  return attribute === undefined ? "" : code(attribute);
}

function textOf(option: Option): string {
  const clause = helpOf(option);
  const text = option.more === undefined ? clause : `${clause}. ${option.more}`;
  // Not Markdown, because the help shows it unchanged.
  return text.replace(/[*_<]/g, "\\$&");
}

function code(text: string): string {
  return `\`${text}\``;
}
