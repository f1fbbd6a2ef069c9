/**
 * Media types by file name. The one place that knows `mime-types`.
 *
 * @module
 */

import { types } from "mime-types";

// XML is not here, and so neither is SVG: a document states its own encoding, or is UTF-8, and a charset in the field would
// overrule it (RFC 7303 §3). HTML and plain text have no such default, and JSON is always UTF-8 (RFC 8259 §8.1).
const IS_TEXT =
  /^(?:text\/.*|application\/(?:javascript|ecmascript|node|json|json5|manifest\+json)|[^/]+\/[^/]+\+json)$/;

/** Content-Type by suffix with its dot: made once, so that a request costs one look. */
const CONTENT_TYPES: ReadonlyMap<string, string> = new Map(
  Object.entries(types).map(([suffix, type]) => [`.${suffix}`, withCharset(type)]),
);

/**
 * The value of `Content-Type` for a file, by its last suffix, in whatever case.
 *
 * Text, JavaScript and JSON come with `; charset=utf-8`. Unlike Python's `mimetypes` the answer is the same on every
 * machine: the system's tables take no part.
 *
 * @param path - a path or a name; only the last component counts
 * @returns `undefined` if there is no suffix, or none that is known
 * @example
 * mediaTypeOf("/srv/INDEX.HTML"); // "text/html; charset=utf-8"
 */
export function mediaTypeOf(path: string): string | undefined {
  const suffix = splitExtension(path)[1];
  return CONTENT_TYPES.get(suffix) ?? CONTENT_TYPES.get(suffix.toLowerCase());
}

/**
 * Cuts a path before its last suffix. Python's `posixpath.splitext`: dots at the start of the last component belong to
 * the name, so `.bashrc` has no suffix.
 *
 * @returns two parts that together are `path`; the second is `""` or begins with a dot
 * @example
 * splitExtension("/a.b/c.tar.gz"); // ["/a.b/c.tar", ".gz"]
 */
export function splitExtension(path: string): [root: string, extension: string] {
  const dot = path.lastIndexOf(".");
  let start = path.lastIndexOf("/") + 1;
  while (path.charCodeAt(start) === 0x2e) start += 1;
  return dot > start ? [path.slice(0, dot), path.slice(dot)] : [path, ""];
}

function withCharset(type: string): string {
  return IS_TEXT.test(type) ? `${type}; charset=utf-8` : type;
}
