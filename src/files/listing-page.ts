/**
 * The page that shows the entries of a directory.
 *
 * @module
 */

import { escapeHtml, exactSize, formatSize, utcTime } from "./html-text.js";
import type { ListingEntry } from "./listing.js";
import { FAVICON, SCRIPT, STYLE } from "./listing-look.js";
import { type ListingQuery, nextSorting, type SortKey } from "./listing-order.js";
import { type ListingPlace, linkTo } from "./listing-place.js";

/**
 * Writes the page of a directory: one document without other resources, which works without JavaScript and CSS.
 *
 * Programs read it too, so its form is stable. Title and heading are Python's. Each entry is a row with `<a href="NAME"
 * dir="auto">NAME</a>`: the text is only the name, and the link escapes all characters except unreserved ones. A `/`
 * after the link marks a directory, and `@` a symbolic link. The size (`-` for a directory) and the time follow. The
 * only links are those of entries, `../`, and absolute paths of the directories above. Sorting uses a form.
 *
 * Every link leads to its file, never to another host or scheme, and no name becomes markup. Characters that can't be
 * shown (control characters, bytes that are not UTF-8) become U+FFFD; the links have the real name.
 *
 * @param title - text before the path in title and heading
 */
export function listingPage(
  place: ListingPlace,
  query: ListingQuery,
  title: string = LISTING_TITLE,
): ListingForm {
  return {
    begin: pageHead(place, title),
    middle: (sum) => bar(sum, query) + tableHead(place, query) + parentRow(place.parent),
    row: (entry) => row(place, entry),
    end: ({ shown }) =>
      `</tbody></table>\n${shown === 0 ? NONE : ""}</form></main>\n<script>${SCRIPT}</script>\n</body>\n</html>\n`,
  };
}

/** Format of a listing. Between `begin` and the first entry, white space is allowed. */
export interface ListingForm {
  readonly begin: string;
  middle(sum: ListingSum): string;
  row(entry: ListingEntry): string;
  end(sum: ListingSum): string;
}

/** Totals of all entries of a directory, and the number of entries that are shown. */
export interface ListingSum {
  all: number;
  directories: number;
  bytes: number;
  shown: number;
}

/** Python's title. */
export const LISTING_TITLE = "Directory listing for";

const NONE = '<p class="none">Nothing to show</p>\n';

function pageHead(place: ListingPlace, title: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} ${escapeHtml(place.path)}</title>
<link rel="icon" href="${FAVICON}">
<style>${STYLE}</style>
</head>
<body>
<header>
<nav aria-label="Breadcrumbs"><h1><span>${escapeHtml(title)} </span>${breadcrumbs(place)}</h1></nav>
`;
}

/** Returns the path, with links to the directories above. */
function breadcrumbs({ crumbs }: ListingPlace): string {
  return crumbs
    .map(({ name, href }, at) => {
      const text = at === 0 ? escapeHtml(name === "" ? "/" : `/${name}/`) : escapeHtml(name);
      const slash = at === 0 ? "" : '<span class="slash">/</span>';
      const isHere = at === crumbs.length - 1;
      return isHere
        ? `<span aria-current="page" dir="auto">${text}${slash}</span>`
        : `<a href="${href}" dir="auto">${text}</a>${slash}`;
    })
    .join("");
}

function bar(sum: ListingSum, query: ListingQuery): string {
  const count = query.filter === "" ? summary(sum) : `${sum.shown} of ${summary(sum)}`;
  return `<div class="bar"><form role="search">
<label class="unseen" for="filter">Filter by name</label>
<input id="filter" type="search" name="filter" value="${escapeHtml(query.filter)}" placeholder="Filter" autocomplete="off" autocapitalize="off" spellcheck="false">
<input type="hidden" name="sort" value="${query.sort}-${query.order}">
<button>Filter</button>
</form>
<p><span id="count" role="status">${count}</span> · <span id="zone">Times are UTC.</span></p></div>
</header>
`;
}

function summary({ all, directories, bytes }: ListingSum): string {
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

/** Attribute for browsers without CSS, which would center table headings. */
const START = 'align="left"';

function tableHead({ path }: ListingPlace, query: ListingQuery): string {
  const filter =
    query.filter === "" ? "" : `<input type="hidden" name="filter" value="${escapeHtml(query.filter)}">`;
  return `<main><form>${filter}<table>
