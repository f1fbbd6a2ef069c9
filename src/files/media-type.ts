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
 * The value of `Content-Type` for files of a suffix.
 *
 * Text, JavaScript and JSON come with `; charset=utf-8`. Unlike Python's `mimetypes` the answer is the same on every
 * machine: the system's tables take no part.
 *
 * @param suffix - with its dot, in whatever case; `""` for none
 * @returns `undefined` if it is none that is known
 * @example
 * mediaTypeOf(".HTML"); // "text/html; charset=utf-8"
 */
export function mediaTypeOf(suffix: string): string | undefined {
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
