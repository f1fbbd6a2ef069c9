/**
 * Finding files, with small ones from memory.
 *
 * @module
 */

import { hash } from "node:crypto";
import type { Containment } from "./containment.js";
import { type Cached, FileCache } from "./file-cache.js";
import { type FileFacts, isSameState } from "./file-facts.js";
import { FileNotes } from "./file-notes.js";
import type { FileSource } from "./file-source.js";
import { fsEncode } from "./fs-name.js";
import { type HeldPlace, HeldPlaces } from "./held-place.js";
import { MemoryFile, type ServedFile } from "./memory-file.js";
import { type OpenFailure, openFile, statFile } from "./open-file.js";
import { isSettled } from "./validators.js";

/** How much is kept in memory, in bytes. */
export interface StoreLimits {
  /** Of all files together. */
  readonly all: number;
  /** Of one file. A larger one is read each time, and has no digest. */
  readonly each: number;
}

/** A regular file that was found, to be closed by whoever asked for it. */
export interface FoundFile {
  readonly kind: "file";
  readonly facts: FileFacts;
  /** Of the content, in base64url, where all of it is in memory. */
  readonly digest: string | null;
  readonly content: ServedFile & { window(first: number, length: number): unknown };
  /** What was made of it before, as long as it stays as it is, and in memory. */
  readonly notes: FileNotes;
}

/** What there is by a name. */
export type Found = FoundFile | { readonly kind: "directory" } | OpenFailure;

interface KeptFile extends Cached {
  /** What the system is asked for it by. */
  readonly name: string | Buffer;
  readonly facts: FileFacts;
  readonly bytes: Buffer;
  readonly digest: string;
  readonly notes: FileNotes;
  readonly root: string;
  readonly symlinks: Containment["symlinks"];
  readonly place: HeldPlace;
}

/** What a file takes up beside its content: its name, its facts, its notes. On the large side. */
const OVERHEAD = 2048;

/**
 * Finds files as {@link openFile} does, and keeps small ones in memory. What is kept is checked by one `stat` each time: no byte
 * is ever sent that is not the file's. About once a second it is asked whether its directory is still where it may be.
 */
export class FileStore {
  readonly #kept = new FileCache<KeptFile>();
  readonly #places = new HeldPlaces();
  readonly #clock: () => number;

  /** @param clock - milliseconds that do not go back; a parameter for tests */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  /**
   * Finds what a name leads to.
   *
   * @param path - bytes that are not UTF-8 are escaped as by `fsDecode`
   * @param containment - where it may be
   * @returns never throws for what the file system says
   */
  find(path: string, containment: Containment, limits: StoreLimits): Found {
    return this.#fromMemory(path, containment, limits) ?? this.#open(path, containment, limits);
  }

  #fromMemory(path: string, { root, symlinks }: Containment, { each }: StoreLimits): FoundFile | undefined {
    const kept = this.#kept.get(path);
    // Where the file is was checked for this root and these rules.
    if (kept === undefined || kept.root !== root || kept.symlinks !== symlinks) return undefined;
    if (kept.bytes.length > each) return undefined;
    const now = statFile(kept.name);
    const isSame = now.kind === "file" && isSameState(now.facts, kept.facts);
    if (isSame && kept.place.isHeld(this.#clock())) return foundIn(kept);
    this.#kept.delete(path);
    return undefined;
  }

  #open(path: string, containment: Containment, limits: StoreLimits): Found {
    const opened = openFile(path, containment);
    if (opened.kind !== "file") return opened;
    const { file } = opened;
    const { facts } = file;
    const notes = new FileNotes();
    const bytes = facts.size <= limits.each ? contentOf(file) : undefined;
    if (bytes instanceof Error) return { kind: "unavailable", error: bytes };
    if (bytes === undefined) return { kind: "file", facts, digest: null, content: file, notes };
    const digest = hash("sha1", bytes, "base64url");
    const weight = bytes.length + OVERHEAD;
    const { root, symlinks } = containment;
    const place = this.#places.placeOf(path, { root, symlinks }, this.#clock());
    const name = fsEncode(path);
    const kept = { name, facts, bytes, digest, notes, weight, root, symlinks, place };
    // Of a file that was changed a moment ago, the next change need not show.
    if (isSettled(facts, Date.now())) this.#kept.set(path, kept, limits.all);
    return foundIn(kept);
  }
}

function foundIn({ facts, bytes, digest, notes }: KeptFile): FoundFile {
  return { kind: "file", facts, digest, content: new MemoryFile(bytes), notes };
}

/** All of a file, which is closed then, or why it can't be read; `undefined`, and still open, where it is being changed. */
function contentOf(file: FileSource): Buffer | NodeJS.ErrnoException | undefined {
  try {
    const bytes = file.readAll();
    if (bytes !== undefined) file.close();
    return bytes;
  } catch (error) {
    file.close();
    return error as NodeJS.ErrnoException; // a failing disk: nothing has been sent, so the client can be told
  }
}
