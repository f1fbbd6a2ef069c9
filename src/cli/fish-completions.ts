import { helpOf, type Option, shownName } from "./option.js";
import { OPTION_LIST } from "./options.js";
import { type ValueSource, valueSourceOf } from "./value-source.js";

/** For `pyserve --completions fish | source`. */
export function fishCompletions(): string {
  const lines = OPTION_LIST.map(([, option]) => option)
    .filter((option) => !("positional" in option))
    .map(lineOf);
  return `# fish completion for pyserve; to use it: pyserve --completions fish > ~/.config/fish/completions/pyserve.fish
complete -c pyserve -f
${lines.join("\n")}
`;
}

function lineOf(option: Option): string {
  const short = option.short === undefined ? "" : ` -s ${option.short}`;
  return `complete -c pyserve${short} -l ${shownName(option)}${actionOf(valueSourceOf(option))} -d ${quote(helpOf(option))}`;
}

function actionOf(source: ValueSource): string {
  switch (source.kind) {
    case "none":
      return "";
    case "text":
      return " -x";
    case "words":
      return ` -x -a ${quote(source.words.join(" "))}`;
    case "file":
      return " -r -F";
    case "directory":
      return " -x -a '(__fish_complete_directories)'";
  }
}

/** Within single quotes fish knows two escapes. */
function quote(text: string): string {
  return `'${text.replace(/['\\]/g, "\\$&")}'`;
}
