/**
 * True if what was opened lies in the served directory.
 *
 * A name is resolved by the system anew at each call, so what was checked by name may be another file when it is opened.
 * Here it is the other way round: the file is opened first, and then the descriptor is asked where it is, which no
 * renaming can change. On Linux `/proc/self/fd` answers that. Elsewhere the name is resolved, before and after the file
 * there is compared with the open one; for that to go wrong, the name has to be changed three times between four calls.
 *
 * A hard link is as good a name of a file as any other: those are not looked for.
 *
 * @module
 */

import * as fs from "node:fs";
import { dirname, normalize, sep } from "node:path";

import { fsEncode } from "./fs-name.js";
import type { Lane } from "./lane.js";

/**
 * Which symbolic links are followed: `"all"`, also those that lead out of the directory; `"inside"`, those that don't;
 * `"none"`. It counts for the directories on the way, too, but not for the served directory and what is above it.
 */
export type SymlinkPolicy = "all" | "inside" | "none";

/** Where files may be. */
export interface Containment {
  /**
   * The served directory. It may be a link, and may be led elsewhere at any time: then the new directory counts.
   *
   * A path that does not begin with it is not checked: whoever overrides `translate_path` to serve files from elsewhere
   * means it.
   */
  readonly root: string;
  /** Which links are followed. */
  readonly symlinks: SymlinkPolicy;
}

/**
 * Tells where an open file is.
 *
 * @param fd - its descriptor
 * @param path - the name by which it was opened
 * @returns its path without links and without a slash at the end, as bytes in latin-1: no byte is lost, and comparing is
 *   cheap. `undefined` if it can't be told
 */
export type Locate = (fd: number, path: string) => string | undefined;

/** Only a directory can be the root itself. */
type PlaceKind = "directory" | "file";

/** A served directory, as it is written and as it is. */
interface Root {
  /** What the paths below it begin with. */
  readonly prefix: string;
  /** Its path without links, as bytes in latin-1, `""` for `/`; `undefined` if there is none. */
  real: string | undefined;
  /** When that was found out, by `performance.now()`. */
  resolvedAt: number;
}

/**
 * Milliseconds after which a root is resolved again. A file outside of the known root has it resolved at once, so a
 * deployment that leads it elsewhere is served at once; this is for one that leads it to a part of where it was.
 */
const RESOLVE_AFTER = 1000;

/** How many roots are known at a time: a handler may make them of what clients send. */
const MAX_ROOTS = 256;

const roots = new Map<string, Root>();

let hasProc = process.platform === "linux" || process.platform === "android";

/**
 * True if an open file is where it may be. Nothing that is done to names can make a wrong `true` of this on Linux.
 *
 * Where the root is, is asked in the thread pool. The descriptor is asked on the calling thread, where Linux answers from memory. `false` may
 * be wrong for a file that was moved after it was opened.
 *
 * @param fd - its descriptor
 * @param path - the name by which it was opened, as `translate_path` made it
 * @param kind - what it is; a FIFO or a device is a file here
 * @param lane - of its device
 * @param locate - a parameter so that each system's way can be tested on every other
 */
export async function holdsDescriptor(
  containment: Containment,
  fd: number,
  path: string,
  kind: PlaceKind,
  lane: Lane,
  locate: Locate = locateDescriptor,
): Promise<boolean> {
  const { root, symlinks } = containment;
  if (symlinks === "all") return true;
  const known = roots.get(root) ?? newRoot(root);
  const relative = relativeTo(known, path);
  if (relative === undefined) return true;
  if (performance.now() - known.resolvedAt > RESOLVE_AFTER) await resolve(known, root, lane);
  const place = locate(fd, path);
  if (place === undefined) return false;
  if (isAllowed(place, kind, known, relative, symlinks)) return true;
  const before = known.real;
  await resolve(known, root, lane);
  return known.real !== before && isAllowed(place, kind, known, relative, symlinks);
}

/**
 * True if a name leads to where a file may be, for what can't be opened. By name, so it can be raced: good enough for
 * what to say about a file, and not for its content.
 *
 * @param path - the name; of one that can't be resolved, the part that can
 * @returns `false` also for a link that leads nowhere
 */
export async function holdsName({ root, symlinks }: Containment, path: string, lane: Lane): Promise<boolean> {
  if (symlinks === "all") return true;
  const known = roots.get(root) ?? newRoot(root);
  if (relativeTo(known, path) === undefined) return true;
  await resolve(known, root, lane);
  for (let name = withoutEnd(path); ; name = dirname(name)) {
    const relative = relativeTo(known, name);
    if (relative === undefined) return false;
    const place = await realPath(name, lane);
    if (place !== undefined) return isAllowed(place, "directory", known, relative, symlinks);
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

/** True if a name is that of a symbolic link; `false` for what is not there. */
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

function newRoot(path: string): Root {
  if (roots.size === MAX_ROOTS) roots.clear();
  const root: Root = { prefix: prefixOf(path), real: undefined, resolvedAt: Number.NEGATIVE_INFINITY };
  roots.set(path, root);
  return root;
}

/** As `join(root, "x")` begins: it leaves out `./`, and makes nothing of the current directory. */
function prefixOf(root: string): string {
  const normal = withoutEnd(normalize(root));
  return normal === "." ? "" : normal + sep;
}

/** The rest of a path below a root, `""` for the root itself; `undefined` for a path that is written as another. */
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

function isAllowed(
  place: string,
  kind: PlaceKind,
  root: Root,
  relative: string,
  links: "inside" | "none",
): boolean {
  const { real } = root;
  if (real === undefined) return false;
  // Not `place === real` for a file: Linux puts " (deleted)" behind the name of one, and a directory may be called so.
  const isBelow = place.startsWith(real + sep) || (kind === "directory" && place === real);
  return isBelow && (links === "inside" || place === real + namesOf(relative));
}

/** A relative path as it follows that of the root, if there is no link on the way: in bytes, as a place is. */
function namesOf(relative: string): string {
  const names = withoutEnd(normalize(sep + relative));
  return Buffer.from(fsEncode(names)).toString("latin1");
}

function withoutEnd(path: string): string {
  return path.endsWith(sep) || path.endsWith("/") ? path.slice(0, -1) : path;
}

/** Where an open file is, in the best way that the system has. */
export function locateDescriptor(fd: number, path: string): string | undefined {
  if (!hasProc) return locateByName(fd, path);
  try {
    return withoutEnd(fs.readlinkSync(`/proc/self/fd/${fd}`, "latin1"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") return undefined;
    hasProc = false; // it isn't mounted, as in some containers
    return locateByName(fd, path);
  }
}

/** Where an open file is, on systems that don't tell: where its name leads, if that is the same file. */
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
 * A name by which a directory is read through its descriptor: it leads to the directory that was opened, whatever has its
 * old name now.
 *
 * @returns `undefined` where there are no such names
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
