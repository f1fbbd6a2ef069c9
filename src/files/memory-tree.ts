/**
 * A tree of files in memory.
 *
 * @module
 */

import { sep } from "node:path";
import { inspect } from "node:util";
import { asBuffer, brief, isBytes, isValidDate, MemoryFile } from "./content.js";
import { type FileFacts, FileMemos, type FileTree, type Found, type Listed } from "./file-tree.js";
import type { ListingEntry } from "./listing.js";

interface Leaf {
  readonly bytes: Buffer;
  readonly facts: FileFacts;
  readonly memos: FileMemos;
}

type Branch = Map<string, Leaf | Branch>;

const MISSING = { kind: "missing" } as const;
const DIRECTORY = { kind: "directory" } as const;

/**
 * A tree of files in memory: generated pages, assets of a single executable, or fixtures of a test.
 *
 * A directory exists as long as it contains a file.
 *
 * @example
 * const tree = new MemoryTree({ "index.html": "<h1>Hello</h1>", "style/site.css": "h1 { color: teal }" });
 * tree.set("news.html", "<h1>News</h1>");
 */
export class MemoryTree implements FileTree {
  readonly root = "/";
  readonly #files: Branch = new Map();

  /**
   * @param files - content by path, as for {@link set}
   * @param modified - time of the last modification of all files. Default: now
   */
  constructor(
    files:
      | Readonly<Record<string, string | Uint8Array>>
      | Iterable<readonly [string, string | Uint8Array]> = {},
    modified: Date = new Date(),
  ) {
    if (typeof files !== "object" || files === null)
      throw new TypeError(`The files must be an object or pairs of path and content, not ${brief(files)}.`);
    const entries = Symbol.iterator in files ? files : Object.entries(files);
    for (const entry of entries) {
      if (!Array.isArray(entry))
        throw new TypeError(`An entry must be an array of path and content, not ${brief(entry)}.`);
      const [path, content] = entry as readonly [string, string | Uint8Array];
      this.set(path, content, modified);
    }
  }

  /**
   * Adds a file, or replaces one.
   *
   * @param path - `a/b.html`, with or without a leading slash
   * @param content - text, which is kept as UTF-8, or bytes, which are not copied and must not change
   * @param modified - time of the last modification. Default: now
   * @returns this tree
   * @throws `TypeError` for a path with an empty name, `.` or `..`, for a path through a file, and for an argument of
   *   another type
   */
  set(path: string, content: string | Uint8Array, modified: Date = new Date()): this {
    if (!isBytes(content))
      throw new TypeError(`The content of ${inspect(path)} must be text or bytes, not ${brief(content)}.`);
    if (!isValidDate(modified))
      throw new TypeError(`The time of ${inspect(path)} must be a valid Date, not ${inspect(modified)}.`);
    const names = namesOf(path);
    const name = names.pop();
    if (name === undefined || [...names, name].some((each) => each === "" || each === "." || each === ".."))
      throw new TypeError(
        `A path must be names with slashes between them, such as "a/b.html", not ${JSON.stringify(path)}.`,
      );
    let branch = this.#files;
    for (const each of names) branch = branchIn(branch, each, path);
    if (branch.get(name) instanceof Map)
      throw new TypeError(`${JSON.stringify(path)} is a directory, because it has files in it.`);
    const bytes = asBuffer(content);
    const version = process.getBuiltinModule("node:crypto").hash("sha1", bytes, "base64url");
    branch.set(name, {
      bytes,
      facts: { size: bytes.length, modified: modified.getTime(), version },
      memos: new FileMemos(),
    });
    return this;
  }

  /**
   * Removes a file, or a directory with all its files.
   *
   * @param path - as for {@link set}
   * @returns true if there was one
   */
  delete(path: string): boolean {
    return deleteIn(this.#files, namesOf(path));
  }

  find(path: string): Found {
    const node = this.#at(path);
    if (node === undefined) return MISSING;
    if (node instanceof Map) return DIRECTORY;
    if (path.endsWith("/")) return MISSING; // a path with a final slash must not find a file
    return { kind: "file", facts: node.facts, content: new MemoryFile(node.bytes), memos: node.memos };
  }

  list(path: string): Listed {
    const node = this.#at(path);
    if (!(node instanceof Map)) return MISSING;
    return [...node].map(([name, child]) => entryOf(name, child));
  }

  #at(path: string): Leaf | Branch | undefined {
    let node: Leaf | Branch | undefined = this.#files;
    for (const name of namesOf(path)) {
      if (!(node instanceof Map)) return undefined;
      node = node.get(name);
    }
    return node;
  }
}

/** Returns the names of a path. */
function namesOf(path: string): string[] {
  if (typeof path !== "string") throw new TypeError(`A path must be text, not ${brief(path)}.`);
  const slashed = sep === "/" ? path : path.replaceAll(sep, "/");
  const inner = slashed.replace(/^\/|\/$/g, "");
  return inner === "" ? [] : inner.split("/");
}

function branchIn(branch: Branch, name: string, path: string): Branch {
  const known = branch.get(name);
  if (known instanceof Map) return known;
  if (known !== undefined)
    throw new TypeError(`${JSON.stringify(path)} leads through ${JSON.stringify(name)}, which is a file.`);
  const made: Branch = new Map();
  branch.set(name, made);
  return made;
}

function deleteIn(branch: Branch, [name = "", ...below]: readonly string[]): boolean {
  const child = branch.get(name);
  if (below.length === 0) return branch.delete(name);
  if (!(child instanceof Map) || !deleteIn(child, below)) return false;
  if (child.size === 0) branch.delete(name); // an empty directory is removed too
  return true;
}

function entryOf(name: string, node: Leaf | Branch): ListingEntry {
  if (node instanceof Map) return { name, kind: "directory", isSymbolicLink: false, size: null, mtime: null };
  const { size, modified } = node.facts;
  return { name, kind: "file", isSymbolicLink: false, size, mtime: modified };
}
