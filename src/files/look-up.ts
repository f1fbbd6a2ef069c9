/**
 * Finds the file of a path: the file itself, a page beside it, or the index page of a directory.
 *
 * @module
 */

import { join } from "node:path";
import { type Awaitable, after } from "../io/awaitable.js";
import { openContent } from "./content.js";
import type { Found, TreeFile } from "./file-tree.js";
import type { OpenFailure } from "./open-file.js";

/** Files, and options for looking up pages. */
export interface Layout {
  /** True if the URL ends in a slash. */
  readonly asksForDirectory: boolean;
  /** Names of index pages, in order. */
  readonly indexPages: readonly string[];
  /** True if a path without a suffix may mean a page, for example `page` the file `page.html`. */
  hasCleanUrl(path: string): boolean;
  /** Finds the file or directory of a path. */
  find(path: string): Awaitable<Found>;
}

/** Result of looking up a path. */
export type LookedUp =
  | { readonly kind: "file"; readonly path: string; readonly file: TreeFile }
  /** A directory without an index page. */
  | { readonly kind: "directory"; readonly path: string }
  /** A directory whose URL has no final slash, so links in its page would lead elsewhere. */
  | { readonly kind: "redirect" }
  | OpenFailure;

const MISSING: LookedUp = { kind: "missing" };
const REDIRECT: LookedUp = { kind: "redirect" };

/**
 * Finds the file or directory of a path.
 *
 * For `/a`, the file `a` comes first, then the page `a.html`, then the directory `a`, as in nginx's usual
 * `try_files $uri $uri.html $uri/`.
 *
 * @param path - result of `translate_path`, with a final slash if the URL has one
 */
export function lookUp(path: string, layout: Layout): Awaitable<LookedUp> {
  // Index pages first: if there is one, the directory itself need not be checked.
  if (path.endsWith("/") && layout.asksForDirectory) return lookUpDirectory(path, layout);
  return after(layout.find(path), (found) => {
    if (found.kind === "file") return { kind: "file", path, file: found };
    if (path.endsWith("/") || !layout.hasCleanUrl(path)) return withoutPage(path, found, layout);
    const page = `${path}.html`;
    return after(layout.find(page), (other) =>
      other.kind === "file" ? { kind: "file", path: page, file: other } : withoutPage(path, found, layout),
    );
  });
}

function withoutPage(path: string, found: Exclude<Found, TreeFile>, layout: Layout): Awaitable<LookedUp> {
  if (found.kind !== "directory") return found;
  return layout.asksForDirectory ? lookUpDirectory(path, layout) : REDIRECT;
}

/** Finds the index page of a directory, or the directory itself. */
export function lookUpDirectory(
  path: string,
  layout: Pick<Layout, "indexPages" | "find">,
  at = 0,
): Awaitable<LookedUp> {
  const name = layout.indexPages[at];
  if (name === undefined) return after(layout.find(path), (found) => withoutIndex(path, found));
  const page = join(path, name);
  return after(layout.find(page), (found) => {
    if (found.kind === "file") return { kind: "file", path: page, file: found };
    // A directory with an index page is not listed, even if the page can't be read.
    const standsForDirectory =
      found.kind === "unavailable" || (found.kind === "forbidden" && found.isFile === true);
    return standsForDirectory ? found : lookUpDirectory(path, layout, at + 1);
  });
}

function withoutIndex(path: string, found: Found): LookedUp {
  if (found.kind === "directory") return { kind: "directory", path };
  if (found.kind !== "file") return found;
  // A file does not become a directory by a final slash (bpo-17324).
  openContent(found.content, found.facts.size).close();
  return MISSING;
}
