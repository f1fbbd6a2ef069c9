/** Returns a function that remembers its last result, because it is nearly always called with the same argument. */
export function memo<Argument, Result>(make: (argument: Argument) => Result): (argument: Argument) => Result {
  let last: { readonly argument: Argument; readonly result: Result } | undefined;
  return (argument) => {
    if (last === undefined || last.argument !== argument) last = { argument, result: make(argument) };
    return last.result;
  };
}

/**
 * Returns a function that remembers its results.
 *
 * @param most - maximum number of results; then it forgets all of them. There may always be new arguments, for example
 * from clients
 */
export function cacheOf<Argument, Result extends object>(
  most: number,
  make: (argument: Argument) => Result,
): (argument: Argument) => Result {
  const results = new Map<Argument, Result>();
  return (argument) => {
    let result = results.get(argument);
    if (result === undefined) {
      if (results.size >= most) results.clear();
      result = make(argument);
      results.set(argument, result);
    }
    return result;
  };
}
