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
  /** An absolute path. */
  readonly href: string;
}

/**
 * The place of a listing. Links to entries and to the parent are relative, so that they also lead through a proxy that cuts paths; the
 * page's script does the same for the others. As relative paths these would be `../../`, in which programs that join links as text
 * (fsspec 2026.9.0) go round until they break.
 */
export interface ListingPlace {
  /** The path, decoded. */
  readonly path: string;
  /** The way to the listing: the root first, the directory itself last. */
  readonly crumbs: readonly [Crumb, ...Crumb[]];
  /** The link that leads one directory up; `null` where nothing above is served. */
  readonly parent: string | null;
  /** Prefix of every link to an entry: empty, except if the path ends in `%2F`. */
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
  const names = toRelativeSegments(path) ?? [];
  const crumbs = crumbsOf(names, base);
  const [here, above] = [crumbs[crumbs.length - 1] ?? crumbs[0], crumbs[crumbs.length - 2]];
  // Only by such a path does `../` lead to the directory above.
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

/** The link that leads from a listing to one of its entries, and to no other host or scheme, whatever the name. */
export function linkTo(
  { prefix }: ListingPlace,
  { name, kind }: Pick<ListingEntry, "name" | "kind">,
): string {
  // Encoded are all of : ? # % \ and so nothing can be taken for a scheme, a query or an escape. What is left are slashes
  // at the start: no system has such names, but an overridden listing may.
  const path = encodePath(name);
  return `${prefix}${prefix === "" && path.startsWith("/") ? "./" : ""}${path}${kind === "directory" ? "/" : ""}`;
}
