import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FileSource } from "../files/file-source.js";
import { type Listing, readListing } from "../files/listing.js";
import { listingPage } from "../files/listing-page.js";
import { mediaTypeOf, splitExtension } from "../files/media-type.js";
import { MemoryFile, type ServedFile } from "../files/memory-file.js";
import { isRegularFile, type OpenedFile, type OpenFailure, openFile } from "../files/open-file.js";
import { notModifiedSince } from "../files/preconditions.js";
import {
  decodePath,
  hasTrailingSlash,
  redirectTarget,
  splitTarget,
  toRelativeSegments,
} from "../files/url-path.js";
import { type Awaitable, isPromise } from "../io/awaitable.js";
import type { ByteWriter } from "../io/byte-writer.js";
import type { InetAddress, UnixAddress } from "../socketserver/addresses.js";
import type { AddressOf, RequestOf } from "../socketserver/base-request-handler.js";
import { defineClassAttributes } from "../socketserver/class-attributes.js";
import { locate } from "../socketserver/class-location.js";
import type { TCPServer } from "../socketserver/tcp-server.js";
import { BaseHTTPRequestHandler } from "./base-http-request-handler.js";
import type { HTTPServer } from "./http-server.js";

/** What {@link SimpleHTTPRequestHandler} looks for in the server's `handler_args`. */
export interface SimpleHTTPRequestHandlerArgs {
  /** The directory to serve; the current one, if nobody names one. */
  directory?: string | URL | null | undefined;
  /** Header fields for every reply with content: files and listings, not redirects and errors. */
  extra_response_headers?: readonly (readonly [name: string, value: string])[] | null | undefined;
}

/** Bytes that are read at a time. */
const COPY_SIZE = 64 * 1024;

/**
 * Serves the files below a directory, for GET and HEAD. Python's `http.server.SimpleHTTPRequestHandler`.
 *
 * ```ts
 * await using httpd = new ThreadingHTTPServer(["", 8000], SimpleHTTPRequestHandler, {
 *   handler_args: { directory: "/srv/www" },
 * });
 * await httpd.serve_forever();
 * ```
 *
 * It follows symbolic links, also those that lead out of the directory, and shows every file that the process may read.
 *
 * @typeParam Server - the class of `this.server`
 */
export class SimpleHTTPRequestHandler<
  Server extends TCPServer<InetAddress> | TCPServer<UnixAddress> = HTTPServer,
