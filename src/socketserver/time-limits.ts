/**
 * Checks time limits of a server: a timer of Node's takes what is no number for no time at all.
 *
 * @param names - the attributes; `null` is no limit
 * @throws `RangeError` that names the first that can't be right
 */
export function checkTimeLimits<Server extends object>(
  server: Server,
  ...names: (string & keyof Server)[]
): void {
  for (const name of names) {
    const seconds: unknown = server[name];
    if (seconds === null || (typeof seconds === "number" && !Number.isNaN(seconds))) continue;
    throw new RangeError(
      `${server.constructor.name}.${name} must be a number of seconds, or null, not ${String(seconds)}.`,
    );
  }
}
