/**
 * Which file a path means: itself, a page beside it, or the index of a directory.
 *
 * @module
 */

import { join } from "node:path";
import { type Awaitable, after } from "./after.js";
import { openContent } from "./content.js";
import type { Found, TreeFile } from "./file-tree.js";
import type { OpenFailure } from "./open-file.js";

/** How a site is laid out. */
export interface Layout {
  /** True if the URL ends in a slash. */
  readonly asksForDirectory: boolean;
  /** The names of index pages, the first one first. */
  readonly indexPages: readonly string[];
  /** True if `/page` may mean `page.html`. */
  readonly hasCleanUrls: boolean;
  /** Finds what there is by a path. */
  find(path: string): Awaitable<Found>;
}

/** What a path means. */
export type LookedUp =
  | { readonly kind: "file"; readonly path: string; readonly file: TreeFile }
  /** A directory without an index page. */
  | { readonly kind: "directory"; readonly path: string }
  /** A directory whose URL lacks the slash, so that links in its page would lead elsewhere. */
  | { readonly kind: "redirect" }
  | OpenFailure;

const MISSING: LookedUp = { kind: "missing" };
const REDIRECT: LookedUp = { kind: "redirect" };

/**
 * Finds out what a path means.
 *
 * A file goes before a page beside it, and that before a directory of the same name, as in nginx's usual
 * `try_files $uri $uri.html $uri/`.
 *
 * @param path - as `translate_path` made it; with a slash at the end, if the URL has one
 */
export function lookUp(path: string, layout: Layout): Awaitable<LookedUp> {
  // Its index pages first: where there is one, the directory itself need not be looked at.
  if (layout.asksForDirectory && path.endsWith("/")) return lookUpDirectory(path, layout);
  return after(layout.find(path), (found) => {
    if (found.kind === "file") return { kind: "file", path, file: found };
    if (!layout.hasCleanUrls || path.endsWith("/")) return withoutPage(path, found, layout);
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

function lookUpDirectory(path: string, layout: Layout, at = 0): Awaitable<LookedUp> {
  const name = layout.indexPages[at];
  if (name === undefined) return after(layout.find(path), (found) => withoutIndex(path, found));
  const page = join(path, name);
  return after(layout.find(page), (found) => {
    if (found.kind === "file") return { kind: "file", path: page, file: found };
    // Whoever has an index page does not mean to show what else is there, also when the page can't be read.
    const standsForDirectory =
      found.kind === "unavailable" || (found.kind === "forbidden" && found.isFile === true);
    return standsForDirectory ? found : lookUpDirectory(path, layout, at + 1);
  });
}

function withoutIndex(path: string, found: Found): LookedUp {
  if (found.kind === "directory") return { kind: "directory", path };
  if (found.kind !== "file") return found;
  // A file is no directory, whatever slash is put behind it (bpo-17324).
  openContent(found.content, found.facts.size).close();
  return MISSING;
}
