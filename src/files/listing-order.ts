/**
 * The order of a listing, as its client asks for it.
 *
 * @module
 */

import { shownText } from "./html-text.js";
import type { ListingEntry } from "./listing.js";
import { compareText, naturalKey } from "./natural-order.js";

/** What a listing can be sorted by. */
export type SortKey = "name" | "size" | "time";
/** In which direction. */
export type SortOrder = "asc" | "desc";

/** What the query of a listing's URL says. */
export interface ListingQuery {
  readonly sort: SortKey;
  readonly order: SortOrder;
  /** What names have to contain, whatever the case; `""` for all. */
  readonly filter: string;
}

/** The directions that come first: the largest and the newest are what is looked for. */
const FIRST_ORDERS: Readonly<Record<SortKey, SortOrder>> = { name: "asc", size: "desc", time: "desc" };

/**
 * Reads the query of a listing's URL: `?sort=size&order=desc&filter=text`.
 *
 * What it does not know it leaves alone, and so never fails; of a key that is repeated the first counts.
 *
 * @param suffix - query and fragment as `splitTarget` cuts them off, or `""`
 */
export function parseListingQuery(suffix: string): ListingQuery {
  const parameters = new URLSearchParams(suffix.replace(/#.*/s, ""));
  const sort = oneOf(["name", "size", "time"], parameters.get("sort")) ?? "name";
  const order = oneOf(["asc", "desc"], parameters.get("order")) ?? FIRST_ORDERS[sort];
  return { sort, order, filter: parameters.get("filter") ?? "" };
}

function oneOf<Value extends string>(values: readonly Value[], text: string | null): Value | undefined {
  return values.find((value) => value === text);
}

/**
 * The query that sorts by a key: the other way round where the listing is sorted by it already. Keeps the filter.
 *
 * @returns with its `?`, and without a character that has a meaning in HTML but `&`
 */
export function queryToSortBy(sort: SortKey, current: ListingQuery): string {
  const order = sort === current.sort ? opposite(current.order) : FIRST_ORDERS[sort];
  const parameters = new URLSearchParams({ sort, order });
  if (current.filter !== "") parameters.set("filter", current.filter);
  return `?${parameters}`;
}

function opposite(order: SortOrder): SortOrder {
  return order === "asc" ? "desc" : "asc";
}

/**
 * Whether a name, as it is shown, contains the text of a filter, whatever the case. The page's script compares in the same way.
 *
 * @param filter - `""` is in every name
 */
export function matchesFilter({ name }: ListingEntry, filter: string): boolean {
  return filter === "" || comparable(shownText(name)).includes(comparable(filter));
}

function comparable(text: string): string {
  // macOS has names in which an accent is a character of its own.
  return text.normalize().toLowerCase();
}

/** An entry beside what its name is compared by. */
interface Keyed {
  readonly entry: ListingEntry;
  readonly key: string;
}

type Compare = (a: Keyed, b: Keyed) => number;

/** Items between two pauses: less than a millisecond, also for the runs that are sorted in one go. */
const RUN = 512;

/**
 * Sorts entries: directories before all others, then by what the query says, then by name in the natural order.
 *
 * Pauses every so often, so that its caller can do other things: `sort()` of 100,000 names would take 100 ms at once.
 */
export function* sortEntries(
  entries: readonly ListingEntry[],
  query: ListingQuery,
): Generator<undefined, ListingEntry[]> {
  const compare = comparison(query);
  let runs: Keyed[][] = [];
  for (let start = 0; start < entries.length; start += RUN) {
    runs.push(
      entries
        .slice(start, start + RUN)
        .map(keyed)
        .sort(compare),
    );
    yield;
  }
  while (runs.length > 1) runs = yield* mergePairs(runs, compare);
  return (runs[0] ?? []).map(({ entry }) => entry);
}

function keyed(entry: ListingEntry): Keyed {
  return { entry, key: naturalKey(entry.name) };
}

function comparison({ sort, order }: ListingQuery): Compare {
  const sign = order === "asc" ? 1 : -1;
  const wanted = COMPARISONS[sort];
  return (a, b) => byKind(a, b) || sign * wanted(a, b) || byName(a, b);
}

const COMPARISONS: Readonly<Record<SortKey, Compare>> = {
  name: byName,
  size: (a, b) => compareNumbers(a.entry.size, b.entry.size),
  time: (a, b) => compareNumbers(a.entry.mtime, b.entry.mtime),
};

/** What is unknown comes before all that is known. */
function compareNumbers(a: number | null, b: number | null): number {
  return a === b ? 0 : (a ?? Number.NEGATIVE_INFINITY) - (b ?? Number.NEGATIVE_INFINITY);
}

function byKind(a: Keyed, b: Keyed): number {
  return Number(b.entry.kind === "directory") - Number(a.entry.kind === "directory");
}

/** Names with the same key are in the order of the names themselves, not in the directory's, which is chance. */
function byName(a: Keyed, b: Keyed): number {
  return compareText(a.key, b.key) || compareText(a.entry.name, b.entry.name);
}

function* mergePairs(runs: readonly Keyed[][], compare: Compare): Generator<undefined, Keyed[][]> {
  const merged: Keyed[][] = [];
  for (let at = 0; at < runs.length; at += 2)
    merged.push(yield* mergeTwo(runs[at] ?? [], runs[at + 1] ?? [], compare));
  return merged;
}

function* mergeTwo(left: Keyed[], right: Keyed[], compare: Compare): Generator<undefined, Keyed[]> {
  const merged: Keyed[] = [];
  let [l, r] = [0, 0];
  for (;;) {
    const [a, b] = [left[l], right[r]];
    if (a === undefined || b === undefined) break;
    const isLeft = compare(a, b) <= 0;
    merged.push(isLeft ? a : b);
    if (isLeft) l++;
    else r++;
    if (merged.length % RUN === 0) yield;
  }
  return merged.concat(left.slice(l), right.slice(r));
}
