import { helpOf, isRepeated, type Option, shownName, spellingsOf, valuesOf } from "./option.js";
import { OPTIONS } from "./options.js";

export type Shell = "bash" | "zsh" | "fish";

/** Returns the script that lets a shell complete the options of the command. */
export function completionsFor(shell: Shell): string {
  return SCRIPTS[shell](OPTIONS.filter((option) => !("positional" in option)));
}

/** A shell's code for completing a value, for each kind of value. */
interface Actions {
  readonly text: string;
  readonly file: string;
  readonly directory: string;
  words(words: readonly string[]): string;
}

/** Returns a shell's action for the value of an option; `""` if the value is not a word of its own. */
function actionOf(option: Option, actions: Actions): string {
  if (option.kind === "boolean" || "bare" in option) return "";
  if (option.choices !== undefined) return actions.words(option.choices);
  return actions[("path" in option ? option.path : undefined) ?? "text"];
}

const FILE_NAMES = "compopt -o filenames 2>/dev/null; ";
const bashReply = (generated: string) => `COMPREPLY=($(compgen ${generated} -- "$word"));`;
const bashWords = (words: readonly string[]) => bashReply(`-W $'${words.join("\\n")}'`);

const BASH: Actions = {
  text: " ",
  file: FILE_NAMES + bashReply("-f"),
  directory: FILE_NAMES + bashReply("-d"),
  words: bashWords,
};

const ZSH: Actions = {
  text: " ",
  file: "_files",
  directory: "_files -/",
  words: (words) => `(${words.join(" ")})`,
};

const FISH: Actions = {
  text: " -x",
  file: " -r -F",
  directory: " -x -a '(__fish_complete_directories)'",
  words: (words) => ` -x -a '${words.join(" ")}'`,
};

const SCRIPTS: Readonly<Record<Shell, (options: readonly Option[]) => string>> = {
  // Works in plain bash, also in version 3.2 of macOS.
  bash: (options) => `# bash completion for pyserve; to use it: eval "$(pyserve --completions bash)"
_pyserve() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]}
  local IFS=$'\\n'
  COMPREPLY=()
  if [ "$word" = = ]; then word=
  elif [ "$before" = = ]; then before=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  case $before in
${options.flatMap(bashCase).join("\n")}
  esac
  case $word in
    -*) ${bashWords(options.flatMap(spellingsOf))} ;;
  esac
}
complete -F _pyserve pyserve
`,
  zsh: (options) => `#compdef pyserve
# zsh completion for pyserve; to use it: pyserve --completions zsh > "\${fpath[1]}/_pyserve"
_pyserve() {
  local -a arguments=(
    ':port: '
${options.map((option) => `    ${zshSpec(option)}`).join("\n")}
  )
  _arguments -s $arguments
}
if [ "$funcstack[1]" = _pyserve ]; then _pyserve "$@"; else compdef _pyserve pyserve; fi
`,
  fish: (
    options,
  ) => `# fish completion for pyserve; to use it: pyserve --completions fish > ~/.config/fish/completions/pyserve.fish
complete -c pyserve -f
${options.map(fishLine).join("\n")}
`,
};

function bashCase(option: Option): string[] {
  const action = actionOf(option, BASH);
  return action === "" ? [] : [`    ${spellingsOf(option).join("|")}) ${action} return ;;`];
}

/** Returns the description of an option for zsh's `_arguments`: `{-b,--bind}'[listen on this address]:ADDRESS: '`. */
function zshSpec(option: Option): string {
  // Escaped because brackets and colons have a meaning for `_arguments`.
  const escaped = (text: string) => text.replace(/[[\]:\\]/g, "\\$&").replaceAll("'", "'\\''");
  const names = spellingsOf(option);
  const isBare = "bare" in option;
  const spelled = names.length > 1 ? `{${names.join(",")}}` : `${names[0]}${isBare ? "=-" : ""}`;
  const metavars = valuesOf(option).match(/[^ =[\]]+/g) ?? [];
  const values = metavars.map(
    (name) => `:${isBare ? ":" : ""}${escaped(name)}:${actionOf(option, ZSH) || " "}`,
  );
  return `${isRepeated(option) ? "\\*" : ""}${spelled}'[${escaped(helpOf(option))}]${values.join("")}'`;
}

function fishLine(option: Option): string {
  const short = option.short === undefined ? "" : ` -s ${option.short}`;
  const help = helpOf(option).replace(/['\\]/g, "\\$&");
  return `complete -c pyserve${short} -l ${shownName(option)}${actionOf(option, FISH)} -d '${help}'`;
}
