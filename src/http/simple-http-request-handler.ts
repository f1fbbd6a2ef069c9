import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { OptionNames } from "../errors/check-options.js";
import { cacheControl, LONGEST_FRESHNESS } from "../files/cache-control.js";
import type { ContentCodings } from "../files/coded-variant.js";
import type { SymlinkPolicy } from "../files/containment.js";
import type { ServedFile } from "../files/content.js";
import { MAX_CACHE, MAX_CACHED_FILE } from "../files/file-cache.js";
import type { FileFacts, FileTree } from "../files/file-tree.js";
import { LISTING_TITLE } from "../files/listing-page.js";
import { lookUp } from "../files/look-up.js";
import { mediaTypeOf, splitExtension } from "../files/media-type.js";
import { plainChoice } from "../files/negotiation.js";
import { type DotFiles, joinBelow, resolveUrlPath } from "../files/resolve-url-path.js";
import { siteOf } from "../files/site.js";
import { redirectTarget, relativeRedirectTarget, splitTarget } from "../files/url-path.js";
import { type Awaitable, after, isPromise } from "../io/awaitable.js";
import type { ByteWriter } from "../io/byte-writer.js";
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
import { closingAfter, copyContent } from "./content-sending.js";
import { checkDirectory } from "./directory-error.js";
import { checkedFields, fieldPairs, type HeaderFields } from "./extra-headers.js";
import { FileReply } from "./file-reply.js";
import { askedHost } from "./forwarding.js";
import type { HTTPServer } from "./http-server.js";
import { sendListing } from "./listing-sending.js";
import { sendMissing } from "./missing-reply.js";
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
import { type FileHandler, SiteFiles, withoutBase, withSlash } from "./site-files.js";

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
   * Names of index pages. For a directory, the first one that exists is sent.
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
   * Names with a leading dot that are served and listed: `true` for all, `false` (the default) for none, or patterns,
   * such as `[".z*"]` for Zarr. `.well-known` is always served. The first refused name that exists is reported with
   * {@link log_error}.
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
   * True if a missing page gets the index page of the root. The application on that page handles routes such as
   * `/users/7`. It does not apply to names with a suffix, or to clients whose `Accept` does not contain HTML.
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
   * True if a directory without a final slash is redirected with a relative `Location`, `name/`. A proxy that removes a
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
   * `*-????????.js`. Clients may keep them without limit. A pattern without a slash matches names in every directory.
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
   * True to send `app.js.br`, `app.js.zst` or `app.js.gz` for `app.js` to clients that accept it, unless the compressed
   * file is older. It applies to types that compress well: text, scripts, JSON, SVG, WebAssembly. `"all"` applies to
   * every type; libraries that read data formats by ranges then get the size of the compressed file.
   *
   * @category Settings
   */
  static precompressed: boolean | OneOf<"all"> = true;
  /**
   * True to serve `app.js` even if only `app.js.br`, `app.js.zst` or `app.js.gz` exists. Clients that accept it get the
   * compressed file; for others, it is decompressed. Off by default, because each 404 then costs three more look-ups,
   * and `dump.sql.gz` is also found as `dump.sql`.
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
   * Maximum number of responses that each thread compresses at the same time; further ones are sent uncompressed. Each
   * needs up to a few megabytes, and a share of libuv's four threads.
   *
   * @category Settings
   */
  static max_compressions = 16;
  /**
   * Maximum number of long listings (over 1,000 names) that each thread prepares at the same time. Other requests wait
   * in a queue that is fair between client addresses. It also limits prepared listings of slow clients: if there are
   * more, connections whose listing is older than ten seconds are closed. An entry takes about 160 bytes.
   *
   * @category Settings
   */
  static max_listings = 8;
  /**
   * Origins whose scripts may read responses: one, several, or `*` for all. Default `null`: only the server's own
   * origin. Scripts may also read the fields of {@link extra_response_headers}.
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
   * `user:password` that every request needs (HTTP's Basic scheme); `null` for none. Without TLS, others in the network
   * can read the password.
   *
   * @category Settings
   */
  static auth: string | null = null;
  /**
   * Host names that requests may use, without port; `.example.org` includes all its subdomains. `null` for any. This
   * protects a server in a private network against websites whose name resolves to it (DNS rebinding). The names are
   * compared with {@link authority}.
   *
   * @category Settings
   */
  static allowed_hosts: readonly string[] | null = null;
  /**
   * Largest file, in bytes, that is kept in memory, and whose entity tag is a digest. 0 keeps none.
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

  readonly #files: SiteFiles;

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
    this.#files = new SiteFiles(this as unknown as FileHandler, siteOf(this.constructor, args));
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
    // The constructor sets the tree, and a field of a subclass may then replace it.
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
   * Calls the method of the base, and refuses hosts that are not in {@link allowed_hosts}, and clients without the
   * credentials of {@link auth}.
   *
   * @returns true to serve the request; otherwise, a response was sent
   */
  override parse_request(): boolean {
    if (!super.parse_request()) return false;
    const { allowed_hosts, auth } = this;
    if (allowed_hosts !== null && !isAllowedHost(this[askedHost], allowed_hosts)) {
      this.send_error(421, null, "This server does not serve the requested host.");
      return false;
    }
    // A preflight request never has credentials (the Fetch standard, §4.8).
    if (auth === null || (this.command === "OPTIONS" && this.cors !== null)) return true;
    if (hasCredentials(this.headers.get_all("Authorization", []), auth)) {
      this.remote_user = auth.slice(0, auth.indexOf(":"));
      return true;
    }
    this.#files.fieldsOfError = [["WWW-Authenticate", 'Basic realm="pyserve", charset="UTF-8"']];
    this.send_error(401);
    return false;
  }

  /** Adds the fields of {@link cors} and {@link coop_coep} to every response, errors included. */
  override end_headers(): void {
    const { cors: origins, coop_coep } = this;
    if (origins !== null) {
      const { extra_response_headers: extra, cors_credentials: credentials } = this;
      const exposed = extra === null ? [] : Array.from(fieldPairs(extra), ([name]) => name);
      this.send_default_headers(corsFields({ origins, credentials, exposed }, this.headers.get("Origin")));
    }
    if (coop_coep) this.send_default_headers(ISOLATION_FIELDS);
    if (this.#files.fieldsOfError.length > 0) {
      this.send_default_headers(this.#files.fieldsOfError);
      this.#files.fieldsOfError = [];
    }
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
    this.#files.target = this.path;
    return after(lookUp(path, this.#files), (found) => {
      switch (found.kind) {
        case "file":
          return new FileReply(this.#files, plainChoice(found.file, found.path), found.path).send();
        case "directory":
          return this.listing ? this.list_directory(found.path) : sendMissing(this.#files, path);
        case "redirect":
          return this.#redirect();
        case "missing":
          return sendMissing(this.#files, path);
        case "forbidden":
          return this.#files.refuse(403, "Permission denied");
        default:
          return this.#files.fail(found.error);
      }
    });
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
    return sendListing(this.#files, path);
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
   * @returns the file name, with a final slash if the path has one. If the path can't be a file, the result is a name
   *   that no file can have
   */
  translate_path(path: string): string {
    const resolved = resolveUrlPath(path, this);
    const segments = resolved.kind === "path" ? withoutBase(resolved.segments, this.base_path) : undefined;
    // No file has a NUL in its name.
    if (segments === undefined) return join(this.directory, "\0");
    const file = joinBelow(this.directory, segments);
    if (resolved.kind !== "path" || !resolved.asksForDirectory) return file;
    // Relative links in the page of "/base%2F" would leave the base.
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
   * Returns the entity tag of a file; `null` for none. Called for every response with a file, including a 304.
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
    return cacheControl(this, this.immutable.length > 0 && this.#files.isImmutable(path));
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

  #sendContent(file: ServedFile | null): Awaitable<void> {
    if (file === null) return;
    return closingAfter(file, this.request, () => this.copyfile(file, this.wfile));
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

/** Settings whose names a subclass may use for another purpose: a field with such a name is not the setting. */
const STATIC_SETTINGS = ["listing", "auth", "base_path", "allowed_hosts"];
