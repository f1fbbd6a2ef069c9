/**
 * Checks that an open file is in the served directory.
 *
 * The system resolves a name at each call, so a name that was checked may be another file when it is opened. So the
 * file is opened first. Then the system reports the path of the open file, which does not change when another file gets
 * the name. On Linux, `/proc/self/fd` has this path. On other systems, the name is resolved before and after, and the
 * file is compared with the open one. The result is wrong only if the name changes three times between four calls.
 *
 * Hard links are not detected: they are names like any other.
 *
 * @module
 */

import * as fs from "node:fs";
import { dirname, normalize, sep } from "node:path";
import { type Awaitable, after } from "../io/awaitable.js";

import { fsEncode } from "./fs-name.js";
import type { Lane } from "./lane.js";
import { cacheOf } from "./memo.js";

/**
 * Symbolic links that are followed: `"all"` of them; `"inside"`, only links that stay inside the directory; or
 * `"none"`. The policy also applies to directories on the path, except the served directory and those above it.
 */
export type SymlinkPolicy = "all" | "inside" | "none";

/** Where files may be. */
export interface Containment {
  /**
   * The served directory. It may be a link whose target changes at any time; then the new target counts.
   *
   * Other paths are not checked: an override of `translate_path` may serve files from another directory.
   */
  readonly root: string;
  /** Links that are followed. */
  readonly symlinks: SymlinkPolicy;
}

/**
 * Returns the place of an open file, which is its path without links.
 *
 * @param fd - its descriptor
 * @param path - the name by which it was opened
 * @returns the path, without a slash at the end. Each character is a byte (latin-1), so that no byte is lost, and
 * comparing is cheap. `undefined` if the path is unknown
 */
export type Locate = (fd: number, path: string) => string | undefined;

/** Only a directory can be the root itself. */
type PlaceKind = "directory" | "file";

/** A served directory: its path as written, and its real path. */
interface Root {
  /** Beginning of the paths below it. */
  readonly prefix: string;
  /** Its path without links, as bytes in latin-1, `""` for `/`; `undefined` if there is none. */
  real: string | undefined;
  /** Time when it was resolved, by `performance.now()`. */
  resolvedAt: number;
}

/**
 * Milliseconds after which a root is resolved again. If a file is outside the cached root, the root is resolved again
 * at once. So a new target of the link is noticed immediately, unless it lies inside the old target.
 */
const RESOLVE_AFTER = 1000;

// A handler may create roots from data of clients.
const rootOf = cacheOf(256, (path: string): Root => {
  return { prefix: prefixOf(path), real: undefined, resolvedAt: Number.NEGATIVE_INFINITY };
});

let hasProc = process.platform === "linux" || process.platform === "android";

/** Result of {@link holdsDescriptor}: `"direct"` if no link led to the file, `true` if a link may have led to it, `false`
 * if the file is outside. */
export type Held = boolean | "direct";

/**
 * Checks that an open file is inside the directory. On Linux, renaming can only cause a wrong `false`.
 *
 * The root is resolved in the thread pool. The place of the open file is read on the calling thread, because Linux has
 * it in memory. `false` may be wrong if the file was moved after it was opened.
 *
 * @param fd - its descriptor
 * @param path - the name by which it was opened, from `translate_path`
 * @param kind - its kind; a FIFO or a device counts as a file
 * @param lane - queue of its device
 * @param locate - function that finds the place; a parameter, so that tests can check the ways of all systems
 */
export function holdsDescriptor(
  { root, symlinks }: Containment,
  fd: number,
  path: string,
  kind: PlaceKind,
  lane: Lane,
  locate: Locate = locateDescriptor,
): Awaitable<Held> {
  if (symlinks === "all") return true;
  const cached = rootOf(root);
  const relative = relativeTo(cached, path);
  if (relative === undefined) return true;
  const isNow = performance.now() - cached.resolvedAt <= RESOLVE_AFTER;
  return after(isNow ? undefined : resolve(cached, root, lane), () => {
    const place = locate(fd, path);
    if (place === undefined) return false;
    const held = heldAt(place, kind, cached, relative, symlinks);
    if (held !== false) return held;
    const before = cached.real;
    return after(resolve(cached, root, lane), () =>
      cached.real === before ? false : heldAt(place, kind, cached, relative, symlinks),
    );
  });
}

/**
 * True if the file with this name is inside the directory. It needs no open file, so it also works for files that can't
 * be opened. The name may belong to another file at any time, so use the result for messages, not for content.
 *
 * @param path - the name. If it can't be resolved, the existing part of it counts
 * @returns `false` for a link without a target, too
 */
