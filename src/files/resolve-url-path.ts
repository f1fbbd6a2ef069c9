/**
 * Converts the target of a request to the names that lead to a file, strictly.
 *
 * It is a pure function, and accesses no file. `containment` checks the targets of symbolic links.
 *
 * @module
 */

import { join, sep } from "node:path";
import { pathMatcher } from "./glob.js";
import { memo } from "./memo.js";
import { decodePath, hasTrailingSlash, isUnsafeOnWindows, splitTarget } from "./url-path.js";

/** Reasons to refuse a path. */
export type PathRefusal =
  /** `%2F`, an encoded slash, in the middle of a path. */
  | "separator"
  /** A backslash that is not encoded. */
  | "backslash"
  /** A NUL in any form. */
  | "nul"
  /** More `..` than names before them. */
  | "above-root"
  /** A name that begins with a dot. */
  | "hidden"
  /** A name that this system would interpret as another. */
  | "unsafe-name";

/**
 * Result of resolving a path. A `refused` path gets 404, like a missing file. (The core has already answered a
 * malformed target with 400.)
 */
export type ResolvedPath =
  | {
      readonly kind: "path";
      /** Names from the served directory to the file; `[]` for the directory itself. No name is `""`, `.` or `..`. */
      readonly segments: readonly string[];
      /** True if it ends in a slash or `%2F`: it must not find a file. */
      readonly asksForDirectory: boolean;
    }
  | { readonly kind: "refused"; readonly reason: PathRefusal };

/** Options of {@link resolveUrlPath}. */
export interface ResolveOptions {
  /** Names with a leading dot that clients may request; `.well-known` is always allowed. */
  readonly dotfiles: DotFiles;
  /**
   * Platform whose rules for names apply. It is a parameter so that tests can check each platform's rules on every
   * other.
   */
  readonly platform?: NodeJS.Platform;
}

/**
 * Resolves a target to names. The path is split at its slashes, and then each name is decoded exactly once.
 *
 * - `..` goes back one name, as in Python, and so does `%2e%2e`. If it would lead above the root, it is refused; Python
 *   leaves it out. Clients resolve such paths themselves, so only attackers send them.
 * - A `%2F` is refused, except at the end of the path, where it means a directory (gh-134098). Otherwise, a proxy that
 *   protects `/private/` by the encoded path would not notice `/x%2F..%2Fprivate/`.
 * - A backslash is refused: no URI contains one (RFC 3986 §2), and a client that sends it means a slash. `%5C` is part
 *   of a name, except on Windows, where it is refused too.
 * - Bytes that are not UTF-8 are kept, as by `fsDecode`, because names of files can contain them. An overlong slash or
 *   dot (`%C0%AF`, `%C0%AE`) is just two such bytes, because nothing decodes them again. `%zz` has no meaning either.
 *
 * @param target - the target as it was received, with its query
 * @example
 * resolveUrlPath("/a/./b/../c%20d/?x", { dotfiles: false }); // segments ["a", "c d"], asksForDirectory
 */
export function resolveUrlPath(
  target: string,
  { dotfiles, platform = process.platform }: ResolveOptions,
): ResolvedPath {
  if (PLAIN_PATH.test(target) && platform !== "win32") return plainPath(target);
  const { path } = splitTarget(target);
  if (path.includes("\\")) return refused("backslash");
  const segments: string[] = [];
  for (const encoded of withoutLastSlash(path).split("/")) {
    const refusal = step(segments, decodePath(encoded), platform);
    if (refusal !== undefined) return refused(refusal);
  }
  const isShown = (name: string, depth: number) =>
    isShownName(name, depth === 0 ? "root" : "below", dotfiles);
  if (!segments.every(isShown)) return refused("hidden");
  return { kind: "path", segments, asksForDirectory: hasTrailingSlash(path) };
}

/**
 * Matches most paths: letters, digits and a few other characters, and no name that begins with a dot. They need no
 * decoding and no refusal, except on Windows, where some of these names are devices.
 */
const PLAIN_PATH = /^(?:\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+\/?$/;

function plainPath(path: string): ResolvedPath {
  const asksForDirectory = path.endsWith("/");
  const segments = path.slice(1, asksForDirectory ? -1 : undefined).split("/");
  return { kind: "path", segments, asksForDirectory };
}

/** Adds one name, or removes the last one for `..`. */
function step(segments: string[], name: string, platform: NodeJS.Platform): PathRefusal | undefined {
  if (name === "" || name === ".") return undefined;
  if (name === "..") return segments.pop() === undefined ? "above-root" : undefined;
  const refusal = refusalOf(name, platform);
  if (refusal === undefined) segments.push(name);
  return refusal;
}

function refusalOf(name: string, platform: NodeJS.Platform): PathRefusal | undefined {
  if (name.includes("/")) return "separator";
  if (name.includes("\0")) return "nul"; // would end the name early in system calls, or be an error
  return platform === "win32" && isUnsafeOnWindows(name) ? "unsafe-name" : undefined;
}

function withoutLastSlash(path: string): string {
  if (!hasTrailingSlash(path)) return path;
  return path.slice(0, path.endsWith("/") ? -1 : -3);
}

function refused(reason: PathRefusal): ResolvedPath {
  return { kind: "refused", reason };
}

/** Returns the beginning of the paths of a directory's entries. */
const prefixOf = memo((directory: string) => join(directory, "x").slice(0, -1));

/**
 * Returns `join(directory, ...segments)`. No segment may be empty, `.` or `..`, or contain a separator. So only the
 * directory must be normalised, and its result is cached, because it is usually the same as for the last request.
 */
export function joinBelow(directory: string, segments: readonly string[]): string {
  if (segments.length === 0) return join(directory);
  return prefixOf(directory) + segments.join(sep);
}

/** Names with a leading dot that are shown: all, none, or those that match a pattern: `[".z*", ".treeinfo"]`. */
export type DotFiles = boolean | readonly string[];

/** Place of a name: `root` is the served directory itself, `below` is a directory below it. */
export type NamePlace = "root" | "below";

/** A public name, although it begins with a dot (RFC 8615). */
const WELL_KNOWN = ".well-known";

// HFS+ ignores invisible characters: for it, "\u200c.git" is ".git" (CVE-2014-9390).
const BEGINS_WITH_DOT = /^[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]*\./;

/**
 * True if a name begins with a dot: `.git`, `.env`, `.htpasswd` and similar files, which often contain secrets. The
 * only exception is `.well-known` directly in the served directory.
 *
 * Requests (see `resolveUrlPath`) and listings use the same rule, so that both hide the same names.
 *
 * @param name - a single name, decoded
 * @param place - place of the name
 */
export function isHiddenName(name: string, place: NamePlace): boolean {
  return BEGINS_WITH_DOT.test(name) && !(place === "root" && name === WELL_KNOWN);
}

/**
 * True if a name is served and listed: it is not hidden, or is an exception.
 *
 * @param dotfiles - names with a leading dot that are served
 */
export function isShownName(name: string, place: NamePlace, dotfiles: DotFiles): boolean {
  return dotfiles === true || !isHiddenName(name, place) || (dotfiles !== false && matcherOf(dotfiles)(name));
}

const matcherOf = memo(pathMatcher);
