/**
 * What is known of a file without reading it.
 *
 * @module
 */

import type { Stats } from "node:fs";

/**
 * What tells one state of a file from another.
 *
 * All of them are plain numbers. The times have a resolution of a quarter of a microsecond, which is finer than any two
 * changes can follow each other with a look at the file between them; a `bigint` would say no more.
 */
export interface StatFacts {
  /** Bytes. */
  readonly size: number;
  /** Time of the last modification, in milliseconds since the epoch, with a fraction. Anybody who may write can set it. */
  readonly mtimeMs: number;
  /**
   * Time of the last change of content, name, owner or mode, in milliseconds since the epoch, with a fraction. Unlike
   * {@link mtimeMs} it can't be set, so a file that was replaced or changed in secret has another.
   */
  readonly ctimeMs: number;
  /** The device that the file is on. */
  readonly dev: number;
  /** The file's number on its device. Names that are hard links to one file have the same. */
  readonly ino: number;
}

/**
 * Takes from the answer of the system what is a fact about the content.
 *
 * @param stats - of `fs.stat`, `fs.fstat` or `fs.lstat`
 */
export function factsOf(stats: Stats): StatFacts {
  const { size, mtimeMs, ctimeMs, dev, ino } = stats;
  return { size, mtimeMs, ctimeMs, dev, ino };
}

/**
 * True if two looks at a file, or at a name, saw the same content.
 *
 * @param a - an earlier look
 * @param b - a later one
 * @returns `false` if the file was changed or replaced between them. A change within the file system's clock tick (up to
 *   10 ms, and a second or two on old file systems) is not seen if it left the size as it was
 */
export function isSameState(a: StatFacts, b: StatFacts): boolean {
  return (
    a.ino === b.ino &&
    a.dev === b.dev &&
    a.size === b.size &&
    a.mtimeMs === b.mtimeMs &&
    a.ctimeMs === b.ctimeMs
  );
}
