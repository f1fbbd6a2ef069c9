/**
 * What is in a directory.
 *
 * @module
 */

import * as fs from "node:fs";

import { type Containment, holdsName } from "./containment.js";
import { fsDecode, fsEncode } from "./fs-name.js";
import { type DotFiles, isShownName, type NamePlace } from "./hidden-name.js";
import { ListingTable } from "./listing-table.js";
import { type OpenDirectory, openDirectory } from "./open-directory.js";
import { failureOf, type OpenFailure } from "./open-file.js";

/** One name in a directory. */
export interface ListingEntry {
  /** The name alone; bytes that are not UTF-8 are escaped as by `fsDecode`. */
  readonly name: string;
  /** What it is, or leads to: `link` is a symbolic link that leads nowhere, `other` a FIFO, socket or device. */
  readonly kind: "directory" | "file" | "link" | "other";
  /** True if it is a symbolic link, wherever it leads. */
  readonly isSymbolicLink: boolean;
  /** In bytes; `null` for what is no file, and where the system does not tell. */
  readonly size: number | null;
  /** Time of the last modification, in milliseconds since the epoch; `null` where the system does not tell. */
  readonly mtime: number | null;
}

/** What is listed of a directory. */
export interface ListingOptions {
  /** Which names that begin with a dot are listed, see `isHiddenName`. Without it none is. */
  readonly dotfiles?: DotFiles;
  /** Where the directory is; `below` the served one, where nothing else is said. */
  readonly place?: NamePlace;
  /** Where the directory may be. Links that lead out of it are not listed, since they would not be followed. */
  readonly containment?: Containment;
}

/** What {@link openListing} found. A `listing` has to be closed by whoever asked for it. */
export type OpenedListing = { readonly kind: "listing"; readonly listing: DirectoryListing } | OpenFailure;

/** How many names are asked of the system at a time. */
const NAMES_AT_ONCE = 256;

// Names are of the type Buffer then, which Node's declarations do not know.
const AS_BYTES = { bufferSize: NAMES_AT_ONCE, encoding: "buffer" as BufferEncoding };

/** Names up to which a listing is short: what is kept of it is less than the bytes of a reply that wait for their client. */
const SHORT = 1000;

/** How many entries are looked at between two pauses: 100 µs. */
const ENTRIES_AT_ONCE = 16;

// Further away dates can't be: ECMA-262 §21.4.1.1.
const LAST_DATE = 8.64e15;

/**
 * Opens a directory, and reads no more than its first names.
 *
 * @param path - the directory; bytes that are not UTF-8 are escaped as by `fsDecode`
 * @returns never throws for what the file system says
 */
export function openListing(path: string, options: ListingOptions = {}): OpenedListing {
  const opened = openPlace(path, options.containment);
  if (opened.kind !== "directory") return opened;
  const { directory } = opened;
  try {
    const names = fs.opendirSync(fsEncode(directory.path) as string, { bufferSize: NAMES_AT_ONCE });
    const listing = new DirectoryListing(path, directory, names, options);
    return readFirst(listing) ?? { kind: "listing", listing };
  } catch (error) {
    directory.close();
    return failureOf(error as NodeJS.ErrnoException);
  }
}

/** `undefined` where it could be read. */
function readFirst(listing: DirectoryListing): OpenFailure | undefined {
  try {
    listing.readFirst();
    return undefined;
  } catch (error) {
    listing.close();
    return { kind: "unavailable", error: error as NodeJS.ErrnoException };
  }
}

/** Without a containment there is nothing to hold on to, and names by way of a descriptor take longer to look up. */
function openPlace(path: string, containment: Containment | undefined) {
  return containment === undefined
    ? ({ kind: "directory", directory: { path, close: () => {} } } as const)
    : openDirectory(path, containment);
}

/** An open directory, to be looked at once. */
export class DirectoryListing {
  readonly #path: string;
  readonly #directory: OpenDirectory;
  readonly #options: ListingOptions;
  #names: fs.Dir | undefined;
  /** Those that were read beforehand. */
  #first: fs.Dirent[] = [];

  /**
   * @param path - of the directory, as it was asked for
   * @param directory - what it is read by; closed with the new object
   * @param names - open on it; closed when the last one was read
   */
  constructor(path: string, directory: OpenDirectory, names: fs.Dir, options: ListingOptions) {
    this.#path = path;
    this.#directory = directory;
    this.#names = names;
    this.#options = options;
  }

