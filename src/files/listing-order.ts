/**
 * The order of a listing, as its client asks for it.
 *
 * @module
 */

import { shownText } from "./html-text.js";
import type { ListingTable } from "./listing.js";
import { pause } from "./loop-share.js";

const LEADING_ZEROS = /^0+(?=[0-9])/;
const NOT_ASCII = /[^\0-\x7f]/;
// Accents alone (Combining Diacritical Marks). The marks of other scripts are vowels, and count.
const ACCENTS = /[\u0300-\u036f]/g;

/**
 * Makes the key of a name: names are in their natural order when their keys are in the order of their code units.
 *
 * A key costs a fraction of what `Intl.Collator` takes for the comparisons that sort by it, and, unlike a collator's, its
 * order is the same on every machine. Names that differ in nothing but case, accents or leading zeros have the same key:
 * their order is left to {@link compareText}.
 *
 * @example
 * naturalKey("File 007"); // "file 17": the number has one digit, and is 7
 */
export function naturalKey(name: string): string {
  const lower = name.toLowerCase();
  const plain = NOT_ASCII.test(lower) ? lower.normalize("NFD").replace(ACCENTS, "") : lower;
  let key = "";
  let start = 0; // of what is not in the key yet
  for (let at = 0; at < plain.length; at++) {
    if (!isDigit(plain, at)) continue;
    let end = at + 1;
    while (isDigit(plain, end)) end++;
    key += plain.slice(start, at) + numberKey(plain.slice(at, end));
    start = end;
    at = end;
  }
  return key + plain.slice(start);
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}

/** A number with more digits is larger, so the count of digits comes first, itself written in digits. */
function numberKey(digits: string): string {
  const number = digits.startsWith("0") ? digits.replace(LEADING_ZEROS, "") : digits;
  // 1 to 8 are "1" to "8", 9 to 16 are "91" to "98", 17 is "991": any length keeps the order.
  if (number.length <= 8) return number.length + number;
  const nines = Math.floor((number.length - 1) / 8);
  return "9".repeat(nines) + String(number.length - 8 * nines) + number;
}

/** Compares by code units: the same everywhere, and fast. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Columns by which a listing can be sorted. */
export type SortKey = "name" | "size" | "time";
/** In which direction. */
export type SortOrder = "asc" | "desc";

/** Parsed query of a listing's URL. */
export interface ListingQuery {
  readonly sort: SortKey;
  readonly order: SortOrder;
  /** Text that names must contain, ignoring case; `""` for all names. */
  readonly filter: string;
}

/** The first direction of each order: people look for the largest and the newest. */
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
export function nameFilter(filter: string): (name: string) => boolean {
  const wanted = comparable(filter);
  return (name) => wanted === "" || comparable(shownText(name)).includes(wanted);
}

function comparable(text: string): string {
  // macOS has names in which an accent is a character of its own.
  return text.normalize().toLowerCase();
}

/** Compares the entries at two places of a table. */
type Compare = (a: number, b: number) => number;

/** Places between two pauses: less than a millisecond, also for the runs that are sorted in one go. */
const RUN = 512;

/**
 * Sorts entries: directories before all others, then by what the query says, then by name in the natural order.
 *
 * Runs are sorted, and merged with pauses: `sort()` of 100,000 names would take 100 ms at once.
 *
 * @returns places in the table, of four bytes each
 */
export async function sortTable(
  table: ListingTable,
  query: ListingQuery,
  signal?: AbortSignal,
): Promise<Uint32Array> {
  const compare = comparison(table, await keysOf(table, signal), query);
  const count = table.length;
  let from = new Uint32Array(count).map((_, place) => place);
  let to = new Uint32Array(count);
  for (let start = 0; start < count; start += RUN) {
    from.subarray(start, start + RUN).sort(compare);
    await pause(signal);
  }
  for (let length = RUN; length < count; length *= 2) {
    for (let start = 0; start < count; start += 2 * length) {
      const [middle, end] = [Math.min(start + length, count), Math.min(start + 2 * length, count)];
      for (let at = start, left = start, right = middle; at < end; at++) {
        const isLeft =
          right === end || (left < middle && compare(from[left] as number, from[right] as number) <= 0);
        to[at] = from[isLeft ? left++ : right++] as number;
        if (at % RUN === 0) await pause(signal);
      }
    }
    [from, to] = [to, from];
  }
  return from;
}

/** Yields the keys by which names are compared. Each key is computed once, and freed after sorting. */
async function keysOf({ names }: ListingTable, signal?: AbortSignal): Promise<string[]> {
  const keys: string[] = [];
  for (const name of names) if (keys.push(naturalKey(name)) % RUN === 0) await pause(signal);
  return keys;
}

function comparison(table: ListingTable, keys: readonly string[], { sort, order }: ListingQuery): Compare {
  const sign = order === "asc" ? 1 : -1;
  const byKind: Compare = (a, b) => Number(table.isDirectory(b)) - Number(table.isDirectory(a));
  // Names with the same key are in the order of the names themselves, not in the directory's, which is chance.
  const byName: Compare = (a, b) =>
    compareText(keys[a] as string, keys[b] as string) ||
    compareText(table.names[a] as string, table.names[b] as string);
  if (sort === "name") return (a, b) => byKind(a, b) || sign * byName(a, b);
  const column = sort === "size" ? table.sizes : table.mtimes;
  return (a, b) =>
    byKind(a, b) || sign * compareNumbers(column[a] as number, column[b] as number) || byName(a, b);
}

/** Not a difference, which of two infinities is no number. */
function compareNumbers(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