export async function holdsName({ root, symlinks }: Containment, path: string, lane: Lane): Promise<boolean> {
  if (symlinks === "all") return true;
  const cached = rootOf(root);
  if (relativeTo(cached, path) === undefined) return true;
  await resolve(cached, root, lane);
  for (let name = withoutEnd(path); ; name = dirname(name)) {
    const relative = relativeTo(cached, name);
    if (relative === undefined) return false;
    const place = await realPath(name, lane);
    if (place !== undefined) return heldAt(place, "directory", cached, relative, symlinks) !== false;
    if (relative === "" || (await isLink(name, lane))) return false;
  }
}

async function resolve(root: Root, path: string, lane: Lane): Promise<void> {
  root.real = await realPath(path || ".", lane);
  root.resolvedAt = performance.now();
}

async function realPath(path: string, lane: Lane): Promise<string | undefined> {
  try {
    const place = await lane.later<Buffer>((done) => fs.realpath.native(fsEncode(path), "buffer", done));
    return withoutEnd(place.toString("latin1"));
  } catch {
    return undefined;
  }
}

/** True if a name is a symbolic link; `false` for a missing file. */
export async function isLink(path: string, lane: Lane): Promise<boolean> {
  const name = fsEncode(path);
  try {
    const stats = lane.isFast
      ? lane.now(() => fs.lstatSync(name))
      : await lane.later<fs.Stats>((done) => fs.lstat(name, done));
    return stats.isSymbolicLink();
  } catch {
    return false;
  }
}

/** Returns the beginning of `join(root, "x")`: without `./`, and empty for the current directory. */
function prefixOf(root: string): string {
  const normal = withoutEnd(normalize(root));
  return normal === "." ? "" : normal + sep;
}

/** Returns the rest of a path below a root, `""` for the root itself; `undefined` for other paths. */
function relativeTo({ prefix }: Root, path: string): string | undefined {
  if (prefix === "") return relativeToHere(path);
  if (path.startsWith(prefix)) return path.slice(prefix.length);
  return path + sep === prefix ? "" : undefined;
}

function relativeToHere(path: string): string | undefined {
  const isElsewhere = path.startsWith(sep) || path === ".." || path.startsWith(`..${sep}`);
  if (isElsewhere || (sep === "\\" && path[1] === ":")) return undefined;
  return path === "." ? "" : path;
}

function heldAt(
  place: string,
  kind: PlaceKind,
  { real }: Root,
  relative: string,
  links: "inside" | "none",
): Held {
  if (real === undefined) return false;
  // Not `place === real` for a file: Linux appends " (deleted)" to the name of a deleted file, and a directory may have
  // that name.
  const isBelow = place.startsWith(real + sep) || (kind === "directory" && place === real);
  if (!isBelow) return false;
  // Nearly all names are plain ASCII.
  const isPlain = place === real + sep + relative && Buffer.byteLength(relative) === relative.length;
  return isPlain || place === real + namesOf(relative) ? "direct" : links === "inside";
}

/**
 * Normalizes a relative path. If no link led to a file, its place has this path below the root. Each character is a
 * byte.
 */
function namesOf(relative: string): string {
  const names = withoutEnd(normalize(sep + relative));
  return Buffer.from(fsEncode(names)).toString("latin1");
}

function withoutEnd(path: string): string {
  return path.endsWith(sep) || path.endsWith("/") ? path.slice(0, -1) : path;
}

/** Returns the place of an open file, in the best way for this system. */
export function locateDescriptor(fd: number, path: string): string | undefined {
  if (!hasProc) return locateByName(fd, path);
  try {
    return withoutEnd(fs.readlinkSync(`/proc/self/fd/${fd}`, "latin1"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") return undefined;
    hasProc = false; // /proc is not mounted, as in some containers
    return locateByName(fd, path);
  }
}

/** Returns the place of an open file on other systems: the resolved name, if that is the same file. */
export function locateByName(fd: number, path: string): string | undefined {
  const place = realPathOf(path);
  if (place === undefined) return undefined;
  try {
    const open = fs.fstatSync(fd, { bigint: true });
    const there = fs.lstatSync(Buffer.from(place || sep, "latin1"), { bigint: true });
    return open.ino === there.ino && open.dev === there.dev && realPathOf(path) === place ? place : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Returns a name that reads a directory through its descriptor: it leads to the opened directory, even if another has
 * its old name now.
 *
 * @returns `undefined` if the system has no such names
 */
export function nameOfDescriptor(fd: number): string | undefined {
  const name = `/proc/self/fd/${fd}`;
  return hasProc && fs.existsSync(name) ? name : undefined;
}

function realPathOf(path: string): string | undefined {
  try {
    return withoutEnd(fs.realpathSync.native(fsEncode(path), "buffer").toString("latin1"));
  } catch {
    return undefined;
  }
}
