/**
 * The order of a listing, as its client asks for it.
 *
 * @module
 */

import { shownText } from "./html-text.js";
import type { ListingEntry } from "./listing.js";
import type { ListingEntries, ListingTable } from "./listing-table.js";
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
 * Reads the query of a listing's URL: `?sort=size&order=asc&filter=text`, or `?sort=size-asc` as the page's forms send it.
 *
 * What it does not know it leaves alone, and so never fails; of a key that is repeated the first counts.
 *
 * @param suffix - query and fragment as `splitTarget` cuts them off, or `""`
 */
export function parseListingQuery(suffix: string): ListingQuery {
  const parameters = new URLSearchParams(suffix.replace(/#.*/s, ""));
  const [key = "", direction] = (parameters.get("sort") ?? "").split("-", 2);
  const sort = oneOf(["name", "size", "time"], key) ?? "name";
  const order = oneOf(["asc", "desc"], direction ?? parameters.get("order")) ?? FIRST_ORDERS[sort];
  return { sort, order, filter: parameters.get("filter") ?? "" };
}

function oneOf<Value extends string>(values: readonly Value[], text: string | null): Value | undefined {
  return values.find((value) => value === text);
}

/** The `sort` of a query that sorts by a key: the other way round where the listing is sorted by it already. */
export function nextSorting(sort: SortKey, current: ListingQuery): string {
  return `${sort}-${sort === current.sort ? opposite(current.order) : FIRST_ORDERS[sort]}`;
}

function opposite(order: SortOrder): SortOrder {
  return order === "asc" ? "desc" : "asc";
}

/**
 * Makes the question whether a name, as it is shown, contains the text of a filter, whatever the case. The page's script compares in
 * the same way.
 *
 * @param filter - `""` is in every name
 */
export function nameFilter(filter: string): (entry: Pick<ListingEntry, "name">) => boolean {
  const wanted = comparable(filter);
  return ({ name }) => wanted === "" || comparable(shownText(name)).includes(wanted);
}

function comparable(text: string): string {
  // macOS has names in which an accent is a character of its own.
  return text.normalize().toLowerCase();
}

/** Compares what is at two places of a table. */
type Compare = (a: number, b: number) => number;

/** Places between two pauses: less than a millisecond, also for the runs that are sorted in one go. */
const RUN = 512;

/**
 * Sorts entries: directories before all others, then by what the query says, then by name in the natural order.
 *
 * Pauses every so often, so that its caller can do other things: `sort()` of 100,000 names would take 100 ms at once. What is moved
 * are places, of four bytes each.
 */
export function* sortEntries(table: ListingTable, query: ListingQuery): Generator<undefined, ListingEntries> {
  const compare = comparison(table, yield* keysOf(table), query);
  let places = new Uint32Array(table.length).map((_, place) => place);
  let spare = new Uint32Array(table.length);
  for (let start = 0; start < places.length; start += RUN) {
    places.subarray(start, start + RUN).sort(compare);
    yield;
  }
  for (let run = RUN; run < places.length; run *= 2) {
    yield* mergeRuns(places, spare, run, compare);
    [places, spare] = [spare, places];
  }
  return { length: places.length, [Symbol.iterator]: () => table.from(places) };
}

/** What names are compared by. Each is made once, and all are gone when the order is there. */
function* keysOf({ names }: ListingTable): Generator<undefined, string[]> {
  const keys: string[] = [];
  for (const name of names) {
    keys.push(naturalKey(name));
    if (keys.length % RUN === 0) yield;
  }
  return keys;
}

function comparison(table: ListingTable, keys: readonly string[], { sort, order }: ListingQuery): Compare {
  const sign = order === "asc" ? 1 : -1;
  const byKind: Compare = (a, b) => Number(table.isDirectory(b)) - Number(table.isDirectory(a));
  const byName = comparisonOfNames(table, keys);
  if (sort === "name") return (a, b) => byKind(a, b) || sign * byName(a, b);
  const column = sort === "size" ? table.sizes : table.mtimes;
  return (a, b) => byKind(a, b) || sign * compareNumbers(column[a], column[b]) || byName(a, b);
}

/** Names with the same key are in the order of the names themselves, not in the directory's, which is chance. */
function comparisonOfNames({ names }: ListingTable, keys: readonly string[]): Compare {
  return (a, b) =>
    compareText(keys[a] as string, keys[b] as string) || compareText(names[a] as string, names[b] as string);
}

/** Not a difference, which of two infinities is no number. */
function compareNumbers(a = 0, b = 0): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Merges neighbouring runs of a length, each of which is sorted, into runs of twice the length. */
function* mergeRuns(
  from: Uint32Array,
  to: Uint32Array,
  length: number,
  compare: Compare,
): Generator<undefined, void> {
  for (let start = 0; start < from.length; start += 2 * length)
    yield* mergeTwo(from, to, { start, middle: start + length, end: start + 2 * length }, compare);
}

function* mergeTwo(
  from: Uint32Array,
  to: Uint32Array,
  { start, middle, end }: { readonly start: number; readonly middle: number; readonly end: number },
  compare: Compare,
): Generator<undefined, void> {
  const [left, right] = [from.subarray(start, middle), from.subarray(middle, end)];
  let [l, r] = [0, 0];
  for (let at = start; l < left.length || r < right.length; at++) {
    const [a, b] = [left[l], right[r]];
    const isLeft = b === undefined || (a !== undefined && compare(a, b) <= 0);
    to[at] = (isLeft ? a : b) as number;
    if (isLeft) l++;
    else r++;
    if (at % RUN === 0) yield;
  }
}
