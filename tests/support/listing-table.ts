import { type ListingEntry, ListingTable } from "#src/files/listing.js";
import type { ListingForm } from "#src/files/listing-page.js";

/** A table of some entries. */
export function tableOf(
  entries: readonly ListingEntry[],
  isShown?: ConstructorParameters<typeof ListingTable>[0],
): ListingTable {
  const table = new ListingTable(isShown);
  for (const entry of entries) table.add(entry);
  return table;
}

/** All of a listing in a form, with the white space that may stand before its entries. */
export function formText(
  form: ListingForm,
  entries: readonly ListingEntry[],
  isShown?: (name: string) => boolean,
): string {
  const table = tableOf(entries, isShown);
  const rows = table.names.map((_, place) => form.row(table.at(place)));
  return [form.begin, "\n\n", form.middle(table), ...rows, form.end(table)].join("");
}
