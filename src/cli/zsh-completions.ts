import { helpOf, type Option, spellingsOf } from "./option.js";
import { OPTION_LIST } from "./options.js";
import { type ValueSource, valueSourceOf } from "./value-source.js";

/** For a file `_pyserve` in a folder of `$fpath`, or for `eval "$(pyserve --completions zsh)"` after `compinit`. */
export function zshCompletions(): string {
  const specs = OPTION_LIST.map(([, option]) => `    ${specOf(option)}`);
  return `#compdef pyserve
# zsh completion for pyserve; to use it: pyserve --completions zsh > "\${fpath[1]}/_pyserve"
_pyserve() {
  local -a arguments=(
${specs.join("\n")}
  )
  _arguments -s $arguments
}
if [ "$funcstack[1]" = _pyserve ]; then _pyserve "$@"; else compdef _pyserve pyserve; fi
`;
}

/** In the format of `_arguments`: `{-b,--bind}'[listen on this address]:ADDRESS: '`. */
function specOf(option: Option): string {
  const help = `[${escapeSpec(helpOf(option))}]`;
  if ("positional" in option) return `':${option.long}: '`;
  const isRepeated = option.kind === "list" || option.kind === "entry" || option.kind === "pair";
  const names = spellingsOf(option);
  const spelled =
    names.length === 1 ? `${names[0]}${isOptional(option) ? "=-" : ""}` : `{${names.join(",")}}`;
  return `${isRepeated ? "\\*" : ""}${spelled}'${help}${valuePart(option)}'`;
}

function valuePart(option: Option): string {
  if (option.kind === "boolean") return "";
  if (option.kind === "pair") return option.metavar.map((name) => `:${escapeSpec(name)}: `).join("");
  const start = isOptional(option) ? "::" : ":";
  return `${start}${escapeSpec(option.metavar)}:${actionOf(valueSourceOf(option))}`;
}

/** True if its value follows `=`, or if it has none. */
function isOptional(option: Option): boolean {
  return "bare" in option && option.bare !== undefined;
}

function actionOf(source: ValueSource): string {
  if (source.kind === "words") return `(${source.words.join(" ")})`;
  if (source.kind === "file") return "_files";
  return source.kind === "directory" ? "_files -/" : " ";
}

/** Inside of single quotes, where brackets and colons mean something to `_arguments`. */
function escapeSpec(text: string): string {
  return text.replace(/[[\]:\\]/g, "\\$&").replaceAll("'", "'\\''");
}
