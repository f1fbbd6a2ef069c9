/**
 * Facts about a file that are known without reading it.
 *
 * @module
 */

import type { Stats } from "node:fs";

/**
 * Facts that distinguish one state of a file from another.
 *
 * All of them are plain numbers. The times have a resolution of a quarter of a microsecond. That is shorter than the
 * time between two changes with a check in between, so a `bigint` would not help.
 */
export interface StatFacts {
  /** Bytes. */
  readonly size: number;
  /**
   * Time of the last modification, in milliseconds since the epoch, with a fraction. Everybody who may write to the
   * file can set it.
   */
  readonly mtimeMs: number;
  /**
   * Time of the last change of content, name, owner or mode, in milliseconds since the epoch, with a fraction. Unlike
   * {@link mtimeMs}, it can't be set, so a replaced or secretly changed file has another.
   */
  readonly ctimeMs: number;
  /** The device that the file is on. */
  readonly dev: number;
  /** The inode number on its device. Hard links to one file have the same number. */
  readonly ino: number;
}

/**
 * Extracts the facts about the content from the system's answer.
 *
 * @param stats - of `fs.stat`, `fs.fstat` or `fs.lstat`
 */
export function factsOf(stats: Stats): StatFacts {
  const { size, mtimeMs, ctimeMs, dev, ino } = stats;
  return { size, mtimeMs, ctimeMs, dev, ino };
}

/**
 * True if two sets of facts describe the same content.
 *
 * @param a - earlier facts
 * @param b - later facts
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
