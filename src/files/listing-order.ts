/**
 * The order of a listing, as the client requests it.
 *
 * @module
 */

import { shownText } from "./html-text.js";
import type { ListingEntry } from "./listing.js";
import { pause } from "./loop-share.js";

const DIGITS = /[0-9]+/g;
const LEADING_ZEROS = /^0+(?=[0-9])/;
const NOT_ASCII = /[^\0-\x7f]/;
// Only accents (Combining Diacritical Marks). The marks of other scripts are vowels, which must not be ignored.
const ACCENTS = /[\u0300-\u036f]/g;

/**
 * Returns the sort key of a name. Names are in natural order if their keys are in the order of code units.
 *
 * Computing a key takes a fraction of the time of comparisons by an `Intl.Collator`, and the order is the same on every
 * machine. Names that differ only in case, accents or leading zeros have the same key; {@link compareText} then
 * decides.
 *
 * @example
 * naturalKey("File 007"); // "file 17": the number has one digit, and is 7
 */
export function naturalKey(name: string): string {
  const lower = name.toLowerCase();
  const plain = NOT_ASCII.test(lower) ? lower.normalize("NFD").replace(ACCENTS, "") : lower;
  return plain.replace(DIGITS, numberKey);
}

/** Returns the key of a number. A number with more digits is larger, so the number of digits comes first. */
function numberKey(digits: string): string {
  const number = digits.startsWith("0") ? digits.replace(LEADING_ZEROS, "") : digits;
  // 1 to 8 are "1" to "8", 9 to 16 are "91" to "98", 17 is "991": any length keeps the order.
  if (number.length <= 8) return number.length + number;
  const nines = Math.floor((number.length - 1) / 8);
  return "9".repeat(nines) + String(number.length - 8 * nines) + number;
}

/** Compares by code units, which is fast and the same on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a === b ? 0 : 1;
}

/** Columns by which a listing can be sorted. */
export type SortKey = "name" | "size" | "time";
/** Direction of the order. */
export type SortOrder = "asc" | "desc";

/** Parsed query of a listing's URL. */
export interface ListingQuery {
  readonly sort: SortKey;
  readonly order: SortOrder;
  /** Text that names must contain, ignoring case; `""` for all names. */
  readonly filter: string;
}

/** The initial direction for each column: people look for the largest and the newest file. */
const FIRST_ORDERS: Readonly<Record<SortKey, SortOrder>> = { name: "asc", size: "desc", time: "desc" };

/**
 * Parses the query of a listing's URL: `?sort=size&order=asc&filter=text`, or `?sort=size-asc` from the page's form.
 *
 * It ignores unknown keys and values, so it never fails. If a key is repeated, the first counts.
 *
 * @param suffix - query and fragment from `splitTarget`, or `""`
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

/** Returns the value of `sort` for a key: in the opposite direction if the listing is already sorted by this key. */
export function nextSorting(sort: SortKey, current: ListingQuery): string {
  return `${sort}-${sort === current.sort ? opposite(current.order) : FIRST_ORDERS[sort]}`;
}

function opposite(order: SortOrder): SortOrder {
  return order === "asc" ? "desc" : "asc";
}

/**
 * Creates a function that returns true if a displayed name contains the text of a filter, ignoring case. The page's
 * script compares in the same way.
 *
 * @param filter - the text; every name contains `""`
 */
export function nameFilter(filter: string): (name: string) => boolean {
  const wanted = comparable(filter);
  return (name) => wanted === "" || comparable(shownText(name)).includes(wanted);
}

function comparable(text: string): string {
  // On macOS, an accent in a name may be a separate character.
  return text.normalize().toLowerCase();
}

/** An entry, and the key of its name. */
interface Keyed {
  readonly entry: ListingEntry;
  readonly key: string;
}

type Compare = (a: Keyed, b: Keyed) => number;

/** Number of entries between two pauses. Even sorting so many takes less than a millisecond. */
const RUN = 512;

/**
 * Sorts entries: directories before all others, then by the key of the query, then by name in the natural order.
 *
 * @param signal - aborted when the result is no longer needed
 */
export async function sortEntries(
  entries: readonly ListingEntry[],
  query: ListingQuery,
  signal?: AbortSignal,
): Promise<ListingEntry[]> {
  const [directories, others]: [Keyed[], Keyed[]] = [[], []];
  for (const [at, entry] of entries.entries()) {
    // Each key is computed once.
    (entry.kind === "directory" ? directories : others).push({ entry, key: naturalKey(entry.name) });
    if (at % RUN === 0) await pause(signal);
  }
  const compare = comparison(query);
  const sorted = await sortInRuns(directories, compare, signal);
  return [...sorted, ...(await sortInRuns(others, compare, signal))].map(({ entry }) => entry);
}

/** A merge sort with pauses: `sort()` of 100,000 names would take 100 ms at once. */
async function sortInRuns(items: Keyed[], compare: Compare, signal?: AbortSignal): Promise<Keyed[]> {
  await pause(signal);
  if (items.length <= RUN) return items.sort(compare);
  const middle = items.length >> 1;
  const left = await sortInRuns(items.slice(0, middle), compare, signal);
  const right = await sortInRuns(items.slice(middle), compare, signal);
  const merged: Keyed[] = [];
  for (let at = 0, other = 0; merged.length < items.length; ) {
    const [a, b] = [left[at], right[other]];
    const isLeft = b === undefined || (a !== undefined && compare(a, b) <= 0);
    merged.push((isLeft ? left[at++] : right[other++]) as Keyed);
    if (merged.length % RUN === 0) await pause(signal);
  }
  return merged;
}

function comparison({ sort, order }: ListingQuery): Compare {
  const sign = order === "asc" ? 1 : -1;
  // Names with the same key are in the order of the names themselves, not in the random order of the directory.
  const byName: Compare = (a, b) => compareText(a.key, b.key) || compareText(a.entry.name, b.entry.name);
  if (sort === "name") return (a, b) => sign * byName(a, b);
  const fact = sort === "size" ? "size" : "mtime";
  return (a, b) => sign * compareNumbers(a.entry[fact], b.entry[fact]) || byName(a, b);
}

/** Compares numbers. An unknown number is less than any other. */
function compareNumbers(a: number | null, b: number | null): number {
  if (a === b) return 0;
  return b !== null && (a === null || a < b) ? -1 : 1;
}
