/** The longest time of a Node timer, 24 days. A longer one would expire at once. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** Converts a time limit to the milliseconds of a timer. */
export function timerDelay(seconds: number): number {
  return Math.min(seconds * 1000, LONGEST_DELAY);
}
