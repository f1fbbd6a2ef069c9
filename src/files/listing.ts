/**
 * Entries of a directory.
 *
 * @module
 */

import * as fs from "node:fs";
import { dirname } from "node:path";
import type { Awaitable } from "../io/awaitable.js";
import { type Containment, holdsName } from "./containment.js";
import { fsDecode, fsEncode } from "./fs-name.js";
import { Lane } from "./lane.js";
import { failureOf, type OpenDirectory, type OpenFailure, openDirectory } from "./open-file.js";
import { unsettledFor } from "./validators.js";

/** One name in a directory. */
export interface ListingEntry {
  /** The name without its path; bytes that are not UTF-8 are escaped as by `fsDecode`. */
  readonly name: string;
  /**
   * Kind of the entry, or of the target of a link: `link` is a symbolic link without a target, `other` a FIFO, socket
   * or device.
   */
  readonly kind: "directory" | "file" | "link" | "other";
  /** True if it is a symbolic link, to any target. */
  readonly isSymbolicLink: boolean;
  /** Size in bytes; `null` if it is not a file, or if the size is unknown. */
  readonly size: number | null;
  /** Time of the last modification, in milliseconds since the epoch; `null` if it is unknown. */
  readonly mtime: number | null;
}

/** An open directory, which can be listed once. */
export interface Listing {
  /** True if there are so many names that the request must wait in the queue. */
  readonly isLong: boolean;
  /**
   * Yields all entries of the directory in batches, in any order.
   *
   * @returns batches, which may be empty. The caller may pause between two of them
   */
  entries(): AsyncIterable<readonly ListingEntry[]>;
  /** Closes its files. May be called again. */
  close(): void;
}

/** Result of opening a directory. The caller must close a `listing`. */
export type OpenedListing = { readonly kind: "listing"; readonly listing: Listing } | OpenFailure;

/** Maximum number of names of a short listing. So few names need less memory than the unsent bytes of a response. */
export const SHORT = 1000;

/** Number of entries in a batch, which takes about 200 µs. */
const AT_ONCE = 64;

// The limit of dates: ECMA-262 §21.4.1.1.
const LAST_DATE = 8.64e15;

/**
 * Opens a directory, and reads its names in the thread pool.
 *
 * @param path - the directory; bytes that are not UTF-8 are escaped as by `fsDecode`
 * @param isListed - true for names that are shown
 * @param containment - where the directory may be. Links to targets outside are not listed, because they are not
 *   followed
 * @param lane - queue of the device that it is probably on
 * @returns a promise of the result; errors from the file system are results too
 */
export async function openListing(
  path: string,
  isListed: (name: string) => boolean,
  containment?: Containment,
  lane: Lane = new Lane(),
): Promise<OpenedListing> {
  const opened = await openDirectory(path, containment, lane);
  if (opened.kind !== "directory") return opened;
  const { directory } = opened;
  try {
    const listing = new DirectoryListing(path, directory, containment);
    for (const dirent of await namesIn(directory)) if (isListed(dirent.name)) listing.addName(dirent);
    return { kind: "listing", listing };
  } catch (error) {
    directory.close();
    return failureOf(error as NodeJS.ErrnoException);
  }
}

type Name = Pick<fs.Dirent, "name" | "isDirectory" | "isSymbolicLink">;

async function namesIn({ path, lane }: OpenDirectory): Promise<readonly Name[]> {
  const encoded = fsEncode(path);
  const names = await lane.later<fs.Dirent[]>((done) => fs.readdir(encoded, { withFileTypes: true }, done));
  // Bytes that are not UTF-8 were lost. This is rare, so the names are read again as bytes.
  if (!names.some(({ name }) => name.includes("\ufffd"))) return names;
  const options = { withFileTypes: true, encoding: "buffer" } as const;
  const coded = await lane.later<fs.Dirent<Buffer>[]>((done) => fs.readdir(encoded, options, done));
  return coded.map((dirent) => ({
    name: fsDecode(dirent.name),
    isDirectory: () => dirent.isDirectory(),
    isSymbolicLink: () => dirent.isSymbolicLink(),
  }));
}

class DirectoryListing implements Listing {
  readonly #path: string;
  readonly #directory: OpenDirectory;
  readonly #containment: Containment | undefined;
  /** Names of entries on the same device: if it is fast, they are read on the calling thread. */
  readonly #near: string[] = [];
  /** Names of directories and links, where another device may begin. */
  readonly #far: string[] = [];
  readonly #farLane = new Lane();
  /** The path for faster look-ups; `undefined` if it was not determined yet, `null` if there is none. */
  #steady: SteadyPath | null | undefined;

  constructor(path: string, directory: OpenDirectory, containment: Containment | undefined) {
    this.#path = path;
    this.#directory = directory;
    this.#containment = containment;
  }

