/** A line that a user types, and the expected output. */
export interface Command {
  /** Without the prompt. */
  readonly line: string;
  /** True if it runs in the background: it ends in `&`. */
  readonly isBackground: boolean;
  /** Expected output; `...` stands for anything. */
  readonly output: string;
  /** Expected output after Ctrl-C; `null` without Ctrl-C. */
  readonly afterInterrupt: string | null;
}

/** Parses a `console` block: `$ command`, its output below it, and perhaps `^C` and more output. */
export function parseConsole(text: string): Command[] {
  const commands: Command[] = [];
  // After a backslash at its end, a line continues on the next.
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
