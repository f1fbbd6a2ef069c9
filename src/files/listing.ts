/**
 * What is in a directory.
 *
 * @module
 */

import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";

import { fsDecode, fsEncode } from "./fs-name.js";
import { failureOf, type OpenFailure } from "./open-file.js";

/** One name in a directory. */
export interface ListingEntry {
  /** The name alone; bytes that are not UTF-8 are escaped as by `fsDecode`. */
  readonly name: string;
  /** Whether it is a directory, or a link that leads to one. */
  readonly isDirectory: boolean;
  /** Whether it is a symbolic link, also one that leads nowhere. */
  readonly isSymbolicLink: boolean;
}

/** What {@link readListing} found. */
export type Listing = { readonly kind: "listing"; readonly entries: ListingEntry[] } | OpenFailure;

/** How many names are looked at together: a directory full of links must not fill the thread pool's queue. */
const AT_ONCE = 64;

/**
 * Reads a directory: all names but `.` and `..`, in the order of their lower-case forms, as in Python's `list_directory`.
 *
 * Only links are looked at one by one. One that is broken, or leads where one may not look, is listed as no directory.
 *
 * @param path - the directory; bytes that are not UTF-8 are escaped as by `fsDecode`
 * @returns never rejects for what the file system says
 */
export async function readListing(path: string): Promise<Listing> {
  let found: Dirent<Buffer>[];
  try {
    found = await readdir(fsEncode(path), { encoding: "buffer", withFileTypes: true });
  } catch (error) {
    return failureOf(error as NodeJS.ErrnoException);
  }
  return { kind: "listing", entries: (await entriesOf(path, found)).sort(byLowerCaseName) };
}

async function entriesOf(path: string, found: readonly Dirent<Buffer>[]): Promise<ListingEntry[]> {
  const entries: ListingEntry[] = [];
  for (let start = 0; start < found.length; start += AT_ONCE) {
    const group = found.slice(start, start + AT_ONCE);
    entries.push(...(await Promise.all(group.map((dirent) => entryOf(path, dirent)))));
  }
  return entries;
}

async function entryOf(path: string, dirent: Dirent<Buffer>): Promise<ListingEntry> {
  const name = fsDecode(dirent.name);
  const isSymbolicLink = dirent.isSymbolicLink();
  const isDirectory = isSymbolicLink ? await leadsToDirectory(`${path}/${name}`) : dirent.isDirectory();
  return { name, isDirectory, isSymbolicLink };
}

async function leadsToDirectory(link: string): Promise<boolean> {
  try {
    return (await stat(fsEncode(link))).isDirectory();
  } catch {
    return false;
  }
}

/** Names that differ only in case are in the order of the names themselves, not in the directory's, which is chance. */
function byLowerCaseName(a: ListingEntry, b: ListingEntry): number {
  return compare(a.name.toLowerCase(), b.name.toLowerCase()) || compare(a.name, b.name);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
