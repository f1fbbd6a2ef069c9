/**
 * A directory of the file system, with small files from memory.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { checkOptions, type OptionNames } from "../errors/check-options.js";
import { after, isPromise } from "../io/awaitable.js";
import { type Containment, isLink, type SymlinkPolicy } from "./containment.js";
import { MemoryFile } from "./content.js";
import { type Cached, FileCache } from "./file-cache.js";
import type { FileSource } from "./file-source.js";
import { type FileFacts, FileMemos, type FileTree, type Found, type NamesOfFolder } from "./file-tree.js";
import { fsEncode } from "./fs-name.js";
import { Lane } from "./lane.js";
import { type OpenedListing, openListing } from "./listing.js";
import { cacheOf } from "./memo.js";
import { type FileState, type OpenedFile, openFile, readUnchanged, stateOf, statName } from "./open-file.js";
import { SPARE_SIZE, takeSpare } from "./spare-buffers.js";
import { isSameState, type StatFacts, unsettledFor, versionOf } from "./validators.js";

/**
 * Milliseconds for which a folder counts as checked. If a folder is moved out of the root, its files are served for at
 * most this time.
 */
const CHECKED_FOR = 1000;

/** Facts about a directory, shared by its files. So the number of checks does not depend on the number of files. */
interface Folder extends NamesOfFolder {
  /** Queue of the device that it is probably on. An unknown directory may be on any device. */
  lane: Lane;
  /**
   * Time of the last containment check of a file in it, by the directory's clock. After {@link CHECKED_FOR}, one of its
   * files is opened again.
   */
  checkedAt: number;
  /**
   * Time when the last of these checks began. During a check, other files are still sent from memory, until twice
   * {@link CHECKED_FOR} has passed. After that, the folder may have been moved out of the directory long ago.
   */
  checkBeganAt: number;
  /** Time when its names were last checked for changes. */
  namesAt: number;
  /** Facts about the directory at the last check; `undefined` if the next change may leave these facts unchanged. */
  state: StatFacts | undefined;
  changes: number;
}

/** How a file was found: the queue of its device, and `isDirect`, which is true if no link led to the file. */
type Way = Pick<Extract<OpenedFile, { kind: "file" }>, "lane" | "isDirect">;

/** Options of a {@link Directory}. */
export interface DirectoryOptions {
  /** Symbolic links that are followed. Default `"inside"`. */
  readonly symlinks?: SymlinkPolicy;
  /**
   * Largest file, in bytes, that is kept in memory, and whose entity tag is a digest. Default 256 KiB; 0 keeps none.
   */
  readonly maxCachedFile?: number;
  /** Bytes of memory for the cache. Default 64 MiB. */
  readonly maxCache?: number;
}

const NAMES: OptionNames<DirectoryOptions> = { symlinks: true, maxCachedFile: true, maxCache: true };

/**
 * Milliseconds for which a file that was read twice is read on the event loop. The system then has it in memory, and
 * the thread pool would take four times as long.
 */
const READ_AT_ONCE = 60_000;

/**
 * Milliseconds for which a file counts as in use after its last request.
 *
 * Content that is read again does not replace content of files in use. Otherwise, files that together need more than
 * the limit would replace each other all the time. So some of them stay in memory.
 */
const IN_USE = 10_000;

/**
 * Minimum bytes of a file that is read into a spare buffer. A client that reads slowly keeps the buffer for a long
 * time, and smaller files are no burden for the garbage collector.
 */
const LEAST_SPARED = SPARE_SIZE / 8;

/**
 * Files up to this size are read completely when they are opened, even if they are not kept, because some report a
 * wrong size.
 */
const SMALL = 64 * 1024;

/**
 * Minimum bytes for a digest in the thread pool, because it would block the event loop for more than 0.1 ms. Using the
 * thread pool costs 80 µs of CPU time, as much as the digest of 128 KiB.
 */
const LARGE_DIGEST = 128 * 1024;

/** Number of times that a changing file is checked. After that, it is served without an entity tag and a date. */
const ATTEMPTS = 5;

/** Number of cached folders. A file keeps its folder, even if that is removed from the cache. */
const MAX_FOLDERS = 4096;

/**
 * The files below a directory, as {@link FileTree}.
 *
 * Small files are kept in memory. Each request checks the file by one `stat`, so old content is never sent. About once
 * a second, one file of a directory is opened again, to check that the directory is still inside the root.
 *
 * Files that are not in memory are opened and read in Node's thread pool, and so are all files of a slow device.
 *
 * @example
 * new Directory("/srv/www", { symlinks: "none" });
 */
