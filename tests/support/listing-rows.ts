/** Texts and link of a row in a listing page. */
export interface ListingRow {
  readonly href: string;
  /** As in the page, still escaped: the name with its mark. */
  readonly text: string;
  readonly kind: "d" | "f" | "l" | "o";
  readonly size: string;
  readonly time: string | undefined;
}

const ROW =
  /^<tr class="([dflo])"><th scope="row" align="left"><a href="([^"<>]*)" dir="auto"(?: aria-label="[a-z ]*")?>([^<>]*)<\/a>([@/]?)<\/th><td(?: title="[^"<>]*")?>([^<>]+)<\/td><td(?: align="right")?>([^<>]*)<\/td><\/tr>$/gm;

/** Parses the rows of a page, except the one for the parent. A row of any other form is ignored. */
export function listingRows(page: string): ListingRow[] {
  return [...page.matchAll(ROW)].map(([, kind, href = "", name = "", mark = "", size = "", time]) => ({
    href,
    text: name + mark,
    kind: kind as ListingRow["kind"],
    size,
    time: time || undefined,
  }));
}

/** Returns the link of the row for the parent; `undefined` if there is none. */
export function parentLink(page: string): string | undefined {
  return /<tr class="u"><th scope="row" align="left"><a href="([^"<>]*)"/.exec(page)?.[1];
}
