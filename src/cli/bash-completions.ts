import { type Option, spellingsOf } from "./option.js";
import { OPTION_LIST } from "./options.js";
import { type ValueSource, valueSourceOf } from "./value-source.js";

const NAMED: readonly Option[] = OPTION_LIST.map(([, option]) => option).filter(
  (option) => !("positional" in option),
);

/** For `eval "$(pyserve --completions bash)"`. It works in plain bash, also in the old version on macOS. */
export function bashCompletions(): string {
  const cases = NAMED.flatMap((option) => {
    const reply = replyFor(valueSourceOf(option));
    return reply === null ? [] : [`    ${spellingsOf(option).join("|")}) ${reply} return ;;`];
  });
  return `# bash completion for pyserve; to use it: eval "$(pyserve --completions bash)"
_pyserve() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]}
  local IFS=$'\\n'
  COMPREPLY=()
  if [ "$word" = = ]; then word=
  elif [ "$before" = = ]; then before=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  case $before in
${cases.join("\n")}
  esac
  case $word in
    -*) COMPREPLY=($(compgen -W $'${NAMED.flatMap(spellingsOf).join("\\n")}' -- "$word")) ;;
  esac
}
complete -F _pyserve pyserve
`;
}

function replyFor(source: ValueSource): string | null {
  switch (source.kind) {
    case "none":
      return null;
    case "text":
      return "";
    case "words":
      return `COMPREPLY=($(compgen -W $'${source.words.join("\\n")}' -- "$word"));`;
    case "file":
      return 'compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$word"));';
    case "directory":
      return 'compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$word"));';
  }
}
