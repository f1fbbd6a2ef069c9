/**
 * A site in a zip file: your own `FileTree`, with all features of files: listings, ranges, 304, content types.
 *
 * Start it with a zip file. Without one, it creates a small site:
 *
 *     npm run example examples/zip-tree.ts [port] [site.zip]
 *
 * Try:
 *
 *     $ curl --silent --range 0-4 http://localhost:8000/page.txt
 *     01234
 *     $ curl --silent --head --write-out '%{http_code}\n' --output /dev/null http://localhost:8000/page.txt
 *     200
 *
 * A file is unpacked when it is requested, and the last one stays in memory. A real tree would keep more, up to a limit.
 */

import { openAsBlob } from "node:fs";
import {
  BlobReader,
  BlobWriter,
  type FileEntry,
  TextReader,
  Uint8ArrayWriter,
  ZipReader,
  ZipWriter,
} from "@zip.js/zip.js";
import {
  type FileTree,
  type Found,
  type Listed,
  type ListingEntry,
  run,
  SimpleHTTPRequestHandler,
} from "pyserve";

export class ZipTree implements FileTree {
  /** The entries of each directory, by name; `null` is a directory. The key `""` is the root. */
  readonly #directories = new Map<string, Map<string, FileEntry | null>>([["", new Map()]]);
  #last: { readonly entry: FileEntry; readonly bytes: Promise<Uint8Array> } | undefined;

  static async open(file: Blob): Promise<ZipTree> {
    const tree = new ZipTree();
    const zip = new ZipReader(new BlobReader(file), { useWebWorkers: false });
    for (const entry of await zip.getEntries()) tree.#add(entry.filename, entry.directory ? null : entry);
    return tree;
  }

  #add(path: string, entry: FileEntry | null): void {
    const [, parent = "", name = ""] = /^(?:(.*)\/)?([^/]+)\/?$/.exec(path) ?? [];
    if (!this.#directories.has(parent)) this.#add(parent, null);
    this.#directories.get(parent)?.set(name, entry);
    if (entry === null && !this.#directories.has(path.replace(/\/$/, "")))
      this.#directories.set(path.replace(/\/$/, ""), new Map());
  }

  find(path: string): Found {
    const [, parent = "", name = ""] = /^\/(?:(.*)\/)?([^/]*)$/.exec(path.replace(/\/$/, "")) ?? [];
    if (name === "") return { kind: "directory" };
    const entry = this.#directories.get(parent)?.get(name);
    if (entry === null) return { kind: "directory" };
    if (entry === undefined || path.endsWith("/")) return { kind: "missing" };
    const facts = {
      size: entry.uncompressedSize,
      modified: entry.lastModDate.getTime(),
      version: entry.signature?.toString(16) ?? null, // the CRC-32 of the content
    };
    const content = async (first: number, length: number) =>
      (await this.#unpacked(entry)).subarray(first, first + length);
    return { kind: "file", facts, content };
  }

  #unpacked(entry: FileEntry): Promise<Uint8Array> {
    if (this.#last?.entry !== entry) this.#last = { entry, bytes: entry.getData(new Uint8ArrayWriter()) };
    return this.#last.bytes;
  }

  list(path: string): Listed {
    const entries =
      this.#directories.get(path.replace(/^\/|\/$/g, "")) ?? new Map<string, FileEntry | null>();
    return [...entries].map(
      ([name, entry]): ListingEntry => ({
        name,
        kind: entry === null ? "directory" : "file",
        isSymbolicLink: false,
        size: entry?.uncompressedSize ?? null,
        mtime: entry?.lastModDate.getTime() ?? null,
      }),
    );
  }
}

async function sampleSite(): Promise<Blob> {
  const zip = new ZipWriter(new BlobWriter(), { useWebWorkers: false });
  await zip.add("page.txt", new TextReader("0123456789"));
  return zip.close();
}

if (process.argv[1] === import.meta.filename) {
  const [port = "8000", path] = process.argv.slice(2);
  const tree = await ZipTree.open(path === undefined ? await sampleSite() : await openAsBlob(path));
  await run({
    HandlerClass: SimpleHTTPRequestHandler,
    bind: "localhost",
    port: Number(port),
    handler_args: { tree },
  });
}
