import type { Socket } from "node:net";
import { join, relative, sep } from "node:path";
import type { Transform } from "node:stream";
import { fileURLToPath } from "node:url";
import type { OptionNames } from "../errors/check-options.js";
import { asksForHtml, type ContentCoding } from "../files/accept.js";
import { after } from "../files/after.js";
import { LONGEST_FRESHNESS } from "../files/cache-control.js";
import { isCompressible, isWorthCompressing } from "../files/coded-variant.js";
import { CompressedFile, codings, compressor, decompressor } from "../files/compressed-file.js";
import type { SymlinkPolicy } from "../files/containment.js";
import { type OpenContent, openContent, type ServedFile } from "../files/content.js";
import { type ContentCodings, withoutCoding } from "../files/content-codings.js";
import { type Field, type Reply, type Representation, replyTo } from "../files/content-reply.js";
import { digestFields, wantsSha256 } from "../files/digest-fields.js";
import { MAX_CACHE, MAX_CACHED_FILE } from "../files/directory.js";
import { codedEntityTag, type EntityTag, isEntityTag } from "../files/entity-tag.js";
import type { FileFacts, FileNotes, FileTree, Found, TreeFile } from "../files/file-tree.js";
import type { OpenedListing } from "../files/listing.js";
import { LISTING_TITLE } from "../files/listing-page.js";
import { listingReply } from "../files/listing-reply.js";
import { type ListingTurn, ListingTurns } from "../files/listing-turns.js";
import { type LookedUp, lookUp } from "../files/look-up.js";
import { mediaTypeOf, splitExtension } from "../files/media-type.js";
import { type Choice, negotiate, negotiateCoded } from "../files/negotiation.js";
import type { OpenFailure } from "../files/open-file.js";
import { type DotFiles, isShownName, joinBelow, resolveUrlPath } from "../files/resolve-url-path.js";
import { type Site, siteOf } from "../files/site.js";
import { openTreeListing } from "../files/tree-listing.js";
import { hasTrailingSlash, redirectTarget, relativeRedirectTarget, splitTarget } from "../files/url-path.js";
import { hasFixedDate, lastModifiedOf } from "../files/validators.js";
import { type Awaitable, isPromise } from "../io/awaitable.js";
import type { ByteWriter } from "../io/byte-writer.js";
import { connectionSignal } from "../io/connection-signal.js";
import { dropConnection } from "../io/drop-connection.js";
import { addressBlock } from "../socketserver/address-block.js";
import type { InetAddress, UnixAddress } from "../socketserver/addresses.js";
import type { AddressOf, RequestOf } from "../socketserver/base-request-handler.js";
import { locate } from "../socketserver/class-location.js";
import { CHECK_ARGS } from "../socketserver/handler-class.js";
import {
  checkNoFields,
  defineSettings,
  limit,
  listOf,
  type OneOf,
  oneOf,
  optional,
  type Rule,
  type Rules,
  recordOf,
  SWITCH,
  TEXT,
  whole,
} from "../socketserver/settings.js";
import type { TCPServer } from "../socketserver/tcp-server.js";
import { corsFields, hasCredentials, ISOLATION_FIELDS, isAllowedHost, preflightFields } from "./access.js";
import { BaseHTTPRequestHandler } from "./base-http-request-handler.js";
import { closingOnError, copyContent, joined, preparedHead, replyRequest } from "./content-sending.js";
import { checkDirectory } from "./directory-error.js";
import { askedHost } from "./forwarding.js";
import type { HTTPServer } from "./http-server.js";
import {
  BASE_PATH,
  CREDENTIALS,
  DOT_FILES,
  FILE_NAME,
  GLOB,
  HOST_NAME,
  MEDIA_TYPE,
  ORIGINS,
} from "./setting-rules.js";

/** Properties of the server's `handler_args` that {@link SimpleHTTPRequestHandler} uses. */
export interface SimpleHTTPRequestHandlerArgs {
  /** The directory to serve. Default: the current directory. */
  directory?: string | URL | null | undefined;
  /** The tree of files to serve instead of a directory: {@link SimpleHTTPRequestHandler.tree}. */
  tree?: FileTree | null | undefined;
  /** Header fields for all responses with content: files and listings, but not redirects and errors. */
  extra_response_headers?: HeaderFields | null | undefined;
}

const ARGUMENTS = Object.keys({
  directory: true,
  tree: true,
  extra_response_headers: true,
} satisfies OptionNames<SimpleHTTPRequestHandlerArgs>);

/** Header fields: an object, a `Map`, or pairs, which may have a name several times. */
export type HeaderFields =
  | Readonly<Record<string, string>>
  | ReadonlyMap<string, string>
  | readonly (readonly [name: string, value: string])[];

export interface SimpleHTTPRequestHandler<
  Server extends TCPServer<InetAddress> | TCPServer<UnixAddress> = HTTPServer,
> extends Pick<typeof SimpleHTTPRequestHandler, keyof typeof SETTINGS> {}
/**
 * Serves the files below a directory, for GET and HEAD. Python's `http.server.SimpleHTTPRequestHandler`.
 *
 * ```ts
 * await using httpd = new ThreadingHTTPServer(["", 8000], SimpleHTTPRequestHandler, {
 *   handler_args: { directory: "." },
 * });
 * await httpd.serve_forever();
 * ```
 *
 * It serves only regular files. It does not serve names that begin with a dot ({@link dotfiles}), or targets of
 * symbolic links outside the directory ({@link symlinks}). Unlike Python, it supports conditions, ranges and content
 * codings: all of RFC 9110 that is about files. To change a response, override a hook; each hook is called for every
 * response.
 *
 * @typeParam Server - the class of `this.server`
 */