export class Directory implements FileTree {
  readonly root: string;
  /** Symbolic links that are followed. */
  readonly symlinks: SymlinkPolicy;
  readonly #containment: Containment;
  readonly #cache: FileCache;
  readonly #clock: () => number;
  readonly #cached = new Map<string, CachedFile>();
  readonly #opening = new Map<string, Promise<unknown>>();
  readonly #folders = cacheOf(MAX_FOLDERS, () => newFolder(new Lane()));

  /**
   * @param root - the directory. It may be a link, whose target may change at any time
   * @param options - see {@link DirectoryOptions}
   */
  constructor(root: string, options?: DirectoryOptions);
  /**
   * @internal
   * @param cache - shared with other directories. Default: a new one
   * @param clock - milliseconds that do not go back; a parameter for tests
   */
  constructor(root: string, options: DirectoryOptions, cache: FileCache, clock?: () => number);
  constructor(
    root: string,
    options: DirectoryOptions = {},
    cache: FileCache = new FileCache(options.maxCachedFile, options.maxCache),
    clock: () => number = () => performance.now(),
  ) {
    checkOptions(options, NAMES, "Directory");
    const { symlinks = "inside" } = options;
    this.root = root;
    this.symlinks = symlinks;
    this.#containment = { root, symlinks };
    this.#cache = cache;
    this.#clock = clock;
  }

