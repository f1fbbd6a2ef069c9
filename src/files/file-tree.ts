/**
 * Trees of files: a directory, memory, an archive.
 *
 * @module
 */

import type { FieldBlock } from "../http1/response-head.js";
import type { ContentCoding } from "./accept.js";
import type { CodedVariant, ContentCodings } from "./coded-variant.js";
import type { Content, OpenContent } from "./content.js";
import type { Representation } from "./content-reply.js";
import type { EntityTag } from "./entity-tag.js";
import type { ListingEntry } from "./listing.js";
import type { OpenFailure } from "./open-file.js";

/** Facts about a file, besides its content. */
export interface FileFacts {
  /** Size in bytes; `null` if it is unknown before the end. */
  readonly size: number | null;
  /** Time of the last modification, in milliseconds since the epoch; `null` if it is unknown; then no date is sent. */
  readonly modified: number | null;
  /**
   * A text that changes whenever the content changes: a digest, or a revision number. It becomes the entity tag, so use
   * letters and digits. `null` if you can't tell whether the content has changed; then no tag is sent.
   */
  readonly version: string | null;
}

/** A file that was found. */
export interface TreeFile {
  /** Always `"file"`. */
  readonly kind: "file";
  /** The known facts. */
  readonly facts: FileFacts;
  /** The content. If it has `close`, as a `FileHandle` has, the caller of {@link FileTree.find} closes it. */
  readonly content: Content | OpenContent;
  /** SHA-1 of the content in base64url, if a {@link Directory} has it in memory. */
  readonly digest?: string | null;
  /**
   * Results that were computed for earlier requests of the file. A tree can keep them with the file, to save the work.
   *
   * @internal
   */
  readonly memos?: FileMemos;
}

/** Result of a look-up in a tree. */
export type Found =
  | TreeFile
  | {
      /** A directory, with files below it. */
      readonly kind: "directory";
    }
  | OpenFailure;

/** The entries of a directory in any order, or the reason why it can't be listed. */
export type Listed = Iterable<ListingEntry> | AsyncIterable<ListingEntry> | OpenFailure;

/**
 * A tree of files that can be served: `static tree`, or `handler_args: { tree }`.
 *
 * Paths begin with {@link FileTree.root}. Slashes separate their names. No name is `.` or `..`.
 */
export interface FileTree {
  /** The path of the tree itself. Paths of its files begin with it. Default `/`. */
  readonly root?: string;
  /**
   * Finds the file or directory of a path.
   *
   * @param path - with a final slash if the URL has one; such a path must not find a file
   * @returns the file or directory, or the reason: `{ kind: "missing" }` is 404, `{ kind: "forbidden" }` 403,
   *   `{ kind: "unavailable", error }` 503. Don't throw for these
   */
  find(path: string): Found | PromiseLike<Found>;
  /**
   * Returns the facts of a file without opening it. Called for possible precompressed files such as `app.js.br`.
   * Without it, pyserve calls `find` and closes the file.
   *
   * @param path - the path of a file
   * @returns `null` if it is not a file
   */
  look?(path: string): FileFacts | null | PromiseLike<FileFacts | null>;
  /**
   * Lists a directory that {@link FileTree.find} has found. A tree without it has no listings.
   *
   * @param path - with a final slash
   * @returns its entries in any order, or the reason why it can't be listed
   */
  list?(path: string): Listed | PromiseLike<Listed>;
}

/** A header that was sent for a file, without the fields that every response has. */
export interface PreparedHead {
  /** The representation. */
  readonly of: Representation;
  readonly date: string | null;
  readonly block: FieldBlock;
}

/** The names in a folder. */
export interface NamesOfFolder {
  /** Number of times that a change of the names was noticed. `NaN` if the names are not checked. */
  readonly changes: number;
}

/** Results that were computed for a file. They are valid while the file is unchanged. */
export class FileMemos {
  /** Existing files with its coded content, and the time of the look-up in milliseconds since the epoch. */
  variants: readonly CodedVariant[] = [];
  variantsAt = Number.NEGATIVE_INFINITY;
  /** Value of {@link NamesOfFolder.changes} before that look-up. `NaN` if changes elsewhere count, too. */
  variantsOf = Number.NaN;
  readonly folder: NamesOfFolder;
  /** The coding of the file itself, and the patterns that determined it. */
  coding: ContentCoding | null = null;
  codings: ContentCodings | undefined;
  /** For content coded by zstd: true if browsers can decode it. */
  isDecodable: boolean | undefined;
  /** The SHA-256 of the content in base64, if it was needed. */
  sha256: string | undefined;
  /** The last value of `Last-Modified`. */
  date: { readonly seconds: number; readonly text: string } | undefined;
  /** The last entity tag that was checked and sent. */
  tag: EntityTag | undefined;
  /**
   * The last header of a whole file, and that of a 304. (V8 would allocate an array of 304 places for a property
   * `304`.)
   */
  whole: PreparedHead | undefined;
  unchanged: PreparedHead | undefined;

  constructor(folder: NamesOfFolder = UNKNOWN_NAMES) {
    this.folder = folder;
  }
}

const UNKNOWN_NAMES: NamesOfFolder = { changes: Number.NaN };