  addName(name: Name): void {
    (name.isDirectory() || name.isSymbolicLink() ? this.#far : this.#near).push(name.name);
  }

  get isLong(): boolean {
    return this.#near.length + this.#far.length > SHORT;
  }

  async *entries(): AsyncGenerator<readonly ListingEntry[], void> {
    const { lane } = this.#directory;
    for (const names of batchesOf(this.#near))
      yield lane.isFast ? lane.now(() => this.#lookNow(names)) : await this.#lookLater(names, lane);
    for (const names of batchesOf(this.#far)) yield await this.#lookLater(names, this.#farLane);
    this.close();
    for (const names of [this.#near, this.#far]) names.length = 0; // for a slow client, only the entries stay in memory
  }

  /** Looks up entries on the calling thread, which costs a third of a call in the thread pool. */
  #lookNow(names: readonly string[]): ListingEntry[] {
    const entries: ListingEntry[] = [];
    const states = this.#statesBySteadyPath(names) ?? names.map((name) => lookNow(this.#nameOf(name)));
    for (const [at, name] of names.entries()) {
      // The path may be too long, even if the descriptor's name is not.
      const own = states[at] ?? lookNow(this.#nameOf(name));
      if (own?.isSymbolicLink()) this.#far.push(name);
      else entries.push(entryFrom(name, own, own));
    }
    return entries;
  }

  /**
   * Looks up entries by the path of the directory, which takes a third less time than by its descriptor. Returns
   * `undefined` if the path may have led to another directory.
   */
  #statesBySteadyPath(names: readonly string[]): (fs.Stats | undefined)[] | undefined {
    if (this.#steady === undefined)
      // Without a descriptor, entries are looked up by path anyway.
      this.#steady = this.#directory.path === this.#path ? null : steadyPathOf(this.#directory.path);
    if (this.#steady === null) return undefined;
    const { path, above } = this.#steady;
    const states = names.map((name) => lookNow(fsEncode(`${path}/${name}`)));
    if (stateAbove(path) === above) return states;
    this.#steady = null;
    return undefined;
  }

  async #lookLater(names: readonly string[], lane: Lane): Promise<ListingEntry[]> {
    const entries = await Promise.all(names.map((name) => this.#entryLater(name, lane)));
    return entries.filter((entry) => entry !== undefined);
  }

  async #entryLater(name: string, lane: Lane): Promise<ListingEntry | undefined> {
    const encoded = this.#nameOf(name);
    const own = await lookLater(fs.lstat, encoded, lane);
    if (!own?.isSymbolicLink()) return entryFrom(name, own, own);
    const entry = entryFrom(name, own, await lookLater(fs.stat, encoded, this.#farLane));
    return (await this.#offersLink(entry)) ? entry : undefined;
  }

  #nameOf(name: string): string | Buffer {
    return fsEncode(`${this.#directory.path}/${name}`);
  }

  #offersLink({ name, kind }: ListingEntry): Awaitable<boolean> {
    const containment = this.#containment;
    if (containment === undefined || containment.symlinks === "all") return true;
    // A link without a target can't be followed, but it is listed.
    if (kind === "link") return containment.symlinks === "inside";
    return holdsName(containment, `${this.#path}/${name}`, this.#farLane);
  }

  close(): void {
    this.#directory.close();
  }
}

/** A path without links. It leads to the same directory as long as the directories above have the same state. */
interface SteadyPath {
  readonly path: string;
  readonly above: string;
}

/** @param descriptor - `/proc/self/fd/N` of an open directory: a link to its path */
function steadyPathOf(descriptor: string): SteadyPath | null {
  try {
    const path = fsDecode(fs.readlinkSync(descriptor, { encoding: "buffer" }));
    const above = stateAbove(path);
    // Compared after `stateAbove`. A deleted directory has another path, which may lead to something else.
    const named = fs.lstatSync(fsEncode(path), { bigint: true });
    const open = fs.statSync(descriptor, { bigint: true });
    return above !== null && named.ino === open.ino && named.dev === open.dev ? { path, above } : null;
  } catch {
    return null;
  }
}

/**
 * Returns a text that identifies the state of a directory and of all directories above it. The path can lead to another
 * directory only if one of these directories changes, or if another file system is mounted there. The time of a
 * directory's last change can't be set.
 *
 * @returns `null` if one of them was changed so recently that another change might have the same time
 */
function stateAbove(path: string): string | null {
  const own = lookNow(fsEncode(path));
  let state = `${own?.dev} ${own?.ino} `;
  for (let name = path; name !== dirname(name); ) {
    name = dirname(name);
    const stats = lookNow(fsEncode(name));
    if (stats === undefined || unsettledFor(stats, Date.now()) > 0) return null;
    state += `${stats.dev} ${stats.ino} ${stats.ctimeMs} `;
  }
  return state;
}

function* batchesOf(names: readonly string[]): Generator<readonly string[]> {
  for (let at = 0; at < names.length; at += AT_ONCE) yield names.slice(at, at + AT_ONCE);
}

/** @param target - facts about the target of a link; the same as `own` for other entries */
function entryFrom(name: string, own: fs.Stats | undefined, target: fs.Stats | undefined): ListingEntry {
  const mtimeMs = (target ?? own)?.mtimeMs ?? Number.NaN;
  return {
    name,
    kind: target === undefined ? (own === undefined ? "other" : "link") : kindOf(target),
    isSymbolicLink: own?.isSymbolicLink() ?? false,
    size: target?.isFile() ? target.size : null,
    mtime: Math.abs(mtimeMs) <= LAST_DATE ? mtimeMs : null,
  };
}

function kindOf(stats: fs.Stats): ListingEntry["kind"] {
  return stats.isFile() ? "file" : stats.isDirectory() ? "directory" : "other";
}

// Entries that can't be read are listed too: a loop of links, a directory that may be read and not entered, a name that
// is too long.

function lookNow(path: string | Buffer): fs.Stats | undefined {
  try {
    return fs.lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

type Look = (
  path: string | Buffer,
  done: (error: NodeJS.ErrnoException | null, stats: fs.Stats) => void,
) => void;

function lookLater(look: Look, path: string | Buffer, lane: Lane): Promise<fs.Stats | undefined> {
  return lane.later<fs.Stats>((done) => look(path, done)).catch(() => undefined);
}