  /** True if there are a thousand names at most. */
  get isShort(): boolean {
    return this.#first.length <= SHORT;
  }

  /**
   * Reads the first names, at once: a thousand take a millisecond.
   *
   * @throws what the file system says
   */
  readFirst(): void {
    while (this.isShort) {
      const dirent = this.#names?.readSync() ?? null;
      if (dirent === null) return;
      this.#first.push(dirent);
    }
  }

  /**
   * Looks at everything that is in the directory, in the directory's order, and closes it.
   *
   * The calls to the system are synchronous: the thread pool takes twice the time for as many. So it is a generator, which
   * pauses after each few of them: the caller decides when it goes on.
   *
   * @returns what is listed; what can't be looked at is, too
   */
  *entries(): Generator<undefined, ListingTable> {
    const names = yield* this.#readNames();
    const table = new ListingTable(names.length);
    for (const [at, name] of names.entries()) {
      if (at % ENTRIES_AT_ONCE === 0) yield;
      const entry = entryOf(`${this.#directory.path}/${name}`, name);
      if (!entry.isSymbolicLink || this.#offersLink(entry)) table.add(entry);
    }
    this.close();
    return table;
  }

  /** Releases what it holds. May be called again. */
  close(): void {
    this.#closeNames();
    this.#directory.close();
  }

  *#readNames(): Generator<undefined, string[]> {
    const names = yield* this.#readAll(String);
    // What is not UTF-8 was lost on the way. It is rare, and worth a second look at the bytes.
    if (!names.some((name) => name.includes("\ufffd"))) return names;
    this.#names = fs.opendirSync(fsEncode(this.#directory.path) as string, AS_BYTES);
    return yield* this.#readAll(fsDecode as (name: unknown) => string);
  }

  /** The names that are listed. */
  *#readAll(textOf: (name: unknown) => string): Generator<undefined, string[]> {
    const names: string[] = [];
    for (let count = 1, dirent = this.#next(); dirent !== null; dirent = this.#next(), count++) {
      const name = textOf(dirent.name);
      if (this.#isListed(name)) names.push(name);
      if (count % NAMES_AT_ONCE === 0) yield;
    }
    this.#closeNames();
    return names;
  }

  #next(): fs.Dirent | null {
    return this.#first.shift() ?? this.#names?.readSync() ?? null;
  }

  #closeNames(): void {
    const names = this.#names;
    this.#names = undefined;
    this.#first = [];
    try {
      names?.closeSync();
    } catch {
      // Nothing was written: nothing is lost, and the descriptor is gone in any case.
    }
  }

  #isListed(name: string): boolean {
    const { dotfiles = false, place = "below" } = this.#options;
    return isShownName(name, place, dotfiles);
  }

  #offersLink({ name, kind }: ListingEntry): boolean {
    const { containment } = this.#options;
    if (containment === undefined || containment.symlinks === "all") return true;
    // One that leads nowhere can't be followed by anybody. That it is there is worth knowing.
    if (kind === "link") return containment.symlinks === "inside";
    return holdsName(containment, `${this.#path}/${name}`);
  }
}

function entryOf(path: string, name: string): ListingEntry {
  const encoded = fsEncode(path);
  const own = look(fs.lstatSync, encoded);
  const isSymbolicLink = own?.isSymbolicLink() ?? false;
  const target = isSymbolicLink ? look(fs.statSync, encoded) : own;
  const mtimeMs = (target ?? own)?.mtimeMs ?? Number.NaN;
  return {
    name,
    kind: target === undefined ? (isSymbolicLink ? "link" : "other") : kindOf(target),
    isSymbolicLink,
    size: target?.isFile() ? target.size : null,
    mtime: Math.abs(mtimeMs) <= LAST_DATE ? mtimeMs : null,
  };
}

function look(stat: typeof fs.lstatSync, path: string | Buffer): fs.Stats | undefined {
  try {
    return stat(path, { throwIfNoEntry: false });
  } catch {
    return undefined; // a loop of links, a directory that may be read and not entered, a name that is too long
  }
}

function kindOf(stats: fs.Stats): ListingEntry["kind"] {
  return stats.isFile() ? "file" : stats.isDirectory() ? "directory" : "other";
}
