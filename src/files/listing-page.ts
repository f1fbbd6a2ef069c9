/**
 * The page that shows what is in a directory.
 *
 * @module
 */

import { escapeHtml, exactSize, formatSize } from "./html-text.js";
import type { ListingEntry } from "./listing.js";
import { FAVICON, SCRIPT, STYLE } from "./listing-look.js";
import { type ListingQuery, matchesFilter, queryToSortBy, type SortKey } from "./listing-order.js";
import { type ListingPlace, linkTo } from "./listing-place.js";
import { utcTime } from "./utc-time.js";

/**
 * Writes the page of a directory: one document, which needs nothing else and works without JavaScript.
 *
 * Title and heading are Python's. Directories end in `/`, symbolic links in `@`, as in Python. Every link leads back to its
 * file and to no other host or scheme, whatever the name; nothing in a name becomes markup. What can't be shown (control
 * characters, bytes that are not UTF-8) is U+FFFD; the links still have the real name. A name stands in a `bdi`, so that
 * its direction ends with it.
 *
 * @param entries - in the order in which they are shown; those that the query's filter leaves out are there, and hidden, so
 *   that the page's script can filter anew
 * @returns pieces of HTML, one for each entry, to be sent as UTF-8
 */
export function* listingPage(
  place: ListingPlace,
  entries: readonly ListingEntry[],
  query: ListingQuery,
): Generator<string | undefined, void> {
  const hidden = yield* hiddenBy(query, entries);
  yield pageHead(place) + bar(entries, query, hidden.size) + tableHead(place, query);
  if (place.crumbs.length > 1) yield parentRow(place);
  for (const entry of entries) yield row(place, entry, hidden.has(entry));
  yield noneRow(hidden.size < entries.length);
  yield `</table></main>\n<script>${SCRIPT}</script>\n</body>\n</html>\n`;
}

function pageHead(place: ListingPlace): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Directory listing for ${escapeHtml(place.path)}</title>
<link rel="icon" href="${FAVICON}">
<style>${STYLE}</style>
</head>
<body>
<header>
<nav aria-label="Breadcrumbs"><h1><span>Directory listing for </span>${breadcrumbs(place)}</h1></nav>
`;
}

/** The path, each directory above this one a link. */
function breadcrumbs({ crumbs }: ListingPlace): string {
  return crumbs
    .map(({ name, href }, at) => {
      const text = at === 0 ? escapeHtml(name === "" ? "/" : `/${name}/`) : `<bdi>${escapeHtml(name)}</bdi>`;
      const slash = at === 0 ? "" : '<span class="slash">/</span>';
      const isHere = at === crumbs.length - 1;
      return isHere
        ? `<span aria-current="page">${text}${slash}</span>`
        : `<a href="${href}">${text}</a>${slash}`;
    })
    .join("");
}

function bar(entries: readonly ListingEntry[], query: ListingQuery, hiddenCount: number): string {
  const all = summary(entries);
  const count = query.filter === "" ? all : `${entries.length - hiddenCount} of ${all}`;
  return `<div class="bar"><form role="search">
<label class="unseen" for="filter">Filter by name</label>
<input id="filter" type="search" name="filter" value="${escapeHtml(query.filter)}" placeholder="Filter" autocomplete="off" autocapitalize="off" spellcheck="false">
<input type="hidden" name="sort" value="${query.sort}"><input type="hidden" name="order" value="${query.order}">
<button>Filter</button>
</form>
<p id="count" role="status" data-all="${all}">${count}</p></div>
</header>
`;
}

function summary(entries: readonly ListingEntry[]): string {
  const directories = entries.filter(({ kind }) => kind === "directory").length;
  const others = entries.length - directories;
  const bytes = entries.reduce((sum, { size }) => sum + (size ?? 0), 0);
  const parts = [
    directories > 0 ? plural(directories, "directory", "directories") : "",
    others > 0 || directories === 0 ? plural(others, "file", "files") : "",
    bytes > 0 ? formatSize(bytes) : "",
  ];
  return parts.filter((part) => part !== "").join(", ");
}

function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

function tableHead({ path }: ListingPlace, query: ListingQuery): string {
  return `<main><table>
<caption class="unseen">Contents of ${escapeHtml(path)}</caption>
<thead><tr>${columnHead("name", "Name", query)}${columnHead("size", "Size", query)}${columnHead("time", '<span>Modified<span id="zone"> (UTC)</span></span>', query)}</tr></thead>
<tbody>
`;
}

function columnHead(key: SortKey, title: string, query: ListingQuery): string {
  const direction = query.order === "asc" ? "ascending" : "descending";
  const sorted = key === query.sort ? ` aria-sort="${direction}"` : "";
  return `<th scope="col"${sorted}><a href="${escapeHtml(queryToSortBy(key, query))}">${title}</a></th>`;
}

function parentRow({ crumbs }: ListingPlace): string {
  const { href } = crumbs[crumbs.length - 2] ?? crumbs[0];
  return `<tr class="u"><th scope="row"><a href="${href}">../<span class="unseen"> parent directory</span></a></th><td></td><td></td></tr>\n`;
}

/** By kind: the class of a row. */
const CLASSES: Readonly<Record<ListingEntry["kind"], string>> = {
  directory: "d",
  file: "f",
  link: "l",
  other: "o",
};

function row(place: ListingPlace, entry: ListingEntry, isHidden: boolean): string {
  const { name, kind } = entry;
  const mark = entry.isSymbolicLink ? "@" : kind === "directory" ? "/" : "";
  const link = `<a href="${linkTo(place, entry)}"${labelOfBlank(name)}><bdi>${escapeHtml(name)}</bdi>${mark}</a>`;
  return `<tr class="${CLASSES[kind]}"${isHidden ? " hidden" : ""}><th scope="row">${link}</th>${sizeCell(entry)}${timeCell(entry)}</tr>\n`;
}

// White space, and what has no width: a link that nobody can hear of.
const BLANK = /^[\s\p{DI}]*$/u;

function labelOfBlank(name: string): string {
  return BLANK.test(name) ? ' aria-label="blank name"' : "";
}

function sizeCell({ kind, size }: ListingEntry): string {
  if (size === null) return `<td>${{ directory: "", file: "", link: "broken", other: "special" }[kind]}</td>`;
  return size < 1024 ? `<td>${size} B</td>` : `<td title="${exactSize(size)}">${formatSize(size)}</td>`;
}

function timeCell({ mtime }: ListingEntry): string {
  if (mtime === null) return "<td></td>";
  const { date, time, seconds } = utcTime(mtime);
  return `<td><time datetime="${date}T${time}:${seconds}Z">${date} <span>${time}</span></time></td>`;
}

function noneRow(hasAny: boolean): string {
  return `<tr class="n"${hasAny ? " hidden" : ""}><td class="e" colspan="3">Nothing to show</td></tr>\n</tbody>`;
}

/** How many names are compared between two pauses. */
const NAMES_AT_ONCE = 256;

function* hiddenBy(
  { filter }: ListingQuery,
  entries: readonly ListingEntry[],
): Generator<undefined, ReadonlySet<ListingEntry>> {
  const hidden = new Set<ListingEntry>();
  if (filter === "") return hidden;
  for (const [at, entry] of entries.entries()) {
    if (at % NAMES_AT_ONCE === 0) yield;
    if (!matchesFilter(entry, filter)) hidden.add(entry);
  }
  return hidden;
}