export class SimpleHTTPRequestHandler<
  Server extends TCPServer<InetAddress> | TCPServer<UnixAddress> = HTTPServer,
> extends BaseHTTPRequestHandler<Server> {
  static override server_version = "SimpleHTTP/0.6";
  /**
   * Names of the arguments that the class accepts in the server's `handler_args`. A subclass lists only its own
   * additional arguments: `static handler_args = ["title"]`. A server refuses unknown arguments.
   *
   * @category Settings
   */
  static handler_args: readonly string[] = ARGUMENTS;
  /**
   * The directory to serve, unless `handler_args` has one. Default `null`: the current directory.
   *
   * @category Settings
   */
  static directory: string | URL | null = null;
  /**
   * The tree of files to serve instead of {@link directory}, unless `handler_args` has one: a {@link MemoryTree}, or
   * your own. Its paths begin with its `root`, which is then the value of {@link directory}.
   *
   * @category Settings
   */
  static tree: FileTree | null = null;
  /**
   * Names of index pages, in order: the first one that is a file is sent for its directory.
   *
   * @category Settings
   */
  static index_pages: readonly string[] = ["index.html", "index.htm"];
  /**
   * Content types by suffix, with its dot. They override all others.
   *
   * @category Settings
   */
  static extensions_map: Readonly<Record<string, string>> = {
    ".gz": "application/gzip",
    ".Z": "application/octet-stream",
    ".bz2": "application/x-bzip2",
    ".xz": "application/x-xz",
  };
  /**
   * Content type of files with an unknown suffix.
   *
   * @category Settings
   */
  static default_content_type = "application/octet-stream";

  /**
   * Names with a leading dot that are served and listed: all, none, or those that match a pattern, such as `[".z*"]`
   * for Zarr. Default `false`, none; `.well-known` is always served. The first existing name that is refused is
   * reported with {@link log_error}.
   *
   * @category Settings
   */
  static dotfiles: DotFiles = false;
  /**
   * Symbolic links that are followed: `"inside"` the directory, `"all"`, or `"none"`. Default `"inside"`. The served
   * directory itself may be a link.
   *
   * @category Settings
   */
  static symlinks: OneOf<SymlinkPolicy> = "inside";
  /**
   * True if directories without an index page are listed; otherwise they get 404.
   *
   * @category Settings
   */
  static listing = true;
  /**
   * Text before the path in the title of a listing. Default `"Directory listing for"`, as in Python. Apache and nginx
   * use `"Index of"`, which some programs need (GDAL).
   *
   * @category Settings
   */
  static listing_title: string = LISTING_TITLE;
  /**
   * True if a missing page gets the index page of the root: the application in it handles routes such as `/users/7`.
   * Not for names with a suffix, and not for clients whose `Accept` does not name HTML.
   *
   * @category Settings
   */
  static spa = false;
  /**
   * True if routes of {@link spa} may have a dot in their last segment, such as `/users/jane.doe`. A missing `app.js`
   * then also gets the index page, if the client accepts HTML. Default false.
   *
   * @category Settings
   */
  static spa_dots = false;
  /**
   * True to serve `page.html` as `/page`, if there is no file `page`.
   *
   * @category Settings
   */
  static clean_urls = false;
  /**
   * The path below which the directory is served, such as `/docs`. All other paths get 404.
   *
   * @category Settings
   */
  static base_path = "";
  /**
   * True to redirect a directory without a final slash with a relative `Location`, `name/`. A proxy that removes a
   * prefix needs this. Default false: the whole path, as in Python, because lftp 4.9 can't follow a relative one.
   *
   * @category Settings
   */
  static relative_redirects = false;
  /**
   * Page to send with a 404, if the directory has it; `null` for the page of {@link send_error}.
   *
   * @category Settings
   */
  static not_found_page: string | null = "404.html";
  /**
   * Seconds for which clients may reuse a copy without asking. Default `null`: clients check each use, and usually get
   * 304.
   *
   * @category Settings
   */
  static cache_seconds: number | null = null;
  /**
   * Seconds for which shared caches, such as nginx, Varnish or a CDN, may reuse a copy without asking. Default `null`:
   * the same as {@link cache_seconds}. If only this is set, browsers ask the cache before each use. It has no effect
   * with {@link auth}, because shared caches must then keep no copies.
   *
   * @category Settings
   */
  static shared_cache_seconds: number | null = null;
  /**
   * Patterns for files whose content never changes, because a new version gets a new name: `assets/**`,
   * `*-????????.js`. Clients may keep them without limit. A pattern without a slash matches names in every
   * directory.
   *
   * @category Settings
   */
  static immutable: readonly string[] = [];
  /**
   * True if no client or cache may keep a copy.
   *
   * @category Settings
   */
  static no_store = false;
  /**
   * True to send `app.js.br`, `app.js.zst` or `app.js.gz` for `app.js` to clients that accept it, unless it is older.
   * It applies to types that compress well: text, scripts, JSON, SVG, WebAssembly. `"all"` applies to every type;
   * libraries that read data formats by ranges then get the size of the compressed file.
   *
   * @category Settings
   */
  static precompressed: boolean | OneOf<"all"> = true;
  /**
   * True to serve `app.js` also if only `app.js.br`, `app.js.zst` or `app.js.gz` exists. Clients that accept it get the
   * file; for others, it is decoded. Off by default, because each 404 then costs three more look-ups, and `dump.sql.gz`
   * is also found as `dump.sql`.
   *
   * @category Settings
   */
  static precompressed_only = false;
  /**
   * `Content-Encoding` of files that clients request by their own name, by patterns as for {@link immutable}:
   * `{ "*.data.br": "br", "tiles/**": "gzip" }`. Their content type is that of the name without `.br`, `.zst` or `.gz`.
   * Archives such as `.tar.gz` never get one.
   *
   * @category Settings
   */
  static content_encodings: ContentCodings = { "*.svgz": "gzip" };
  /**
   * True to send SHA-256 digests of files, `Repr-Digest` and `Content-Digest` (RFC 9530). A file that is not in memory
   * is then read twice.
   *
   * @category Settings
   */
  static digests = false;
  /**
   * True to compress text of 1 KiB or more while it is sent, if there is no precompressed file.
   *
   * @category Settings
   */
  static compress = false;
  /**
   * Responses that each thread compresses at the same time; others are sent uncompressed. Each needs up to a few
   * megabytes, and a share of libuv's four threads.
   *
   * @category Settings
   */
  static max_compressions = 16;
  /**
   * Listings of more than 1,000 names that each thread prepares at the same time. Other requests wait in a queue that
   * is fair between client addresses. It also limits prepared listings of slow clients: if there are more, connections
   * whose listing is older than ten seconds are closed. An entry takes about 160 bytes.
   *
   * @category Settings
   */
  static max_listings = 8;
  /**
   * Origins whose scripts may read responses: one, several, or `*` for all. Default `null`: only the own origin.
   * Scripts may also read the fields of {@link extra_response_headers}.
   *
   * @category Settings
   */
  static cors: string | readonly string[] | null = null;
  /**
   * True if scripts of the origins of {@link cors} may send cookies and passwords (`credentials: "include"`). It has no
   * effect if `cors` is `*`. Default false.
   *
   * @category Settings
   */
  static cors_credentials = false;
  /**
   * True to isolate pages from other origins (COOP and COEP), as `SharedArrayBuffer` requires.
   *
   * @category Settings
   */
  static coop_coep = false;
  /**
   * `user:password` that every request needs (HTTP's Basic scheme); `null` for none. Without TLS, the network can read
   * them.
   *
   * @category Settings
   */
  static auth: string | null = null;
  /**
   * Host names that requests may use, without port; `.example.org` includes all its subdomains. `null` for any. This
   * protects a server in a private network against websites whose name resolves to it (DNS rebinding). It applies to
   * {@link authority}.
   *
   * @category Settings
   */
  static allowed_hosts: readonly string[] | null = null;
  /**
   * Largest file, in bytes, that is kept in memory, and that gets a digest as entity tag. 0 keeps none.
   *
   * @category Settings
   */
  static max_cached_file = MAX_CACHED_FILE;
  /**
   * Bytes of memory that each thread uses to cache files: content, headers, facts. Content of the least
   * recently used files is removed first, and the facts about them later. Each class with its `handler_args` has its own cache.
   *
   * @category Settings
   */
  static max_cache = MAX_CACHE;

  /**
   * The directory that is served.
   *
   * @category State
   */
  directory: string;
  /**
   * Header fields for every response with content.
   *
   * @category State
   */
  extra_response_headers: HeaderFields | null;

  /**
   * The tree of files that is served; `null` for {@link directory}.
   *
   * @category State
   */
  readonly tree: FileTree | null;

  /** Extra fields for the next response. */
  #fieldsOfReply: readonly Field[] = [];
  readonly #site: Site;
  #whenClosed: AbortSignal | undefined;
  #isLimited = false;

  /**
   * @param request - the connection
   * @param client_address - address of the client
   * @param server - the server
   * @param args - `directory`: the directory to serve. Default: the current directory
   */
  constructor(
    request: RequestOf<Server>,
    client_address: AddressOf<Server>,
    server: Server,
    args: SimpleHTTPRequestHandlerArgs = NO_ARGS,
  ) {
    super(request, client_address, server, args);
    const { directory, tree } = this.constructor as typeof SimpleHTTPRequestHandler;
    this.#site = siteOf(this.constructor, args);
    this.tree = args.tree ?? tree;
    this.directory =
      this.tree?.root ?? (this.tree === null ? asPath(args.directory ?? directory ?? process.cwd()) : "/");
    this.extra_response_headers = checkedFields(args.extra_response_headers ?? null);
  }

  /**
   * Called by the constructor of a server, to report problems before the first request.
   *
   * @internal
   */
  static [CHECK_ARGS](
    args: SimpleHTTPRequestHandlerArgs,
    Class: Partial<typeof SimpleHTTPRequestHandler>,
  ): void {
    checkedFields(args.extra_response_headers ?? null);
    const directory = args.directory ?? Class.directory ?? null;
    if ((args.tree ?? Class.tree ?? null) === null && directory !== null) checkDirectory(asPath(directory));
  }

  /** Also refuses fields that would change a setting by accident. */
  override setup(): Awaitable<void> {
    const way = ', or set it on the class: "static NAME = …"';
    checkNoFields(this, STATIC_SETTINGS, "the setting", way);
    // The constructor sets it, and a field of a subclass then replaces it.
    if (this.tree !== null && typeof this.tree?.find !== "function")
      checkNoFields(this, ["tree"], "pyserve's", ', or give a FileTree: "static NAME = …"');
    return super.setup();
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
   * Sends the response of GET without its body.
   *
   * @category Override
   */
  do_HEAD(): Awaitable<void> {
    const file = this.send_head();
    return isPromise(file) ? this.hold_request(file.then((opened) => void opened?.close())) : file?.close();
  }

  /**
   * Answers a preflight request (the Fetch standard, §4.8), if {@link cors} is set.
   *
   * @category Override
   */
  do_OPTIONS(): Awaitable<void> {
    if (this.cors === null) return this.send_error(501, "Unsupported method ('OPTIONS')");
    this.send_response(204);
    // QUERY is safe, like GET (RFC 10008 §2).
    const methods = "do_QUERY" in this ? "GET, HEAD, QUERY" : "GET, HEAD";
    this.send_default_headers(preflightFields(this.headers.get("Access-Control-Request-Headers"), methods));
    this.end_headers();
  }

  /**
   * Also refuses hosts that are not in {@link allowed_hosts}, and clients without the credentials of {@link auth}.
   *
   * @returns true to serve the request; otherwise, a response was sent
   */
  override parse_request(): boolean {
    return super.parse_request() && this.#checkAccess();
  }

  /** Also adds the fields of {@link cors} and {@link coop_coep} to every response, errors included. */
  override end_headers(): void {
    this.#sendFieldsOfAll();
    super.end_headers();
  }

  /**
   * Finds the file, and sends the header of the response. Called by {@link do_GET} and {@link do_HEAD}.
   *
   * @category Override
   * @returns the body to send and then to close; `null` if the response is complete: a redirect, a 304, an error
   */
  send_head(): Awaitable<ServedFile | null> {
    const path = this.translate_path(this.path);
    const meant = this.#lookUp(path, hasTrailingSlash(splitTarget(this.path).path));
    return after(meant, (found) => this.#sendMeant(found, path));
  }

  /**
   * Sends the header of a listing. Called by {@link send_head} for a directory without an index page.
   *
   * The listing is a page, or JSON if `Accept` prefers it. It is generated while it is sent, and not for HEAD. A long one may wait in a queue: see {@link max_listings}.
   *
   * @category Override
   * @param path - the directory
   * @returns the page; `null` if the response is complete
   */
  list_directory(path: string): Awaitable<ServedFile | null> {
    return after(this.#openListing(path), (opened) => {
      if (opened.kind !== "listing" || !opened.listing.isLong) return this.#sendListing(opened);
      const turn = this.#takeTurn();
      if (!isPromise(turn)) return this.#sendListing(opened, turn);
      // Nothing stays open while a request waits.
      opened.listing.close();
      return turn.then(async (taken) => this.#sendListing(await this.#openListing(path), taken));
    });
  }

  /**
   * Returns the file name for the path of a URL. Percent-encoding is decoded once, name by name, and `..` never leads
   * above {@link directory}. It does not access the file system.
   *
   * Paths below {@link directory} follow the rules of {@link symlinks}. If an override returns another path, no rule
   * applies.
   *
   * @category Override
   * @param path - with query and fragment, like {@link BaseHTTPRequestHandler.path}
   * @returns the file name, with a final slash if the path has one. For a path that can't be a file, a name that no
   *   file can have
   */
  translate_path(path: string): string {
    const resolved = resolveUrlPath(path, this);
    const segments = resolved.kind === "path" ? withoutBase(resolved.segments, this.base_path) : undefined;
    // No file has a NUL in its name.
    if (segments === undefined) return join(this.directory, "\0");
    const file = joinBelow(this.directory, segments);
    if (resolved.kind !== "path" || !resolved.asksForDirectory) return file;
    // Links in the page of "/base%2F" would lead out of the base.
    const leavesBase =
      segments.length === 0 && this.base_path !== "" && !splitTarget(path).path.endsWith("/");
    return leavesBase ? join(this.directory, "\0") : withSlash(file);
  }

  /**
   * Sends the rest of a file. The response then ends.
   *
   * @category Override
   * @param source - open; the caller closes it
   * @param outputfile - {@link wfile}
   */
  copyfile(source: ServedFile, outputfile: ByteWriter): Awaitable<void> {
    return copyContent(source, outputfile);
  }

  /**
   * Returns the media type of a file by its suffix: from {@link extensions_map}, from the database of `mime-types`, or
   * {@link default_content_type}.
   *
   * @category Override
   * @param path - path of the file in the file system
   * @returns the value of `Content-Type`
   */
  guess_type(path: string): string {
    const [, suffix] = splitExtension(path);
    const types = this.extensions_map;
    if (Object.hasOwn(types, suffix)) return types[suffix] as string;
    const lower = suffix.toLowerCase();
    if (lower !== suffix && Object.hasOwn(types, lower)) return types[lower] as string;
    return mediaTypeOf(suffix) ?? this.default_content_type;
  }

  /**
   * Returns the entity tag of a file; `null` for none. Called for every response with a file, also for a 304.
   *
   * @category Override
   * @param _path - the file that is sent; it may be a precompressed file
   * @param facts - facts about the file. The default tag is made from `facts.version`
   * @param _digest - digest of its content, if the content is in memory: see {@link max_cached_file}
   * @returns the tag with its quotes: `"x"` if files with this tag are identical, `W/"x"` if they are only equivalent
   */
  etag_for(_path: string, facts: FileFacts, _digest: string | null): string | null {
    return facts.version === null ? null : `"${facts.version}"`;
  }

  /**
   * Returns the `Cache-Control` of a file. The default uses {@link cache_seconds}, {@link shared_cache_seconds},
   * {@link immutable}, {@link no_store} and {@link auth}. A field of this name in {@link extra_response_headers}
   * overrides it.
   *
   * @category Override
   * @param path - the requested file
   * @returns the value of the field; `null` for none
   */
  get_cache_control(path: string): string | null {
    const { cache_seconds, shared_cache_seconds, immutable, no_store, auth } = this;
    const below = immutable.length === 0 ? "" : this.#below(path);
    const freshness = {
      cacheSeconds: cache_seconds,
      sharedCacheSeconds: shared_cache_seconds,
      immutable,
      noStore: no_store,
      isPrivate: auth !== null,
    };
    return this.#site.cacheControl(freshness)(below);
  }

  /**
   * Aborted only when the connection is closed: a client that has only ended its sending side still gets its listing.
   */
  #closed(): AbortSignal {
    this.#whenClosed ??= connectionSignal(this.request);
    return this.#whenClosed;
  }

  #takeTurn(): Awaitable<ListingTurn> {
    const { max_listings, client_address } = this;
    const client = typeof client_address === "string" ? client_address : addressBlock(client_address[0]);
    const giveUp = () => dropConnection(this.request as Socket);
    return turns.take({ client, limit: max_listings, signal: this.#closed(), giveUp });
  }

  #openListing(path: string): Awaitable<OpenedListing> {
    // `.well-known` has its meaning only at the root of a host (RFC 8615 §3).
    const place = this.#isRoot(path) && this.base_path === "" ? "root" : "below";
    const isListed = (name: string) => isShownName(name, place, this.dotfiles);
    return openTreeListing(this.#served(), path, isListed);
  }

  /** @param turn - turn of a long listing; it ends with the listing */
  #sendListing(opened: OpenedListing, turn?: ListingTurn): Awaitable<ServedFile | null> {
    if (opened.kind !== "listing") {
      turn?.end();
      if (opened.kind === "unavailable") return this.#sendFailure(opened);
      return this.#refuse(404, "No permission to list directory");
    }
    const { fields, file } = listingReply(opened.listing, {
      target: this.path,
      accept: joined(this.headers, "Accept"),
      signal: this.#closed(),
      base: withSlash(this.base_path),
      title: this.listing_title,
      turn,
    });
    return this.#sendListingHead(fields, file);
  }

  #checkAccess(): boolean {
    const { allowed_hosts } = this;
    if (allowed_hosts !== null && !isAllowedHost(this[askedHost], allowed_hosts)) {
      this.send_error(421, null, "This server does not serve the requested host.");
      return false;
    }
    const { auth } = this;
    // A preflight request never has credentials (the Fetch standard, §4.8).
    const isPreflight = this.command === "OPTIONS" && this.cors !== null;
    if (auth === null || isPreflight) return true;
    if (hasCredentials(this.headers.get_all("Authorization", []), auth)) {
      this.remote_user = auth.slice(0, auth.indexOf(":"));
      return true;
    }
    this.#fieldsOfReply = [["WWW-Authenticate", 'Basic realm="pyserve", charset="UTF-8"']];
    this.send_error(401);
    return false;
  }

  #sendFieldsOfAll(): void {
    if (this.cors !== null) this.#sendCors(this.cors);
    if (this.coop_coep) this.send_default_headers(ISOLATION_FIELDS);
    if (this.#fieldsOfReply.length === 0) return;
    this.send_default_headers(this.#fieldsOfReply);
    this.#fieldsOfReply = [];
  }

  #sendCors(origins: string | readonly string[]): void {
    const { extra_response_headers: extra, cors_credentials: credentials } = this;
    const exposed = extra === null ? [] : Array.from(fieldPairs(extra), ([name]) => name);
    this.send_default_headers(corsFields({ origins, credentials, exposed }, this.headers.get("Origin")));
  }

  #lookUp(path: string, asksForDirectory: boolean): Awaitable<LookedUp> {
    return lookUp(path, {
      asksForDirectory,
      indexPages: this.index_pages,
      // The page beside the directory itself is not in it.
      hasCleanUrls: this.clean_urls && !this.#isRoot(path),
      find: this.#find,
    });
  }

  #isRoot(path: string): boolean {
    return withSlash(path) === withSlash(join(this.directory));
  }

  // A field, so that there is one function for the connection, not one for each call.
  readonly #find = (path: string): Awaitable<Found> => this.#served().find(path);

  #served(): FileTree {
    if (this.tree !== null) return this.tree;
    if (!this.#isLimited) {
      this.#isLimited = true;
      this.#site.limit(this.max_cached_file, this.max_cache);
    }
    return this.#site.directory(this.directory, this.symlinks as SymlinkPolicy);
  }

  /** @param path - the requested path */
  #sendMeant(meant: LookedUp, path: string): Awaitable<ServedFile | null> {
    switch (meant.kind) {
      case "file":
        return this.#sendFile(meant.file, meant.path);
      case "directory":
        return this.listing ? this.list_directory(meant.path) : this.#sendMissing(path);
      case "redirect":
        return this.#redirect();
      case "missing":
        return this.#sendMissing(path);
      default:
        return this.#sendFailure(meant);
    }
  }

  /** @param vary - the request field on which the choice of this file depends */
  #sendFile(file: TreeFile, path: string, vary: "Accept" | null = null): Awaitable<ServedFile | null> {
    const content = openContent(file.content, file.facts.size);
    return closingOnError(content, () => {
      const coding = this.#site.codings(this.content_encodings)(this.#below(path));
      const type = this.guess_type(coding === null ? path : withoutCoding(path, coding));
      if (coding !== null)
        return this.#sendChoice(
          { file, content, path, coding, isMade: false, varies: false },
          path,
          type,
          vary,
        );
      const choice = negotiate(file, content, path, this.#offer(file, path, type));
      return after(choice, (chosen) =>
        chosen === null ? this.#refuseContent(content, 406) : this.#sendChoice(chosen, path, type, vary),
      );
    });
  }

  #sendChoice(
    choice: Choice,
    path: string,
    type: string,
    vary: "Accept" | null,
  ): Awaitable<ServedFile | null> {
    return closingOnError(choice.content, () => {
      if (!this.digests || choice.isMade)
        return this.#sendReply(choice, this.#represent(choice, path, type, vary), null);
      return after(this.#digestOf(choice), (digest) =>
        this.#sendReply(choice, this.#represent(choice, path, type, vary), digest),
      );
    });
  }

  #digestOf({ file, content }: Choice): Awaitable<string | null> {
    const isWanted = wantsSha256(joined(this.headers, "Want-Repr-Digest"));
    return isWanted ? this.#site.sha256(file, content) : null;
  }

  #below(path: string): string {
    const { directory } = this;
    // Fast case for nearly all paths.
    if (sep === "/" && path.startsWith(directory) && path[directory.length] === "/")
      return path.slice(directory.length + 1);
    return relative(directory, path).replaceAll(sep, "/");
  }

  #offer(file: TreeFile, path: string, type: string) {
    const { headers, precompressed } = this;
    const isWorthIt = this.compress && isWorthCompressing(type, file.facts.size ?? Number.POSITIVE_INFINITY);
    const usesVariants = precompressed === "all" || (precompressed === true && isCompressible(type));
    const isChoice = isWorthIt || usesVariants;
    return {
      tree: this.#served(),
      acceptEncoding: isChoice ? joined(headers, "Accept-Encoding") : null,
      wantsPlain: isChoice && headers.has("Range") && this.#wantsPlain(file, path),
      usesVariants,
      makes: isWorthIt ? (this.#site.compressions < this.max_compressions ? codings() : []) : null,
      onStale: this.#warnOfStale,
    };
  }

  /**
   * A client that already has a part of a representation gets more of it; other clients get parts of the file itself.
   */
  #wantsPlain({ facts, digest = null }: TreeFile, path: string): boolean {
    const condition = CONDITIONS.map((name) => joined(this.headers, name)).find((value) => value !== null);
    return condition === undefined || condition === this.etag_for(path, facts, digest);
  }

  readonly #warnOfStale = (path: string): void => {
    const warning = `${relative(this.directory, path)} is older than the original file, and is not used.`;
    if (this.#site.isNews(warning)) this.log_error("%s", warning);
  };

  /** Returns the fields that describe the chosen file. */
  #represent(
    { file, path, coding, isMade, varies }: Choice,
    asked: string,
    type: string,
    vary: "Accept" | null,
  ): Representation {
    const { facts, digest = null, notes } = file;
    const own = checkedTag(this.etag_for(path, facts, digest), notes);
    const lastModified = lastModifiedOf(facts.modified, Date.now());
    return {
      etag: isMade && own !== null ? codedEntityTag(own, coding ?? "identity") : own,
      lastModified,
      lastModifiedText: this.#knownDate(lastModified, notes),
      isDateReliable: lastModified !== null && !hasFixedDate(lastModified),
      size: isMade ? null : facts.size,
      type,
      coding,
      cacheControl: this.get_cache_control(asked),
      vary: varies ? (vary === null ? "Accept-Encoding" : `${vary}, Accept-Encoding`) : vary,
      disposition: null,
    };
  }

  /**
   * Returns the date of the last modification as text, created once for each file; `null` if an override formats dates.
   */
  #knownDate(seconds: number | null, notes: FileNotes | undefined): string | null {
    if (seconds === null || notes === undefined || this.#hasOwnDates()) return null;
    if (notes.date?.seconds !== seconds) notes.date = { seconds, text: this.#dateOf(seconds) };
    return notes.date.text;
  }

  #hasOwnDates(): boolean {
    return this.date_time_string !== BaseHTTPRequestHandler.prototype.date_time_string;
  }

  #dateOf(seconds: number): string {
    return this.date_time_string(Math.max(0, seconds)); // not all clients can parse earlier dates
  }

  /** @param digest - SHA-256 of the whole content in base64, if it is sent */
  #sendReply(choice: Choice, representation: Representation, digest: string | null): ServedFile | null {
    const { content } = choice;
    const reply = replyTo(representation, content, replyRequest(this.command, this.headers));
    const { status } = reply;
    if (status === 412 || status === 416) {
      this.#fieldsOfReply = reply.fields(null);
      return this.#refuseContent(content, status);
    }
    this.send_response(status);
    const isWhole = status === 200 && this.command === "GET";
    if (digest !== null && status !== 304) this.send_default_headers(digestFields(digest, isWhole));
    this.#sendHead(reply, representation, choice.file.notes);
    return choice.isMade && isWhole ? this.#coded(choice) : reply.body;
  }

  #sendHead(reply: Reply, representation: Representation, notes: FileNotes | undefined): void {
    const { lastModified, lastModifiedText = null } = representation;
    const date = lastModifiedText ?? (lastModified === null ? null : this.#dateOf(lastModified));
    const block = notes === undefined ? null : preparedHead(reply, representation, date, notes);
    if (block === null) this.send_default_headers(reply.fields(date));
    else this.send_header_block(block);
    if (this.extra_response_headers !== null) this.#sendExtra(reply.status === 304);
    this.end_headers();
  }

  #coded({ content, file, coding, from }: Choice): ServedFile {
    const site = this.#site;
    const coder = coding === null ? decompressor(from as ContentCoding) : compressor(coding);
    site.compressions += 1;
    return new CompressedFile(content, file.facts.size, coder as Transform, () => {
      site.compressions -= 1;
    });
  }

  /** Answers a missing file with the page of an application, or with the 404 page. */
  #sendMissing(path: string): Awaitable<ServedFile | null> {
    if (!this.precompressed_only || path.endsWith("/") || path.includes("\0")) return this.#sendNoFile(path);
    const offer = { tree: this.#served(), acceptEncoding: joined(this.headers, "Accept-Encoding") };
    const choice = negotiateCoded(path, offer, (coding) => decompressor(coding) !== undefined);
    return after(choice, (chosen) => {
      if (chosen === undefined) return this.#sendNoFile(path);
      return chosen === null
        ? this.#refuse(406)
        : this.#sendChoice(chosen, path, this.guess_type(path), null);
    });
  }

  #sendNoFile(path: string): Awaitable<ServedFile | null> {
    if (path.endsWith("\0")) this.#tellOfHidden();
    if (!this.#isRoute(path)) return this.#sendNotFound();
    if (!asksForHtml(joined(this.headers, "Accept"))) return this.#sendNoRoute();
    return after(this.#lookUp(withSlash(this.directory), true), (index) =>
      index.kind === "file" ? this.#sendFile(index.file, index.path, "Accept") : this.#sendNoRoute(),
    );
  }

  /** Reports once that an existing file is not served because of its dot: a data format may need it. */
  #tellOfHidden(): void {
    const resolved = resolveUrlPath(this.path, { dotfiles: true });
    const segments = resolved.kind === "path" ? withoutBase(resolved.segments, this.base_path) : undefined;
    if (segments === undefined || this.dotfiles === true) return;
    const name = segments.find((segment) => !isShownName(segment, "below", this.dotfiles));
    const tell = (facts: unknown) => {
      if (facts === null || facts === undefined || name === undefined || !this.#site.isNews("dotfiles"))
        return;
      const path = JSON.stringify(splitTarget(this.path).path);
      const pattern = JSON.stringify(name);
      this.log_error(
        "%s",
        `${path} exists, but is not served, because its name begins with a dot. To serve such files, use --dotfiles, or --dotfiles ${pattern} for this name only; in a class, set dotfiles.`,
      );
    };
    // Not awaited. A file that can't be checked counts as missing.
    Promise.resolve(this.#served().look?.(joinBelow(this.directory, segments))).then(tell, () => {});
  }

  #sendNoRoute(): Awaitable<ServedFile | null> {
    this.#fieldsOfReply = [["Vary", "Accept"]];
    return this.#sendNotFound();
  }

  /** True if a path can be a route of the application. A name with NUL, which `translate_path` has refused, can't. */
  #isRoute(path: string): boolean {
    return this.spa && !path.includes("\0") && (this.spa_dots || splitExtension(path)[1] === "");
  }

  #sendNotFound(): Awaitable<ServedFile | null> {
    if (this.not_found_page === null) return this.#refuse(404, "File not found");
    const path = join(this.directory, this.not_found_page);
    return after(this.#find(path), (found) =>
      found.kind === "file" ? this.#sendNotFoundPage(found, path) : this.#refuse(404, "File not found"),
    );
  }

  #sendNotFoundPage({ content, facts }: TreeFile, path: string): Awaitable<ServedFile> {
    const page = openContent(content, facts.size);
    return closingOnError(page, () => {
      if (this.log_format === "python") this.log_error("code %d, message %s", 404, "File not found");
      this.send_response(404, "File not found");
      this.send_default_headers([
        ["Content-type", this.guess_type(path)],
        ...(facts.size === null ? [] : [["Content-Length", String(facts.size)] as const]),
      ]);
      this.end_headers();
      return page;
    });
  }

  #sendListingHead(fields: readonly Field[], page: ServedFile): ServedFile {
    try {
      this.send_response(200);
      this.send_default_headers(fields);
      this.#sendExtra(false);
      this.end_headers();
      return page;
    } catch (error) {
      page.close();
      throw error;
    }
  }

  /** Redirects to the same directory with a slash, so that relative links lead into it. */
  #redirect(): null {
    this.send_response(301);
    this.send_default_headers([
      ["Location", this.relative_redirects ? relativeRedirectTarget(this.path) : redirectTarget(this.path)],
      ["Content-Length", "0"],
    ]);
    this.end_headers();
    return null;
  }

  #sendFailure(failure: OpenFailure): Awaitable<ServedFile | null> {
    switch (failure.kind) {
      case "missing":
        return this.#sendMissing("\0");
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

  #refuseContent(content: OpenContent, code: 406 | 412 | 416): null {
    content.close();
    return this.#refuse(code);
  }

  /** @param isUnchanged - true for a 304, which repeats only the fields about freshness */
  #sendExtra(isUnchanged: boolean): void {
    const { extra_response_headers } = this;
    if (extra_response_headers === null) return;
    for (const [name, value] of fieldPairs(extra_response_headers))
      if (!isUnchanged || FRESHNESS.has(name.toLowerCase())) this.send_header(name, value);
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
const FRESHNESS_TIME: Rule = {
  allowed: `a whole number of seconds from 0 to ${LONGEST_FRESHNESS}`,
  allows: (value) => whole(0).allows(value) && (value as number) <= LONGEST_FRESHNESS,
};

