import { bashCompletions } from "./bash-completions.js";
import { fishCompletions } from "./fish-completions.js";
import { zshCompletions } from "./zsh-completions.js";

/** A shell with completions. */
export type Shell = "bash" | "zsh" | "fish";

const SCRIPTS: Readonly<Record<Shell, () => string>> = {
  bash: bashCompletions,
  zsh: zshCompletions,
  fish: fishCompletions,
};

/** Returns the script that lets a shell complete the options of the command. */
export function completionsFor(shell: Shell): string {
  return SCRIPTS[shell]();
}
