/**
 * Where files are found: a directory, memory, an archive.
 *
 * @module
 */

import type { Content, OpenContent } from "./content.js";
import type { FileNotes } from "./file-notes.js";
import type { ListingEntry } from "./listing.js";
import type { OpenFailure } from "./open-file.js";

/** What is known of a file, beside its content. */
export interface FileFacts {
  /** Bytes; `null` where only the end of the content tells. */
  readonly size: number | null;
  /** Time of the last modification, in milliseconds since the epoch; `null` where nobody knows, and then no date is sent. */
  readonly modified: number | null;
  /**
   * What is another text for each other content of the same name: a digest, a number of a revision. Letters, digits and the like: it
   * becomes the entity tag. `null` where two contents can't be told apart, and then no tag is sent.
   */
  readonly version: string | null;
}

/** A file that was found. */
export interface TreeFile {
  /** Always `"file"`. */
  readonly kind: "file";
  /** The known facts. */
  readonly facts: FileFacts;
  /** All of it. Content that has `close` is closed by whoever asked for the file. */
  readonly content: Content | OpenContent;
  /** SHA-1 of the content in base64url, where a {@link Directory} has all of it in memory. */
  readonly digest?: string | null;
  /**
   * What was made of the file before. A tree that keeps it with the file spares the making.
   *
   * @internal
   */
  readonly notes?: FileNotes;
}

/** What a tree has by a name. */
export type Found =
  | TreeFile
  | {
      /** There are files below it. */
      readonly kind: "directory";
    }
  | OpenFailure;

/** The entries of a directory in any order, or why it can't be listed. */
export type Listed = Iterable<ListingEntry> | AsyncIterable<ListingEntry> | OpenFailure;

/**
 * A tree of files that can be served: `static tree`, or `handler_args: { tree }`.
 *
 * Paths begin with {@link FileTree.root}, and names in them are separated by slashes. None is `.` or `..`.
 */
export interface FileTree {
  /** The path of the tree itself, which those of its files begin with. `/` if it is left out. */
  readonly root?: string;
  /**
   * Finds what there is by a path.
   *
   * @param path - ends in a slash where the URL does; a file is not to be found by such a path
   * @returns never throws for what is expected: `{ kind: "missing" }` is 404, `{ kind: "forbidden" }` 403,
   *   `{ kind: "unavailable", error }` 503
   */
  find(path: string): Found | PromiseLike<Found>;
  /**
   * Says what is known of a file without opening it. Called for files that may hold coded content of another, `app.js.br`. By default
   * they are found and closed.
   *
   * @param path - of a file
   * @returns `null` for what is no file
   */
  look?(path: string): FileFacts | null | PromiseLike<FileFacts | null>;
  /**
   * Lists a directory, which {@link FileTree.find} has found. A tree without it has no listings.
   *
   * @param path - ends in a slash
   * @returns its entries in any order, or why it can't be listed
   */
  list?(path: string): Listed | PromiseLike<Listed>;
}