const SETTINGS = {
  index_pages: listOf(FILE_NAME),
  extensions_map: recordOf(TEXT),
  default_content_type: MEDIA_TYPE,
  dotfiles: DOT_FILES,
  symlinks: oneOf("inside", "all", "none"),
  listing: SWITCH,
  listing_title: TEXT,
  spa: SWITCH,
  spa_dots: SWITCH,
  clean_urls: SWITCH,
  base_path: BASE_PATH,
  relative_redirects: SWITCH,
  not_found_page: optional(TEXT),
  cache_seconds: optional(FRESHNESS_TIME),
  shared_cache_seconds: optional(FRESHNESS_TIME),
  immutable: listOf(GLOB),
  no_store: SWITCH,
  precompressed: oneOf(true, false, "all"),
  precompressed_only: SWITCH,
  content_encodings: recordOf(oneOf("br", "zstd", "gzip")),
  digests: SWITCH,
  compress: SWITCH,
  max_compressions: limit(0),
  max_listings: limit(1),
  cors: optional(ORIGINS),
  cors_credentials: SWITCH,
  coop_coep: SWITCH,
  auth: optional(CREDENTIALS),
  allowed_hosts: optional(listOf(HOST_NAME)),
  max_cached_file: limit(0),
  max_cache: limit(0),
} satisfies Rules;
defineSettings(SimpleHTTPRequestHandler, SETTINGS);

