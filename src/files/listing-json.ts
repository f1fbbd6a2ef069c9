/**
 * A listing for programs.
 *
 * @module
 */

import type { Piece, Pieces } from "./generated-file.js";
import { toWellFormed } from "./html-text.js";
import type { ListingEntry } from "./listing.js";
import { type ListingQuery, nameFilter } from "./listing-order.js";
import { type ListingPlace, linkTo } from "./listing-place.js";
import type { ListingEntries } from "./listing-table.js";

/**
 * Writes a listing as JSON: `{ "path": "/a b/", "entries": [ … ] }`, each entry with
 *
 * - `name`; bytes that are not UTF-8 are U+FFFD in it, and so it need not lead back to the file,
 * - `href`, relative to the listing's URL, which does; it ends in a slash if it is a directory's,
 * - `type`, `file`, `directory`, `other` (a FIFO, socket or device), or `link` (one that leads nowhere). Links are followed,
 * - `symlink`, whether it is a link, wherever it leads,
 * - `size` in bytes and `mtime` as ISO 8601 has it; `null` where there is none.
 *
 * @param prepare - gives the entries in their order; those that the query's filter leaves out are left out. The text that it yields is white
 *   space, and comes before them
 * @returns pieces of the text, one for each entry
 */
export function* listingJson(
  place: ListingPlace,
  prepare: Generator<Piece, ListingEntries>,
  { filter }: ListingQuery,
): Pieces {
  yield `{"path":${JSON.stringify(toWellFormed(place.path))},"entries":[`;
  const entries = yield* prepare;
  const isWanted = nameFilter(filter);
  let separator = "\n";
  for (const entry of entries) {
    if (!isWanted(entry)) {
      yield;
      continue;
    }
    yield separator + entryJson(place, entry);
    separator = ",\n";
  }
  yield "\n]}\n";
}

function entryJson(place: ListingPlace, entry: ListingEntry): string {
  return JSON.stringify({
    name: toWellFormed(entry.name),
    href: linkTo(place, entry),
    type: entry.kind,
    symlink: entry.isSymbolicLink,
    size: entry.size,
    mtime: entry.mtime === null ? null : new Date(entry.mtime).toISOString(),
  });
}
