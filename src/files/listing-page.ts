/**
 * The page that shows what is in a directory.
 *
 * @module
 */

import type { Piece, Pieces } from "./generated-file.js";
import { escapeHtml, exactSize, formatSize } from "./html-text.js";
import type { ListingEntry } from "./listing.js";
import { FAVICON, SCRIPT, STYLE } from "./listing-look.js";
import { type ListingQuery, nameFilter, queryToSortBy, type SortKey } from "./listing-order.js";
import { type ListingPlace, linkTo } from "./listing-place.js";
import type { ListingEntries } from "./listing-table.js";
import { utcTime } from "./utc-time.js";

/**
 * Writes the page of a directory: one document, which needs nothing else and works without JavaScript.
 *
 * Title and heading are Python's. Directories end in `/`, symbolic links in `@`, as in Python. Every link leads back to its
 * file and to no other host or scheme, whatever the name; nothing in a name becomes markup. What can't be shown (control
 * characters, bytes that are not UTF-8) is U+FFFD; the links still have the real name. A name stands in a `bdi`, so that
 * its direction ends with it.
 *
 * @param prepare - gives the entries in the order in which they are shown; those that the query's filter leaves out are there, and
 *   hidden, so that the page's script can filter anew. The text that it yields is white space, and comes before them
 * @returns pieces of HTML, one for each entry, to be sent as UTF-8
 */
export function* listingPage(
  place: ListingPlace,
  prepare: Generator<Piece, ListingEntries>,
  query: ListingQuery,
): Pieces {
  yield pageHead(place);
  const entries = yield* prepare;
  const sum = yield* sumUp(entries, query);
  yield bar(sum, query) + tableHead(place, query);
  if (place.crumbs.length > 1) yield parentRow(place);
  const isShown = nameFilter(query.filter);
  for (const entry of entries) yield row(place, entry, !isShown(entry));
  yield noneRow(sum.shown > 0);
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

function bar({ all, shown, ...sum }: Sum, query: ListingQuery): string {
  const text = summary({ all, ...sum });
  const count = query.filter === "" ? text : `${shown} of ${text}`;
  return `<div class="bar"><form role="search">
<label class="unseen" for="filter">Filter by name</label>
<input id="filter" type="search" name="filter" value="${escapeHtml(query.filter)}" placeholder="Filter" autocomplete="off" autocapitalize="off" spellcheck="false">
<input type="hidden" name="sort" value="${query.sort}"><input type="hidden" name="order" value="${query.order}">
<button>Filter</button>
</form>
<p id="count" role="status" data-all="${text}">${count}</p></div>
</header>
`;
}

function summary({ all, directories, bytes }: Omit<Sum, "shown">): string {
  const others = all - directories;
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

/** How many entries there are, and of what. */
interface Sum {
  readonly all: number;
  /** Those that the filter leaves. */
  readonly shown: number;
  readonly directories: number;
  readonly bytes: number;
}

/** How many entries are counted between two pauses. */
const ENTRIES_AT_ONCE = 256;

function* sumUp(entries: ListingEntries, { filter }: ListingQuery): Generator<undefined, Sum> {
  const isShown = nameFilter(filter);
  let [all, shown, directories, bytes] = [0, 0, 0, 0];
  for (const entry of entries) {
    if (all++ % ENTRIES_AT_ONCE === 0) yield;
    if (isShown(entry)) shown++;
    if (entry.kind === "directory") directories++;
    bytes += entry.size ?? 0;
  }
  return { all, shown, directories, bytes };
}
