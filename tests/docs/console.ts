/** A line that a person types, and what is printed then. */
export interface Command {
  /** Without the prompt. */
  readonly line: string;
  /** True if it runs in the background: it ends in `&`. */
  readonly isBackground: boolean;
  /** Expected output; `...` stands for anything. */
  readonly output: string;
  /** Expected output after Ctrl-C; `null` if nobody presses it. */
  readonly afterInterrupt: string | null;
}

/** Takes a `console` block apart: `$ command`, its output below it, and perhaps `^C` and more output. */
export function parseConsole(text: string): Command[] {
  const commands: Command[] = [];
  // A backslash at the end of a line goes on in the next.
  for (const entry of text.split(/^(?=\$ )/m)) {
    const match = /^\$ ((?:.*\\\n)*.*)\n([\s\S]*)$/.exec(entry);
    if (match === null) throw new Error(`A console block begins with "$ ": ${JSON.stringify(entry)}`);
    const [, typed = "", printed = ""] = match;
    const [output = "", afterInterrupt = null] = printed.split(/^\^C/m);
    const isBackground = / ?&$/.test(typed);
    commands.push({ line: typed.replace(/ ?&$/, ""), isBackground, output, afterInterrupt });
  }
  return commands;
}

/**
 * True if a text matches the page, where `...` stands for anything. Empty lines and white space before line
 * ends don't count.
 */
export function looksLike(text: string, shown: string): boolean {
  return new RegExp(`^${patternOf(shown)}$`).test(tidy(text));
}

/** The same for the beginning of a text. */
export function beginsLike(text: string, shown: string): boolean {
  return new RegExp(`^${patternOf(shown)}`).test(tidy(text));
}

function patternOf(shown: string): string {
  return tidy(shown).split("...").map(escapeRegExp).join("[\\s\\S]*?");
}

function tidy(text: string): string {
  return text
    .replace(/[ \t\r]+$/gm, "")
    .replace(/\n{2,}/g, "\n")
    .trim();
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
