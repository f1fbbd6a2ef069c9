import { isatty } from "node:tty";

/** Finds the status in the log formats for people: after the quoted request line. */
const STATUS = /^(.*" )([1-5])(\d\d)( (?:-|\d+)(?: "(?:[^"\\]|\\.)*" "(?:[^"\\]|\\.)*")?)$/;

/** Green, cyan, yellow and red, by the first digit of a status code. */
const COLORS: Readonly<Record<string, number>> = { 2: 32, 3: 36, 4: 33, 5: 31 };

/**
 * Colours the status code of a log line. A line without one is not changed.
 *
 * @param line - a line without control characters
 */
export function paintStatus(line: string): string {
  return line.replace(STATUS, (all, before: string, first: string, others: string, behind: string) => {
    const color = COLORS[first];
    return color === undefined ? all : `${before}\x1b[${color}m${first}${others}\x1b[39m${behind}`;
  });
}

/**
 * True if standard error is a terminal, and the user has not turned off colours (https://no-color.org).
 *
 * Checks the descriptor, because in a thread `process.stderr` is a stream to the main thread.
 */
export function takesColors({ NO_COLOR = "", TERM }: NodeJS.ProcessEnv = process.env): boolean {
  return isatty(2) && NO_COLOR === "" && TERM !== "dumb";
}
