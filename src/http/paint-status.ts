import { isatty } from "node:tty";

/** Where a request's status stands in the formats that are made for people: behind the last quoted request line. */
const STATUS = /^(.*" )([1-5])(\d\d)( (?:-|\d+)(?: "(?:[^"\\]|\\.)*" "(?:[^"\\]|\\.)*")?)$/;

/** Green, cyan, yellow and red, by the first digit of a status code. */
const COLORS: Readonly<Record<string, number>> = { 2: 32, 3: 36, 4: 33, 5: 31 };

/**
 * Colours the status code of a log line; a line that has none stays as it is.
 *
 * @param line - already without control characters, so that the ones added here are the only ones
 */
export function paintStatus(line: string): string {
  return line.replace(STATUS, (all, before: string, first: string, others: string, behind: string) => {
    const color = COLORS[first];
    return color === undefined ? all : `${before}\x1b[${color}m${first}${others}\x1b[39m${behind}`;
  });
}

/**
 * True if standard error takes colours: a terminal, and nobody has asked for none (https://no-color.org).
 *
 * Asks for the descriptor: in a thread, `process.stderr` is a stream to the first one, and no terminal.
 */
export function takesColors({ NO_COLOR = "", TERM }: NodeJS.ProcessEnv = process.env): boolean {
  return isatty(2) && NO_COLOR === "" && TERM !== "dumb";
}
