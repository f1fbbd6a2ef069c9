/**
 * Where a listing is: what its path is called, and which links lead from it to where.
 *
 * @module
 */

import type { ListingEntry } from "./listing.js";
import { decodePath, encodePath, toRelativeSegments } from "./url-path.js";

/** A directory on the way to the one that is listed. */
export interface Crumb {
  readonly name: string;
  /** Relative to the listing. */
  readonly href: string;
}

/** The place of a listing. All links are relative, so that they also lead through a proxy that cuts paths. */
export interface ListingPlace {
  /** The path, decoded. */
  readonly path: string;
  /** The way to the listing: the root first, the directory itself last. */
  readonly crumbs: readonly [Crumb, ...Crumb[]];
  /** What goes before every link to an entry: nothing, unless the slash at the end of the path is a `%2F`. */
  readonly prefix: string;
}

/**
 * Finds the place of a listing.
 *
 * @param encodedPath - as `splitTarget` has it
 * @param base - the path, decoded, at which the served directory begins: `/files/`; nothing above it is linked to
 */
export function placeOf(encodedPath: string, base = "/"): ListingPlace {
  const path = decodePath(encodedPath);
  const end = encodedPath.lastIndexOf("/") + 1;
  // Where each link begins. No segment is empty or has dots, so nothing of a strange path can lead elsewhere.
  const root = "../".repeat(encodedPath.slice(1, end).split("/").length - 1) || "./";
  const crumbs = crumbsOf(toRelativeSegments(path) ?? [], root, base);
  const here = crumbs[crumbs.length - 1] ?? crumbs[0];
  return { path, crumbs, prefix: end === encodedPath.length ? "" : here.href };
}

function crumbsOf(names: readonly string[], root: string, base: string): [Crumb, ...Crumb[]] {
  const depth = base.split("/").filter((name) => name !== "").length;
  const crumbs = names.map((name, at) => ({
    name,
    href: `${root}${encodePath(names.slice(0, at + 1).join("/"))}/`,
  }));
  const first = depth === 0 ? root : `${root}${encodePath(names.slice(0, depth).join("/"))}/`;
  return [{ name: depth === 0 ? "" : names.slice(0, depth).join("/"), href: first }, ...crumbs.slice(depth)];
}

/** The link that leads from a listing to one of its entries, and to no other host or scheme, whatever the name. */
export function linkTo(
  { prefix }: ListingPlace,
  { name, kind }: Pick<ListingEntry, "name" | "kind">,
): string {
  // Encoded are all of : ? # % \ and so nothing can be taken for a scheme, a query or an escape. What is left are slashes
  // at the start: no system has such names, but an overridden listing may.
  return local(`${prefix}${encodePath(name)}${kind === "directory" ? "/" : ""}`);
}

function local(href: string): string {
  return href.startsWith("/") ? `./${href}` : href;
}
