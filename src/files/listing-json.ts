/**
 * A listing for programs.
 *
 * @module
 */

import { toWellFormed } from "./html-text.js";
import type { ListingForm } from "./listing-page.js";
import { type ListingPlace, linkTo } from "./listing-place.js";

/**
 * Writes a listing as JSON: `{ "path": "/a b/", "entries": [ … ] }`, each entry with
 *
 * - `name`; bytes that are not UTF-8 are U+FFFD in it, and so it need not lead back to the file,
 * - `href`, relative to the listing's URL, which does; it ends in a slash if it is a directory's,
 * - `type`, `file`, `directory`, `other` (a FIFO, socket or device), or `link` (one that leads nowhere). Links are followed,
 * - `symlink`, whether it is a link, wherever it leads,
 * - `size` in bytes and `mtime` as ISO 8601 has it; `null` where there is none.
 */
export function listingJson(place: ListingPlace): ListingForm {
  let separator = "\n";
  return {
    begin: `{"path":${JSON.stringify(toWellFormed(place.path))},"entries":[`,
    middle: () => "",
    row: (entry) => {
      const text = JSON.stringify({
        name: toWellFormed(entry.name),
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
