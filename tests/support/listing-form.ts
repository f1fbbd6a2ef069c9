import type { ListingEntry } from "#src/files/listing.js";
import type { ListingForm } from "#src/files/listing-page.js";

/** Returns a whole listing in a form, with the white space that may come before its entries. */
export function formText(
  form: ListingForm,
  entries: readonly ListingEntry[],
  isShown: (name: string) => boolean = () => true,
): string {
  const shown = entries.filter(({ name }) => isShown(name));
  const sum = {
    all: entries.length,
    directories: entries.filter(({ kind }) => kind === "directory").length,
    bytes: entries.reduce((bytes, { size }) => bytes + (size ?? 0), 0),
    shown: shown.length,
  };
  return [form.begin, "\n\n", form.middle(sum), ...shown.map(form.row), form.end(sum)].join("");
}