  /**
   * Finds the file or directory of a path.
   *
   * @param path - the path; bytes that are not UTF-8 are escaped as by `fsDecode`. The rules about links don't apply to
   *   paths that do not begin with {@link root}
   * @returns the result; errors from the file system are results too
   */
  find(path: string): Found | PromiseLike<Found> {
    const cached = this.#cached.get(path);
    if (cached === undefined) return this.#findNew(path);
    if (cached.bytes === null) return this.#readAgain(cached) ?? this.#findNew(path);
    const state = statName(cached.name, cached.folder.lane);
    return after(state, (now) => this.#fromMemory(cached, now) ?? this.#findNew(path));
  }

  look(path: string): FileFacts | null | PromiseLike<FileFacts | null> {
    return after(stateOf(path, this.#folderOf(path).lane), (state) =>
      state.kind === "file" ? factsFrom(state.facts, null) : null,
    );
  }

  /**
   * Opens a directory for a listing.
   *
   * @internal
   */
  async openListing(path: string, isListed: (name: string) => boolean): Promise<OpenedListing> {
    return openListing(path, isListed, this.#containment, this.#folderOf(join(path, "x")).lane);
  }

  #fromMemory(cached: CachedFile, state: FileState): Found | undefined {
    const { bytes } = cached;
    if (state.kind !== "file" || !isSameState(state.facts, cached.state)) {
      if (this.#cached.get(cached.path) === cached) this.#forget(cached);
      return undefined;
    }
    cached.usedAt = this.#clock();
    if (bytes === null || !this.#isValid(cached, cached.usedAt)) return undefined;
    this.#cache.touch(cached);
    return found(cached, bytes);
  }

  /**
   * Reads the content of a file of which only the facts are cached. Returns `undefined` if that could take long, or if
   * the file has changed.
   */
  #readAgain(cached: CachedFile): Found | undefined {
    const { folder, readTwiceAt } = cached;
    const { lane } = folder;
    const now = this.#clock();
    cached.usedAt = now;
    const isRecent = readTwiceAt !== null && now - readTwiceAt < READ_AT_ONCE;
    if (!isRecent || !lane.isFast || !this.#isValid(cached, now)) return undefined;
    const { size } = cached.state;
    const spare = this.#spareFor(cached.path, size);
    const buffer = spare ?? Buffer.allocUnsafeSlow(size);
    const bytes = lane.now(() => readUnchanged(cached.name, cached.state, buffer));
    if (bytes === undefined) return undefined;
    cached.readTwiceAt = now;
    if (!this.#cache.add(cached, spare === undefined ? bytes : null)) cached.forget();
    return found(cached, bytes, spare);
  }

  /** Returns a spare buffer for content that is not kept; `undefined` for content that is kept, or does not need one. */
  #spareFor(path: string, size: number): Buffer | undefined {
    const isAgain = this.#cached.get(path)?.bytes === null;
    const usedBefore = isAgain ? this.#clock() - IN_USE : Number.POSITIVE_INFINITY;
    const isKept = this.#cache.makeRoom(size, usedBefore);
    return isKept || size < LEAST_SPARED || size >= SPARE_SIZE ? undefined : takeSpare();
  }

  /** True if an unchanged file may be sent without opening it again. When it is time to check the folder, the result is
   * false for one file, which is then opened. */
  #isValid({ folder, state }: CachedFile, now: number): boolean {
    if (state.size > this.#cache.largest) return false;
    const age = now - folder.checkedAt;
    if (age < CHECKED_FOR || (age < 2 * CHECKED_FOR && now - folder.checkBeganAt < CHECKED_FOR)) return true;
    folder.checkBeganAt = now;
    return false;
  }

  #forget(cached: CachedFile): void {
    this.#cache.delete(cached);
    cached.forget();
  }

  /** If several requests need a file that is not in memory, the first one reads it. */
  #findNew(path: string): Promise<Found> {
    const opening = this.#opening.get(path);
    if (opening !== undefined) return opening.then(() => this.#findAgain(path));
    const found = this.#open(path);
    this.#opening.set(path, found);
    return found;
  }

  /** Finds a file that was read for an earlier request, and checks it again. */
  async #findAgain(path: string): Promise<Found> {
    const cached = this.#cached.get(path);
    if (cached === undefined) return this.#open(path);
    return this.#fromMemory(cached, await statName(cached.name, cached.folder.lane)) ?? this.#open(path);
  }

  async #open(path: string): Promise<Found> {
    let file: FileSource | undefined;
    try {
      const folder = this.#folderOf(path);
      const opened = await openFile(path, this.#containment, folder.lane);
      if (opened.kind !== "file") return opened;
      ({ file, lane: folder.lane } = opened);
      return await this.#read(path, file, opened);
    } catch (error) {
      file?.close();
      // For example, a failing disk. Nothing was sent yet, so the client can get an error.
      return { kind: "unavailable", error: error as NodeJS.ErrnoException };
    } finally {
      this.#opening.delete(path);
      const folder = this.#cached.get(path)?.folder;
      // The check has failed, so the next request checks the folder again.
      if (folder !== undefined && folder.checkedAt < folder.checkBeganAt)
        folder.checkBeganAt = Number.NEGATIVE_INFINITY;
    }
  }

  /** Reads a file if it is small, and determines the facts that identify its state. */
  async #read(path: string, file: FileSource, way: Way): Promise<Found> {
    const { largest } = this.#cache;
    const limit = Math.max(largest, SMALL);
    let state = file.facts;
    const spare = state.size <= limit ? this.#spareFor(path, state.size) : undefined;
    for (let attempt = 0; ; attempt++) {
      const bytes = state.size <= limit ? await file.readWhole(limit, spare) : undefined;
      // A digest identifies a file of any age. Without a digest, only times can identify it.
      const isSmall = bytes !== undefined && bytes.length <= largest;
      const young = isSmall ? 0 : unsettledFor(state, Date.now());
      if (young > 0 && young < 100) await wait(Math.ceil(young) + 1); // timers may be early
      const looked = file.look();
      const now = isPromise(looked) ? await looked : looked;
      const isStill = isSameState(now, state);
      if (!isStill) file.adopt(now);
      if (!isStill && attempt < ATTEMPTS - 1) state = now;
      else if (bytes === undefined) return unread(file, state.size > limit, isStill);
      else {
        file.close();
        // The times are useless for a file that changes all the time, and for files in /proc and /sys, whose content is
        // generated while it is read.
        const isTold = isStill && bytes.length === state.size;
        const before = isTold ? this.#cached.get(path) : undefined;
        const isUnchanged = before !== undefined && isSameState(before.state, state);
        const made = isUnchanged ? before.digest : isSmall ? digestOf(bytes) : null;
        const digest = isPromise(made) ? await made : made;
        if (!isTold || digest === null) return unkept(bytes, digest, isTold ? state : null, spare);
        const { lane } = way;
        // The folder of a link is not that of its target. Since the first attempt, a link may have replaced the file.
        const isOwn = (way.isDirect && attempt === 0) || !(await isLink(path, lane));
        const folder = isOwn ? this.#folderOf(path) : newFolder(lane, Number.NaN);
        folder.checkedAt = this.#clock();
        if (isOwn && folder.checkedAt - folder.namesAt >= CHECKED_FOR) {
          folder.namesAt = folder.checkedAt;
          await lookAtNames(folder, path);
        }
        const cached = new CachedFile(this.#cached, path, state, digest, folder);
        // If a file was changed a moment ago, the next change may be invisible.
        const isAgain = isUnchanged && before.bytes === null;
        if (unsettledFor(state, Date.now()) === 0)
          this.#keep(cached, spare === undefined ? bytes : null, isAgain);
        return found(cached, bytes, spare);
      }
    }
  }

  /**
   * @param bytes - the content; `null` if only the facts are kept
   * @param isAgain - true if it was in the cache without its content
   */
  #keep(cached: CachedFile, bytes: Buffer | null, isAgain: boolean): void {
    const before = this.#cached.get(cached.path);
    if (before !== undefined) this.#forget(before);
    if (isAgain) cached.readTwiceAt = cached.usedAt;
    if (this.#cache.add(cached, bytes)) this.#cached.set(cached.path, cached);
  }

  #folderOf(path: string): Folder {
    return this.#folders(dirname(path));
  }
}

/** @param changes - 0, or `NaN` if its names are never looked at */
function newFolder(lane: Lane, changes = 0): Folder {
  const never = Number.NEGATIVE_INFINITY;
  return { lane, checkedAt: never, checkBeganAt: never, namesAt: never, state: undefined, changes };
}

/** Notices that the names in a folder may have changed. */
async function lookAtNames(folder: Folder, path: string): Promise<void> {
  const found = await stateOf(dirname(path), folder.lane);
  const now = found.kind === "directory" ? found.facts : undefined;
  const { state } = folder;
  if (now === undefined || state === undefined || !isSameState(now, state)) folder.changes += 1;
  folder.state = now !== undefined && unsettledFor(now, Date.now()) === 0 ? now : undefined;
}

class CachedFile implements Cached {
  readonly path: string;
  /** The name to use in system calls. */
  readonly name: string | Buffer;
  readonly state: StatFacts;
  readonly facts: FileFacts;
  readonly digest: string;
  readonly memos: FileMemos;
  readonly folder: Folder;
  bytes: Buffer | null = null;
  usedAt: number;
  /** Time of the last read, if that was not the first one. */
  readTwiceAt: number | null = null;
  readonly #all: Map<string, CachedFile>;

