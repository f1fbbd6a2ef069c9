import type { ListingEntry } from "./listing.js";
import { ListingTable } from "./listing-table.js";

/**
 * The entries of a directory of a tree, in the form that a listing is made from.
 *
 * @param entries - as the tree gives them
 * @param isListed - whether a name is shown
 */
export async function treeListing(
  entries: Iterable<ListingEntry> | AsyncIterable<ListingEntry>,
  isListed: (name: string) => boolean,
) {
  const listed: ListingEntry[] = [];
  for await (const entry of entries) if (isListed(entry.name)) listed.push(entry);
  const table = new ListingTable(listed.length);
  for (const entry of listed) table.add(entry);
  return {
    *entries(): Generator<undefined, ListingTable> {
      yield;
      return table;
    },
    close(): void {},
  };
}
