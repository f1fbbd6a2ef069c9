import type { Row } from "./option.js";
import { parseContentEncoding, parseHeader, parseMime } from "./option-values.js";

export const REPLIES = {
  headers: {
    kind: "pair",
    daily: true,
    long: "header",
    short: "H",
    metavar: ["NAME", "VALUE"],
    together: /^([^\s:]+):[ \t]*(\S(?:.*\S)?)[ \t]*$/s,
    help: "add this header to files and listings; repeatable",
    more: "'NAME: VALUE' in one word also works, as in curl. In a config file, headers is an object, or an array of pairs if a name occurs twice.",
    parse: parseHeader,
  },
  cache: {
    kind: "number",
    metavar: "SECONDS",
    help: "let clients reuse files this long without asking",
    more: "Without it, they ask each time, and get 304 if the file has not changed.",
    attribute: "cache_seconds",
  },
  shared_cache: {
    kind: "number",
    metavar: "SECONDS",
    help: "let proxies and CDNs reuse files this long without asking",
    more: "Browsers ask the proxy each time, unless you set --cache. With --auth, proxies keep no copies.",
    attribute: "shared_cache_seconds",
  },
  stall_timeout: {
    kind: "number",
    metavar: "SECONDS",
    help: "close connections that make no progress for this long",
    more: "By default, clients may pause while enough connections are free. Progress is visible only in steps of up to 1.5 MB.",
  },
  immutable: {
    kind: "list",
    metavar: "GLOB",
    help: "tell clients that files that match never change",
    more: "Clients keep them for a year without asking. Use it for names that contain a hash, such as assets/**. Repeat it for several patterns.",
  },
  no_store: {
    kind: "boolean",
    help: "tell clients not to keep copies",
  },
  compress: {
    kind: "boolean",
    daily: true,
    help: "compress text while sending it",
  },
  precompressed: {
    kind: "boolean",
    help: "do not look for .br, .zst and .gz files",
    more: "By default, a client that accepts brotli gets name.js.br for name.js.",
  },
  precompressed_only: {
    kind: "boolean",
    help: "serve name.js even if only name.js.gz exists",
    more: "The same for .br and .zst. Clients that do not accept the coding get the decompressed file.",
  },
  content_encoding: {
    kind: "entry",
    metavar: "GLOB=CODING",
    help: "mark files that match as compressed with br, zstd or gzip",
    more: "Browsers decompress them. The content type is that of the name without .br, .zst or .gz. Example: '*.data.br=br'. Repeat it for several patterns. In a config file, it is an object.",
    attribute: "content_encodings",
    parse: parseContentEncoding,
  },
  digests: {
    kind: "boolean",
    help: "send digests of files (Repr-Digest, by SHA-256)",
    more: "Clients can check that a download is complete and unchanged.",
  },
  mime: {
    kind: "entry",
    metavar: ".EXT=TYPE",
    help: "set the content type of files with this suffix",
    more: "Repeat it for several suffixes. In a config file, it is an object.",
    attribute: "extensions_map",
    parse: parseMime,
  },
  content_type: {
    kind: "string",
    metavar: "TYPE",
    help: "the content type for unknown suffixes (default: %(default)s)",
    attribute: "default_content_type",
  },
  protocol: {
    kind: "string",
    short: "p",
    metavar: "VERSION",
    choices: ["HTTP/1.0", "HTTP/1.1"],
    help: "HTTP/1.0 or HTTP/1.1 (default: %(default)s; Python's is HTTP/1.0)",
    attribute: "protocol_version",
  },
  relative_redirects: {
    kind: "boolean",
    help: "use relative redirects for directories",
    more: "For a proxy that removes a prefix of the path.",
  },
} as const satisfies Record<string, Row>;
