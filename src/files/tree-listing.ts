import { type Awaitable, after } from "./after.js";
import { Directory } from "./directory.js";
import type { FileTree } from "./file-tree.js";
import type { OpenedListing } from "./listing.js";

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
  return after(tree.list(path), (listed) => {
    if ("kind" in listed) return listed;
    const entries = async function* () {
      for await (const entry of listed) if (isListed(entry.name)) yield [entry];
    };
    return { kind: "listing", listing: { isLong: false, entries, close: () => {} } };
  });
}
