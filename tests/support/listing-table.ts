import type { ListingEntry } from "#src/files/listing.js";
import { type ListingEntries, ListingTable } from "#src/files/listing-table.js";

/** A table that has some entries, and room for no other. */
export function tableOf(entries: readonly ListingEntry[]): ListingTable {
  const table = new ListingTable(entries.length);
  for (const entry of entries) table.add(entry);
  return table;
}

/** Entries that had to be waited for: what is said meanwhile comes first. */
export function* prepared(
  entries: ListingEntries,
  meanwhile: readonly (string | undefined)[] = [],
): Generator<string | undefined, ListingEntries> {
  yield* meanwhile;
  return entries;
}
