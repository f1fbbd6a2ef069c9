/**
 * State that the handlers of one class and one `handler_args` share.
 *
 * @module
 */

import { type Awaitable, after } from "../io/awaitable.js";
import type { ContentCoding } from "./accept.js";
import { type ContentCodings, codingsOf } from "./coded-variant.js";
import type { SymlinkPolicy } from "./containment.js";
import type { OpenContent } from "./content.js";
import { sha256Of } from "./digest-fields.js";
import { Directory } from "./directory.js";
import { FileCache } from "./file-cache.js";
import type { TreeFile } from "./file-tree.js";
import { type PathMatcher, pathMatcher } from "./glob.js";
import { cacheOf, memo } from "./memo.js";

/** Number of cached directories: a handler may choose one for each request. */
const MAX_DIRECTORIES = 256;

/** Number of cached digests of files that are not in memory. */
const MAX_DIGESTS = 1000;

/** Number of warnings that are remembered, so that they are not repeated. */
const MAX_SAID = 1000;

/** One site: its cache, its directories, and its prepared settings. */
export class Site {
  /** Number of responses that are being compressed. */
  compressions = 0;
  readonly #cache = new FileCache();
  readonly #said = new Set<string>();
  readonly #digests = new Map<string, string>();
  readonly #directories = cacheOf(3, (symlinks: SymlinkPolicy) =>
    cacheOf(MAX_DIRECTORIES, (root: string) => new Directory(root, { symlinks }, this.#cache)),
  );

  /** Returns the matcher of patterns. They are compiled once. */
  readonly matcher: (globs: readonly string[]) => PathMatcher = memo(pathMatcher);

  /** Returns the function for the coding of a file. Its patterns are compiled once. */
  readonly codings: (given: ContentCodings) => (path: string) => ContentCoding | null = memo(codingsOf);

  /**
   * Sets the limits of the cache, in bytes.
   *
   * @param maxCachedFile - maximum bytes of one file
   * @param maxCache - maximum bytes of all files of the site
   */
  limit(maxCachedFile: number, maxCache: number): void {
    this.#cache.largest = maxCachedFile;
    this.#cache.limit = maxCache;
  }

  /** Returns a directory of the site. It uses the site's cache. */
  directory(root: string, symlinks: SymlinkPolicy): Directory {
    return this.#directories(symlinks)(root);
  }

  /** Returns the SHA-256 of a file. It is computed once for each content. */
  sha256({ facts, memos }: TreeFile, content: OpenContent): Awaitable<string | null> {
    const { size, version } = facts;
    if (size === null) return null;
    const digest = memos?.sha256 ?? (version === null ? undefined : this.#digests.get(version));
    if (digest !== undefined) return digest;
    return after(sha256Of(content, size), (digest) => {
      if (memos !== undefined) memos.sha256 = digest;
      else if (version !== null) this.#keepDigest(version, digest);
      return digest;
    });
  }

  #keepDigest(version: string, digest: string): void {
    if (this.#digests.size === MAX_DIGESTS) this.#digests.clear();
    this.#digests.set(version, digest);
  }

  /** True if a warning has not been reported yet. */
  isNews(warning: string): boolean {
    if (this.#said.has(warning) || this.#said.size === MAX_SAID) return false;
    this.#said.add(warning);
    return true;
  }
}

const sites = new WeakMap<object, Map<unknown, Site>>();

/**
 * Returns the site of a handler class and its arguments in this thread.
 *
 * @param HandlerClass - the class itself, not a base
 * @param args - the server's `handler_args`: the same object for all its handlers
 */
export function siteOf(HandlerClass: object, args: object): Site {
  let ofArgs = sites.get(args);
  if (ofArgs === undefined) {
    ofArgs = new Map();
    sites.set(args, ofArgs);
  }
  let site = ofArgs.get(HandlerClass);
  if (site === undefined) {
    site = new Site();
    ofArgs.set(HandlerClass, site);
  }
  return site;
}
