/**
 * Which file a path means: itself, a page beside it, or the index of a directory.
 *
 * @module
 */

import { join } from "node:path";
import type { Found, FoundFile } from "./file-store.js";
import { isRegularFile, type OpenFailure } from "./open-file.js";

/** How a site is laid out. */
export interface Site {
  /** Whether the URL ends in a slash. */
  readonly asksForDirectory: boolean;
  /** The names of index pages, the first one first. */
  readonly indexPages: readonly string[];
  /** Whether `/page` may mean `page.html`. */
  readonly hasCleanUrls: boolean;
  /** Finds what there is by a name. */
  find(path: string): Found;
}

/** What a path means. */
export type LookedUp =
  | { readonly kind: "file"; readonly path: string; readonly file: FoundFile }
  /** A directory without an index page. */
  | { readonly kind: "directory"; readonly path: string }
  /** A directory whose URL lacks the slash, so that links in its page would lead elsewhere. */
  | { readonly kind: "redirect" }
  | OpenFailure;

/**
 * Finds out what a path means.
 *
 * A file goes before a page beside it, and that before a directory of the same name, as in nginx's usual
 * `try_files $uri $uri.html $uri/`.
 *
 * @param path - as `translate_path` made it; with a slash at the end, if the URL has one
 */
export function lookUp(path: string, site: Site): LookedUp {
  // Its index pages first: where there is one, the directory itself need not be looked at.
  if (site.asksForDirectory && path.endsWith("/")) return lookUpDirectory(path, site);
  const found = site.find(path);
  if (found.kind === "file") return { kind: "file", path, file: found };
  const page = site.hasCleanUrls ? pageBeside(path, site) : undefined;
  if (page !== undefined) return page;
  if (found.kind !== "directory") return found;
  return site.asksForDirectory ? lookUpDirectory(path, site) : { kind: "redirect" };
}

function pageBeside(path: string, site: Site): LookedUp | undefined {
  const page = `${path}.html`;
  const found = path.endsWith("/") ? undefined : site.find(page);
  return found?.kind === "file" ? { kind: "file", path: page, file: found } : undefined;
}

function lookUpDirectory(path: string, site: Site): LookedUp {
  for (const name of site.indexPages) {
    const page = join(path, name);
    const found = site.find(page);
    if (found.kind === "file") return { kind: "file", path: page, file: found };
    if (standsForDirectory(found, page)) return found;
  }
  const found = site.find(path);
  if (found.kind === "directory") return { kind: "directory", path };
  if (found.kind !== "file") return found;
  // A file is no directory, whatever slash is put behind it (bpo-17324).
  found.content.close();
  return { kind: "missing" };
}

// Whoever has an index page does not mean to show what else is there, also when the page can't be read.
function standsForDirectory(found: Found, page: string): found is OpenFailure {
  return found.kind === "unavailable" || (found.kind === "forbidden" && isRegularFile(page));
}
