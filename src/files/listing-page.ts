/**
 * The page that shows what is in a directory.
 *
 * @module
 */

import type { ListingEntry } from "./listing.js";
import { encodePath } from "./url-path.js";

const HTML_ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#x27;",
};

/**
 * Makes the page for a directory, Python 3.14's.
 *
 * Directories end in `/`, symbolic links in `@`, as in Python. Every link leads back to its file and to no other host or
 * scheme, whatever the name; nothing in a name becomes markup. What can't be shown (control characters, bytes that are
 * not UTF-8) is shown as U+FFFD; the links still have the real name.
 *
 * @param displayPath - the directory's path as the client knows it, decoded; it stands in title and heading
 * @param entries - in the order in which they are shown
 * @returns HTML, to be sent as UTF-8
 */
export function listingPage(displayPath: string, entries: readonly ListingEntry[]): string {
  const title = `Directory listing for ${escapeHtml(displayPath)}`;
  return [
    "<!DOCTYPE HTML>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    '<style type="text/css">\n:root {\ncolor-scheme: light dark;\n}\n</style>',
    `<title>${title}</title>\n</head>`,
    `<body>\n<h1>${title}</h1>`,
    "<hr>\n<ul>",
    ...entries.map(listItem),
    "</ul>\n<hr>\n</body>\n</html>\n",
  ].join("\n");
}

function listItem(entry: ListingEntry): string {
  const mark = entry.isSymbolicLink ? "@" : entry.isDirectory ? "/" : "";
  return `<li><a href="${linkTo(entry)}">${escapeHtml(entry.name)}${mark}</a></li>`;
}

function linkTo(entry: ListingEntry): string {
  // Encoded are all of : ? # % \ and so nothing can be taken for a scheme, a query or an escape. What is left are slashes
  // at the start: no system has such names, but an overridden listing may.
  const href = encodePath(entry.name) + (entry.isDirectory ? "/" : "");
  return href.startsWith("/") ? `./${href}` : href;
}

/** Also makes the text fit for UTF-8: a lone surrogate has no place in it, and NUL none in HTML. */
function escapeHtml(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cs}]/gu, "\ufffd")
    .replace(/[&<>"']/g, (character) => HTML_ESCAPES[character] ?? "");
}
