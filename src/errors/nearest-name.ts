/**
 * Finds the name that the user probably meant.
 *
 * @returns the only name with this beginning; otherwise the nearest name with at most two changed letters (one for
 *   short names)
 */
export function nearestName(written: string, names: Iterable<string>): string | undefined {
  const all = [...names];
  const longer = written.length < 2 ? [] : all.filter((name) => name.startsWith(written));
  return longer.length === 1 ? longer[0] : similarName(written, all);
}

/**
 * Finds the correct name for a misspelled one.
 *
 * @returns the nearest name with at most two changed letters (one for short names)
 */
export function similarName(written: string, names: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = written.length <= 4 ? 2 : 3;
  for (const name of names) {
    const distance = editDistance(written.toLowerCase(), name.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [name, distance];
  }
  return best;
}

/** Returns Levenshtein's distance: the number of letters to insert, remove or replace. */
function editDistance(from: string, to: string): number {
  if (Math.abs(from.length - to.length) > 2) return Number.POSITIVE_INFINITY;
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [line, letter] of [...from].entries()) {
    const next = [line + 1];
    for (let column = 1; column <= to.length; column++) {
      const exchanged = (row[column - 1] ?? 0) + (letter === to[column - 1] ? 0 : 1);
      next.push(Math.min(exchanged, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
