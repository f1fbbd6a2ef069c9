/**
 * Place of a listing: its path, and the links from it.
 *
 * @module
 */

import type { ListingEntry } from "./listing.js";
import { decodePath, encodePath, namesOf } from "./url-path.js";

/** A directory on the way to the one that is listed. */
export interface Crumb {
  readonly name: string;
  /** The absolute path of the link. */
  readonly href: string;
}

/**
 * The place of a listing. Links to entries and to the parent are relative, so that they also work behind a proxy that
 * removes a prefix. In the HTML, all other links are absolute, and the page's script makes them relative, too. Programs
 * that join links as text (fsspec 2026.9.0) would follow `../../` in circles until they fail.
 */
export interface ListingPlace {
  /** The decoded path. */
  readonly path: string;
  /** The way to the listing: the root first, the directory itself last. */
  readonly crumbs: readonly [Crumb, ...Crumb[]];
  /** The link to the directory above; `null` if nothing above is served. */
  readonly parent: string | null;
  /** Prefix of every link to an entry. It is empty, unless the path ends in `%2F`. */
  readonly prefix: string;
}

/**
 * Finds the place of a listing.
 *
 * @param encodedPath - a path from `splitTarget`
 * @param base - the decoded path at which the served directory begins, such as `/files/`. No link leads to
 *   directories above it
 */
export function placeOf(encodedPath: string, base = "/"): ListingPlace {
  const path = decodePath(encodedPath);
  const names = namesOf(path);
  const crumbs = crumbsOf(names, base);
  const [here, above] = [crumbs[crumbs.length - 1] ?? crumbs[0], crumbs[crumbs.length - 2]];
  // Only for such a path does `../` lead to the directory above.
  const isPlain = encodedPath.endsWith("/") && encodedPath.slice(1, -1).split("/").length === names.length;
  return {
    path,
    crumbs,
    parent: above === undefined ? null : isPlain ? "../" : above.href,
    prefix: encodedPath.endsWith("/") ? "" : here.href,
  };
}

function crumbsOf(names: readonly string[], base: string): [Crumb, ...Crumb[]] {
  const depth = base.split("/").filter((name) => name !== "").length;
  const pathTo = (end: number) => names.slice(0, end).map((name) => `${encodePath(name)}/`);
  const crumbs = names.map((name, at) => ({ name, href: `/${pathTo(at + 1).join("")}` }));
  const first = { name: names.slice(0, depth).join("/"), href: `/${pathTo(depth).join("")}` };
  return [first, ...crumbs.slice(depth)];
}

/** Returns the link to an entry. It never leads to another host or scheme. */
export function linkTo(
  { prefix }: ListingPlace,
  { name, kind }: Pick<ListingEntry, "name" | "kind">,
): string {
  // All of : ? # % \ are encoded, so nothing can look like a scheme, a query or an escape. Only leading slashes remain:
  // no system has such names, but an overridden listing may.
  const path = encodePath(name);
  return `${prefix}${prefix === "" && path.startsWith("/") ? "./" : ""}${path}${kind === "directory" ? "/" : ""}`;
}
