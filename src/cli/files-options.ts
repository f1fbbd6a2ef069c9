import { DOT_PATTERN } from "../http/setting-rules.js";
import type { Row } from "./option.js";
import { parseBasePath } from "./option-values.js";

export const FILES = {
  directory: {
    kind: "string",
    daily: true,
    short: "d",
    metavar: "DIR",
    path: "directory",
    help: "serve this directory (default: the current one)",
    initial: ".",
  },
  handler: {
    kind: "string",
    daily: true,
    metavar: "FILE",
    path: "file",
    help: "use the handler class that this module exports",
    more: "A class that extends BaseHTTPRequestHandler: the default export, the only such export, or FILE#Name. A TypeScript file needs a Node that can run it. Options override the class attributes.",
  },
  spa: {
    kind: "boolean",
    daily: true,
    help: "send the index page for unknown paths",
    more: "For applications with their own routes. Only for requests that accept HTML, and only for names without an extension.",
  },
  spa_dots: {
    kind: "boolean",
    help: "with --spa, also send it for names with a dot",
    more: "For routes such as /users/jane.doe. A missing file then also gets the index page, if the client accepts HTML.",
  },
  clean_urls: {
    kind: "boolean",
    help: "also serve page.html as /page",
  },
  listing: {
    kind: "boolean",
    daily: true,
    help: "do not list directories that have no index page",
  },
  index: {
    kind: "list",
    metavar: "NAME",
    help: "serve this file for a directory that has it (default: index.html, index.htm)",
    more: "Repeat it for several names. The first existing file is served.",
    attribute: "index_pages",
  },
  dotfiles: {
    kind: "boolean",
    daily: true,
    help: "serve names that begin with a dot, such as .git",
    more: "Without it, clients get 404 for such names at any depth, except .well-known. To serve only some of them, use --dotfile.",
  },
  dotfile: {
    kind: "list",
    metavar: "PATTERN",
    help: "serve names with a dot that match, such as '.z*'",
    more: "Repeat it for several patterns.",
    rule: DOT_PATTERN,
  },
  symlinks: {
    kind: "string",
    metavar: "WHICH",
    help: "follow symbolic links: inside, all or none (default: %(default)s)",
    more: "inside follows links that stay inside the directory.",
  },
  base: {
    kind: "string",
    metavar: "PATH",
    help: "serve below this path, such as /docs",
    attribute: "base_path",
    parse: parseBasePath,
  },
} as const satisfies Record<string, Row>;
