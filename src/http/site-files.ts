import { join, relative, sep } from "node:path";
import { inspect } from "node:util";
import type { ContentCoding } from "../files/accept.js";
import type { SymlinkPolicy } from "../files/containment.js";
import type { Field } from "../files/content-reply.js";
import { Directory } from "../files/directory.js";
import type { FileTree, Found, TreeFile } from "../files/file-tree.js";
import type { Layout } from "../files/look-up.js";
import type { Site } from "../files/site.js";
import { hasTrailingSlash, splitTarget } from "../files/url-path.js";
import type { FieldBlock } from "../http1/response-head.js";
import { type Awaitable, after } from "../io/awaitable.js";
import { connectionSignal } from "../io/connection-signal.js";
import type { SimpleHTTPRequestHandler } from "./simple-http-request-handler.js";

/** A handler for files, with its protected hooks. */
export type FileHandler = Pick<SimpleHTTPRequestHandler, keyof SimpleHTTPRequestHandler> & {
  send_default_headers(fields: readonly Field[]): void;
  send_header_block(block: FieldBlock): void;
};

/** The files of a site, with the settings of one handler. */
export class SiteFiles implements Layout {
  readonly handler: FileHandler;
  readonly site: Site;
  /** Additional fields for the next error response. */
  fieldsOfError: readonly Field[] = [];
  /**
   * The path of the URL when the response began. An override of `send_head` may change the handler's path temporarily.
   */
  target = "";
  #closed: AbortSignal | undefined;
  #isLimited = false;

  constructor(handler: FileHandler, site: Site) {
    this.handler = handler;
    this.site = site;
  }

  /** The tree of files that the handler serves now. */
  get tree(): FileTree {
    const handler = this.handler;
    if (handler.tree !== null) return handler.tree;
    if (!this.#isLimited) {
      this.#isLimited = true;
      this.site.limit(handler.max_cached_file, handler.max_cache);
    }
    return this.site.directory(handler.directory, handler.symlinks as SymlinkPolicy);
  }

  get asksForDirectory(): boolean {
    return hasTrailingSlash(splitTarget(this.target).path);
  }

  get indexPages(): readonly string[] {
    return this.handler.index_pages;
  }

  /** The page of the served directory itself would be outside of it. */
  hasCleanUrl(path: string): boolean {
    return this.handler.clean_urls && !this.isRoot(path);
  }

  find(path: string): Awaitable<Found> {
    const { tree } = this;
    const found = tree.find(path);
    return tree instanceof Directory ? found : after(found, checkFound);
  }

  /** True if a path is the served directory itself. */
  isRoot(path: string): boolean {
    return withSlash(path) === withSlash(join(this.handler.directory));
  }

  /** True if the content of a path never changes. */
  isImmutable(path: string): boolean {
    return this.site.matcher(this.handler.immutable)(this.#below(path));
  }

  /** Returns the coding of a file that is requested by its own name; `null` for none. */
  codingOf({ memos }: TreeFile, path: string): ContentCoding | null {
    const { content_encodings: given, tree } = this.handler;
    // Memos are used only for the files of a directory, because a tree may be served from several paths.
    const usesMemo = tree === null && memos !== undefined;
    if (usesMemo && memos.codings === given) return memos.coding;
    const coding = this.site.codings(given)(this.#below(path));
    if (usesMemo) {
      memos.coding = coding;
      memos.codings = given;
    }
    return coding;
  }

  /**
   * Aborted only when the connection is closed: a client that has only ended its sending side still gets its listing.
   */
  get closed(): AbortSignal {
    this.#closed ??= connectionSignal(this.handler.request);
    return this.#closed;
  }

  /** Answers with an error. */
  refuse(code: number, message?: string): null {
    this.handler.send_error(code, message);
    return null;
  }

  /** Answers if the system can't open a file. */
  fail(error: Error): null {
    this.handler.log_error("%s", error.message);
    return this.refuse(503);
  }

  /** Returns a path relative to the served directory, with slashes. */
  #below(path: string): string {
    const { directory } = this.handler;
    // Fast case for nearly all paths.
    if (sep === "/" && path.startsWith(directory) && path[directory.length] === "/")
      return path.slice(directory.length + 1);
    return relative(directory, path).replaceAll(sep, "/");
  }
}

const KINDS: ReadonlySet<unknown> = new Set(["file", "directory", "missing", "forbidden", "unavailable"]);

/** Checks the result of a tree from another author. Otherwise, the error would be about a property of `undefined`. */
function checkFound(found: Found): Found {
  if (KINDS.has(found?.kind)) return found;
  const kinds = [...KINDS].join(", ");
  throw new TypeError(
    `The find of a tree must return an object with a kind (${kinds}), not ${inspect(found)}.`,
  );
}

/** Returns the names below the base path; `undefined` for other paths. */
export function withoutBase(segments: readonly string[], base: string): readonly string[] | undefined {
  if (base === "") return segments;
  const names = base.split("/").filter((name) => name !== "");
  return names.every((name, at) => segments[at] === name) ? segments.slice(names.length) : undefined;
}

/** Returns a path with a slash at its end. */
export function withSlash(path: string): string {
  return path.endsWith("/") ? path : `${path}/`;
}
