import { type Awaitable, after } from "./after.js";
import { Directory } from "./directory.js";
import type { FileTree } from "./file-tree.js";
import type { ListingEntry, OpenedListing } from "./listing.js";

/**
 * Opens a directory of a tree for a listing.
 *
 * @param path - path of the directory, with a final slash
 * @param isListed - true for names that are shown
 */
export function openTreeListing(
  tree: FileTree,
  path: string,
  isListed: (name: string) => boolean,
): Awaitable<OpenedListing> {
  if (tree instanceof Directory) return tree.openListing(path, isListed);
  if (tree.list === undefined) return { kind: "missing" };
  return after(tree.list(path), (listed) =>
    "kind" in listed ? listed : { kind: "listing", listing: listingFrom(listed, isListed) },
  );
}

function listingFrom(
  entries: Iterable<ListingEntry> | AsyncIterable<ListingEntry>,
  isListed: (name: string) => boolean,
): Extract<OpenedListing, { kind: "listing" }>["listing"] {
  return {
    isLong: false,
    async *entries() {
      for await (const entry of entries) if (isListed(entry.name)) yield [entry];
    },
    close() {},
  };
}
