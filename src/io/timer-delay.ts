/** The longest time that a timer of Node's takes, 24 days. A longer one would run out at once. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** A time limit in the milliseconds of a timer. */
export function timerDelay(seconds: number): number {
  return Math.min(seconds * 1000, LONGEST_DELAY);
}