function asPath(path: string | URL): string {
  return typeof path === "string" ? path : fileURLToPath(path);
}

const NO_ARGS: SimpleHTTPRequestHandlerArgs = {};

/** Returns the request fields that describe the client's copy. */
const CONDITIONS = [
  "If-Range",
  "If-Match",
  "If-None-Match",
  "If-Modified-Since",
  "If-Unmodified-Since",
] as const;

/** Queue of the listings of this thread. */
const turns = new ListingTurns();

/** Fields about freshness that an operator may set. A 304 must repeat them (RFC 9110 §15.4.5). */
const FRESHNESS: ReadonlySet<string> = new Set(["cache-control", "content-location", "expires", "vary"]);

function checkedFields(fields: HeaderFields | null): HeaderFields | null {
  const isText = (text: unknown) => typeof text === "string";
  const isPair = (pair: unknown) => Array.isArray(pair) && pair.length === 2 && pair.every(isText);
  if (fields === null || (typeof fields === "object" && [...fieldPairs(fields)].every(isPair))) return fields;
  throw new TypeError(
    `extra_response_headers must be an object, a Map or pairs of names and values, such as { "X-Name": "value" }, not ${JSON.stringify(fields)}.`,
  );
}

function fieldPairs(fields: HeaderFields): Iterable<readonly [name: string, value: string]> {
  return Symbol.iterator in fields ? fields : Object.entries(fields);
}

function checkedTag(tag: string | null, notes: FileNotes | undefined): EntityTag | null {
  if (tag === null) return null;
  if (tag === notes?.tag) return notes.tag;
  if (isEntityTag(tag)) {
    if (notes !== undefined) notes.tag = tag;
    return tag;
  }
  throw new TypeError(
    `etag_for must return an entity tag with its quotes, "x" or W/"x", not ${JSON.stringify(tag)}.`,
  );
}

/** Returns the names below the base path; `undefined` for other paths. */
function withoutBase(segments: readonly string[], base: string): readonly string[] | undefined {
  if (base === "") return segments;
  const names = base.split("/").filter((name) => name !== "");
  return names.every((name, at) => segments[at] === name) ? segments.slice(names.length) : undefined;
}

function withSlash(path: string): string {
  return path.endsWith("/") ? path : `${path}/`;
}

/** Settings whose names a subclass may use for another purpose: its fields don't set them. */
const STATIC_SETTINGS = ["listing", "auth", "base_path", "allowed_hosts"];