<caption class="unseen">Contents of ${escapeHtml(path)}</caption>
<thead><tr>${columnHead("name", "Name", query)}${columnHead("size", "Size", query)}${columnHead("time", "Modified", query)}</tr></thead>
<tbody>
`;
}

function columnHead(key: SortKey, title: string, query: ListingQuery): string {
  const direction = query.order === "asc" ? "ascending" : "descending";
  const sorted = key === query.sort ? ` aria-sort="${direction}"` : "";
  return `<th scope="col" ${START}${sorted}><button name="sort" value="${nextSorting(key, query)}">${title}</button></th>`;
}

function parentRow(href: string | null): string {
  if (href === null) return "";
  return `<tr class="u"><th scope="row" ${START}><a href="${href}">../</a><span class="unseen"> parent directory</span></th><td></td><td></td></tr>\n`;
}

/** Class of a row, by kind. */
const CLASSES: Readonly<Record<ListingEntry["kind"], string>> = {
  directory: "d",
  file: "f",
  link: "l",
  other: "o",
};

// A visible name that needs no escaping.
const PLAIN_NAME = /^[A-Za-z0-9_.~-]+$/;

// White space, and characters without width: a screen reader could not read such a link.
const BLANK = /^[\s\p{DI}]*$/u;

function row(place: ListingPlace, entry: ListingEntry): string {
  const { name, kind } = entry;
  const mark = entry.isSymbolicLink ? "@" : kind === "directory" ? "/" : "";
  const isPlain = PLAIN_NAME.test(name);
  const text = isPlain ? name : escapeHtml(name);
  const label = !isPlain && BLANK.test(name) ? ' aria-label="blank name"' : "";
  const href = isPlain && kind !== "directory" ? place.prefix + name : linkTo(place, entry);
  return `<tr class="${CLASSES[kind]}"><th scope="row" ${START}><a href="${href}" dir="auto"${label}>${text}</a>${mark}</th>${sizeCell(entry)}${timeCell(entry)}</tr>\n`;
}

/**
 * Text of the size cell if no size is shown. It is never empty, because lftp 4.9.2 would read the following year as
 * size.
 */
const NO_SIZE: Readonly<Record<ListingEntry["kind"], string>> = {
  directory: "-",
  file: "-",
  link: "broken",
  other: "special",
};

function sizeCell({ kind, size }: ListingEntry): string {
  if (size === null) return `<td>${NO_SIZE[kind]}</td>`;
  return size < 1024 ? `<td>${size} B</td>` : `<td title="${exactSize(size)}">${formatSize(size)}</td>`;
}

/**
 * Returns a time in the form of Apache's cell, which Kodi and related programs search for, including `align` and the
 * space.
 */
function timeCell({ mtime }: ListingEntry): string {
  return mtime === null ? "<td></td>" : `<td align="right">${utcTime(mtime)} </td>`;
}

/**
 * Writes a listing as JSON: `{ "path": "/a b/", "entries": [ … ] }`, each entry with
 *
 * - `name`, in which bytes that are not UTF-8 are U+FFFD, so it may not lead to the file,
 * - `href`, which leads to the file, relative to the listing's URL, with a final slash for a directory,
 * - `type`: `file`, `directory`, `other` (a FIFO, socket or device), or `link` (a link without a target). Links are
 *   followed,
 * - `symlink`: true for every symbolic link,
 * - `size` in bytes, and `mtime` in the format of ISO 8601; `null` if there is none.
 */
export function listingJson(place: ListingPlace): ListingForm {
  let separator = "\n";
  return {
    begin: `{"path":${JSON.stringify(place.path.toWellFormed())},"entries":[`,
    middle: () => "",
    row: (entry) => {
      const text = JSON.stringify({
        name: entry.name.toWellFormed(),
        href: linkTo(place, entry),
        type: entry.kind,
        symlink: entry.isSymbolicLink,
        size: entry.size,
        mtime: entry.mtime === null ? null : new Date(entry.mtime).toISOString(),
      });
      const before = separator;
      separator = ",\n";
      return before + text;
    },
    end: () => "\n]}\n",
  };
}
