/**
 * From the target of a request to the names that lead to a file, strictly.
 *
 * Text in, a value out: no file is looked at. What the names then lead to, by symbolic links, is for `containment` to say.
 *
 * @module
 */

import { type DotFiles, isShownName } from "./hidden-name.js";
import { decodePath, hasTrailingSlash, splitTarget } from "./url-path.js";
import { isUnsafeOnWindows } from "./windows-name.js";

/** Why a path is not looked up. */
export type PathRefusal =
  /** A slash that is written as `%2F` in the middle of a path. */
  | "separator"
  /** A backslash that is not encoded. */
  | "backslash"
  /** A NUL, however it is written. */
  | "nul"
  /** More `..` than names before them. */
  | "above-root"
  /** A name that begins with a dot. */
  | "hidden"
  /** A name that this system would read as another. */
  | "unsafe-name";

/**
 * What a path says. A `refused` one is answered like a missing one, by 404: the grammar of a target is checked by the core,
 * which answers 400, and what is left here is a path that is no file's.
 */
export type ResolvedPath =
  | {
      readonly kind: "path";
      /** The names that lead to the file from the served directory; `[]` for that itself. None is `""`, `.` or `..`. */
      readonly segments: readonly string[];
      /** True if it ends in a slash, which may be written as `%2F`: a file is not to be found by it. */
      readonly asksForDirectory: boolean;
    }
  | { readonly kind: "refused"; readonly reason: PathRefusal };

/** What {@link resolveUrlPath} is told. */
export interface ResolveOptions {
  /** Which names that begin with a dot may be asked for; `.well-known` always may. */
  readonly dotfiles: DotFiles;
  /** Whose rules for names apply; a parameter so that each system's can be tested on every other. */
  readonly platform?: NodeJS.Platform;
}

/**
 * Resolves a target to names, each of which is decoded exactly once, after the path was cut at its slashes.
 *
 * - `..` goes back one name, as in Python, and so does `%2e%2e`. One that would lead above the root is refused; Python
 *   leaves it out. Clients resolve such paths before they ask, so only who searches for holes sends one.
 * - A `%2F` is refused but at the end of the path, where it asks for a directory (gh-134098): what has decided by the
 *   encoded path who may see `/private/`, a proxy say, would not have seen `/x%2F..%2Fprivate/`.
 * - A backslash is refused as it is: no URI has one (RFC 3986 §2), and what sends it takes it for a slash. `%5C` is part of
 *   a name, as any character but the slash is where names are bytes; on Windows it is refused, too.
 * - What is not UTF-8 stays the bytes that it is, as `fsDecode` keeps them: a file may be called so. An overlong slash or
 *   dot (`%C0%AF`, `%C0%AE`) is two such bytes and nothing more, since nothing decodes them again. Nor is `%zz` anything.
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
 * Most paths: letters, digits and a few other characters, and no name that begins with a dot. There is nothing in them to decode or
 * to refuse, but on Windows, where some such names are devices.
 */
const PLAIN_PATH = /^(?:\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+\/?$/;

function plainPath(path: string): ResolvedPath {
  const asksForDirectory = path.endsWith("/");
  const segments = path.slice(1, asksForDirectory ? -1 : undefined).split("/");
  return { kind: "path", segments, asksForDirectory };
}

/** Goes one name further, or back. */
function step(segments: string[], name: string, platform: NodeJS.Platform): PathRefusal | undefined {
  if (name === "" || name === ".") return undefined;
  if (name === "..") return segments.pop() === undefined ? "above-root" : undefined;
  const refusal = refusalOf(name, platform);
  if (refusal === undefined) segments.push(name);
  return refusal;
}

function refusalOf(name: string, platform: NodeJS.Platform): PathRefusal | undefined {
  if (name.includes("/")) return "separator";
  if (name.includes("\0")) return "nul"; // would end the name early, or throw, in the system's calls
  return platform === "win32" && isUnsafeOnWindows(name) ? "unsafe-name" : undefined;
}

function withoutLastSlash(path: string): string {
  if (!hasTrailingSlash(path)) return path;
  return path.slice(0, path.endsWith("/") ? -1 : -3);
}

function refused(reason: PathRefusal): ResolvedPath {
  return { kind: "refused", reason };
}
