/**
 * Checks time limits of a server or handler: a timer of Node's takes what is no number for no time at all.
 *
 * @param names - the attributes; `null` is no limit
 * @throws `RangeError` that names the first that can't be right
 */
export function checkTimeLimits<Limited extends object>(
  limited: Limited,
  ...names: (string & keyof Limited)[]
): void {
  for (const name of names) {
    const seconds: unknown = limited[name];
    if (seconds === null || (typeof seconds === "number" && !Number.isNaN(seconds))) continue;
    throw new RangeError(
      `${limited.constructor.name}.${name} must be a number of seconds, or null, not ${String(seconds)}.`,
    );
  }
}