> extends BaseHTTPRequestHandler<Server> {
  static override server_version = "SimpleHTTP/0.6";
  /**
   * The directory to serve, where `handler_args` names none; `null` is the current one.
   *
   * @category Settings
   */
  static directory: string | URL | null = null;
  /**
   * The names that are looked for in a directory, in their order: the first that is a file is served for it.
   *
   * @category Settings
   */
  static index_pages: readonly string[] = ["index.html", "index.htm"];
  /** {@inheritDoc SimpleHTTPRequestHandler.index_pages} */
  declare index_pages: readonly string[];
  /**
   * Types by suffix, with its dot. They go before all others.
   *
   * @category Settings
   */
  static extensions_map: Readonly<Record<string, string>> = {
    ".gz": "application/gzip",
    ".Z": "application/octet-stream",
    ".bz2": "application/x-bzip2",
    ".xz": "application/x-xz",
  };
  /** {@inheritDoc SimpleHTTPRequestHandler.extensions_map} */
  declare extensions_map: Readonly<Record<string, string>>;
  /**
   * The type of files whose suffix says nothing.
   *
   * @category Settings
   */
  static default_content_type = "application/octet-stream";
  /** {@inheritDoc SimpleHTTPRequestHandler.default_content_type} */
  declare default_content_type: string;

  /**
   * The directory that is served.
   *
   * @category State
   */
  directory: string;
  /**
   * Header fields for every reply with content.
   *
   * @category State
   */
  extra_response_headers: readonly (readonly [name: string, value: string])[] | null;

  constructor(
    request: RequestOf<Server>,
    client_address: AddressOf<Server>,
    server: Server,
    args: SimpleHTTPRequestHandlerArgs = {},
  ) {
    super(request, client_address, server, args);
    const { directory } = this.constructor as typeof SimpleHTTPRequestHandler;
    this.directory = asPath(args.directory ?? directory ?? process.cwd());
    this.extra_response_headers = args.extra_response_headers ?? null;
  }

  /**
   * Sends a file or a listing.
   *
   * @category Override
   */
  do_GET(): Awaitable<void> {
    const file = this.send_head();
    const sent = isPromise(file) ? file.then((opened) => this.#sendContent(opened)) : this.#sendContent(file);
    return isPromise(sent) ? this.hold_request(sent) : sent;
  }

  /**
   * Sends what GET would, but the content.
   *
   * @category Override
   */
  do_HEAD(): Awaitable<void> {
    const file = this.send_head();
    return isPromise(file) ? this.hold_request(file.then((opened) => void opened?.close())) : file?.close();
  }

  /**
   * Finds out what is asked for, and sends the head of the reply. Called by {@link do_GET} and {@link do_HEAD}.
   *
   * @category Override
   * @returns what is still to be sent and then to be closed; `null` when the reply is complete: a redirect, a 304, an error
   */
  send_head(): Awaitable<ServedFile | null> {
    const path = this.translate_path(this.path);
    const opened = openFile(path);
    switch (opened.kind) {
      case "file":
        // A file is no directory, whatever slash is put behind it (bpo-17324).
        if (!path.endsWith("/")) return this.#sendFileHead(opened.file, path);
        opened.file.close();
        return this.#refuse(404, "File not found");
      case "directory":
        return this.#sendDirectoryHead(path);
      default:
        return this.#sendFailure(opened);
    }
  }

  /**
   * Sends the head of a listing. Called by {@link send_head} for a directory without an index page.
   *
   * @category Override
   * @param path - the directory
   * @returns the page; `null` when the reply is complete
   */
  list_directory(path: string): Awaitable<ServedFile | null> {
    return readListing(path).then((listing) => this.#sendListingHead(listing));
  }

  /**
   * The name of the file that a path of a URL means: percent-escapes are decoded once, and `..` never leads above
   * {@link directory}. Asks no file system.
   *
   * @category Override
   * @param path - with query and fragment, as {@link BaseHTTPRequestHandler.path} has it
   */
  translate_path(path: string): string {
    const encoded = splitTarget(path).path;
    const segments = toRelativeSegments(decodePath(encoded));
    // No file has a NUL in its name.
    if (segments === undefined) return join(this.directory, "\0");
    const slash = hasTrailingSlash(encoded) ? "/" : "";
    return join(this.directory, ...segments) + slash;
  }

  /**
   * Sends what a file still holds. The response ends with it.
   *
   * @category Override
   * @param source - open; the caller closes it
   * @param outputfile - {@link wfile}
   */
  copyfile(source: ServedFile, outputfile: ByteWriter): Awaitable<void> {
    for (;;) {
      const bytes = source.read(COPY_SIZE);
      if (isPromise(bytes)) return copy(bytes, source, outputfile);
      if (bytes.length === 0) return;
      const written = outputfile.write(bytes);
      if (isPromise(written)) return written.then(() => copy(source.read(COPY_SIZE), source, outputfile));
    }
  }

  /**
   * The media type of a file: by its suffix, first in {@link extensions_map}, then in the database of `mime-types`; else
   * {@link default_content_type}.
   *
   * @category Override
   */
  guess_type(path: string): string {
    const [, suffix] = splitExtension(path);
    const types = this.extensions_map;
    for (const key of [suffix, suffix.toLowerCase()])
      if (Object.hasOwn(types, key)) return types[key] as string;
    return mediaTypeOf(path) ?? this.default_content_type;
  }

  #sendFileHead(file: FileSource, path: string): ServedFile | null {
    try {
      return this.#isNotModified(file) ? this.#sendNotModified(file) : this.#sendFound(file, path);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  #isNotModified(file: FileSource): boolean {
    const { headers } = this;
    return notModifiedSince(headers.get("If-Modified-Since"), headers.get("If-None-Match"), file.mtime);
  }

  #sendNotModified(file: FileSource): null {
    file.close();
    this.send_response(304);
    this.end_headers();
    return null;
  }

  #sendFound(file: FileSource, path: string): ServedFile {
    this.send_response(200);
    this.send_header("Content-type", this.guess_type(path));
    this.send_header("Content-Length", file.size);
    this.send_header("Last-Modified", this.date_time_string(notInTheFuture(file.mtime)));
    this.#sendExtraHeaders();
    this.end_headers();
    return file;
  }

  #sendDirectoryHead(path: string): Awaitable<ServedFile | null> {
    if (!hasTrailingSlash(splitTarget(this.path).path)) return this.#redirect();
    for (const name of this.index_pages) {
      const index = join(path, name);
      const opened = openFile(index);
      if (opened.kind === "file") return this.#sendFileHead(opened.file, index);
      if (this.#standsForDirectory(opened, index)) return this.#sendFailure(opened);
    }
    return this.list_directory(path);
  }

  // Whoever has an index page does not mean to show what else is there, also when the page can't be read.
  #standsForDirectory(opened: OpenedFile, index: string): opened is OpenFailure {
    return opened.kind === "unavailable" || (opened.kind === "forbidden" && isRegularFile(index));
  }

  #sendListingHead(listing: Listing): ServedFile | null {
    if (listing.kind === "unavailable") return this.#sendFailure(listing);
    if (listing.kind !== "listing") return this.#refuse(404, "No permission to list directory");
    const page = listingPage(decodePath(splitTarget(this.path).path), listing.entries);
    const file = new MemoryFile(Buffer.from(page));
    this.send_response(200);
    this.send_header("Content-type", "text/html; charset=utf-8");
    this.send_header("Content-Length", file.size);
    this.#sendExtraHeaders();
    this.end_headers();
    return file;
  }

  /** To the same directory with a slash, so that relative links lead into it. */
  #redirect(): null {
    this.send_response(301);
    this.send_header("Location", redirectTarget(this.path));
    this.send_header("Content-Length", 0);
    this.end_headers();
    return null;
  }

  #sendFailure(failure: OpenFailure): null {
    switch (failure.kind) {
      case "missing":
        return this.#refuse(404, "File not found");
      case "forbidden":
        return this.#refuse(403, "Permission denied");
      case "unavailable":
        this.log_error("%s", failure.error.message);
        return this.#refuse(503);
    }
  }

  #refuse(code: number, message?: string): null {
    this.send_error(code, message);
    return null;
  }

  #sendExtraHeaders(): void {
    for (const [name, value] of this.extra_response_headers ?? []) this.send_header(name, value);
  }

  #sendContent(file: ServedFile | null): Awaitable<void> {
    if (file === null) return;
    let copied: Awaitable<void>;
    try {
      copied = this.copyfile(file, this.wfile);
    } catch (error) {
      file.close();
      throw error;
    }
    if (isPromise(copied)) return Promise.resolve(copied).finally(() => file.close());
    file.close();
  }
}

locate(SimpleHTTPRequestHandler, import.meta.url);
defineClassAttributes(SimpleHTTPRequestHandler, "index_pages", "extensions_map", "default_content_type");

async function copy(first: Awaitable<Buffer>, source: ServedFile, target: ByteWriter): Promise<void> {
  let bytes = await first;
  while (bytes.length > 0) {
    const written = target.write(bytes);
    // A whole piece is sent at once; who has waited for it has seen the system take it. One buffer for all of them: V8 lets
    // 64 MiB of discarded ones come together before it looks.
    const isTaken = isPromise(written) && bytes.length === COPY_SIZE;
    await written;
    bytes = await source.read(COPY_SIZE, isTaken ? bytes : undefined);
  }
}

function asPath(path: string | URL): string {
  return typeof path === "string" ? path : fileURLToPath(path);
}

// RFC 9110 §8.8.2.1: a date in the future would be one that no change can ever surpass.
function notInTheFuture(seconds: number): number {
  return Math.max(0, Math.min(seconds, Date.now() / 1000));
}