  constructor(all: Map<string, CachedFile>, path: string, state: StatFacts, digest: string, folder: Folder) {
    this.#all = all;
    this.path = path;
    this.name = fsEncode(path);
    this.state = state;
    this.facts = factsFrom(state, digest);
    this.digest = digest;
    this.memos = new FileMemos(folder);
    this.folder = folder;
    this.usedAt = folder.checkedAt;
  }

  forget(): void {
    if (this.#all.get(this.path) === this) this.#all.delete(this.path);
  }
}

/** @param spare - the spare buffer that has the bytes */
function found({ facts, digest, memos }: CachedFile, bytes: Buffer, spare?: Buffer): Found {
  return { kind: "file", facts, digest, content: new MemoryFile(bytes, spare), memos };
}

/**
 * Returns a file that is read while it is sent.
 *
 * @param isTold - true if its size is correct; otherwise it is sent up to its end
 * @param isStill - true if it is not being changed
 */
function unread(file: FileSource, isTold: boolean, isStill: boolean): Found {
  if (!isTold) {
    const facts = { size: null, modified: null, version: null };
    return { kind: "file", facts, digest: null, content: file.toEnd() };
  }
  const { facts: state } = file;
  const facts = isStill
    ? factsFrom(state, settledVersion(state))
    : { size: state.size, modified: null, version: null };
  return { kind: "file", facts, digest: null, content: file };
}

/**
 * Returns a file that was read, and is not kept.
 *
 * @param state - `null` if its times are useless
 * @param spare - the spare buffer that has the bytes
 */
function unkept(bytes: Buffer, digest: string | null, state: StatFacts | null, spare?: Buffer): Found {
  const version = digest ?? (state === null ? null : settledVersion(state));
  const facts = { size: bytes.length, modified: state?.mtimeMs ?? null, version };
  return { kind: "file", facts, digest, content: new MemoryFile(bytes, spare) };
}

function settledVersion(state: StatFacts): string | null {
  return unsettledFor(state, Date.now()) === 0 ? versionOf(state) : null;
}

function factsFrom({ size, mtimeMs }: StatFacts, version: string | null): FileFacts {
  return { size, modified: mtimeMs, version };
}

function digestOf(bytes: Buffer): string | Promise<string> {
  const crypto = process.getBuiltinModule("node:crypto");
  if (bytes.length < LARGE_DIGEST) return crypto.hash("sha1", bytes, "base64url");
  const digest = crypto.webcrypto.subtle.digest("SHA-1", bytes as Buffer<ArrayBuffer>);
  return digest.then((made) => Buffer.from(made).toString("base64url"));
}
