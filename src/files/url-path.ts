/**
 * Functions that convert request targets to names below the served directory, and back. They access no file.
 *
 * @module
 */

import { fsDecode, fsEncode } from "./fs-name.js";

/** A request target, split at the end of its path. `path + suffix` is the target without scheme and authority. */
export interface SplitTarget {
  /** The path, still percent-encoded. */
  readonly path: string;
  /** Query and fragment, with the `?` or `#` that begins them; `""` if there is neither. */
  readonly suffix: string;
}

const SCHEME_AND_AUTHORITY = /^https?:\/\/[^/?#]*/i;
const ESCAPES = /(?:%[0-9A-Fa-f]{2})+/g;

// Characters that Python's quote() encodes: all except the slash and RFC 3986's unreserved characters.
const NOT_UNRESERVED = /[^A-Za-z0-9_.~/-]+/g;

// Characters that no URI may contain (RFC 3986 §2). They include the backslash, which browsers treat as a slash, and
// tab and line ends, which browsers skip: "/\t/host" would be "//host".
const NOT_IN_A_URI = /[^A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]+/g;

/**
 * Splits a target at the first `?` or `#`.
 *
 * Scheme and authority of an absolute-form target (RFC 9112 §3.2.2) are left out, so that `http://host/a` and `/a` name
 * the same file, and no redirect contains a host that the client has invented.
 *
 * @param target - the target as it was received; in Python, `self.path`
 * @example
 * splitTarget("/a%20b?x=1#y"); // { path: "/a%20b", suffix: "?x=1#y" }
 */
export function splitTarget(target: string): SplitTarget {
  const local = target.charCodeAt(0) === 0x2f ? target : withoutAuthority(target);
  const end = local.search(/[?#]/);
  if (end === -1) return { path: local, suffix: "" };
  return { path: local.slice(0, end), suffix: local.slice(end) };
}

function withoutAuthority(target: string): string {
  const authority = SCHEME_AND_AUTHORITY.exec(target)?.[0];
  if (authority === undefined) return target;
  const local = target.slice(authority.length);
  return local.startsWith("/") ? local : `/${local}`; // an empty path is "/" (RFC 9110 §4.2.3)
}

/**
 * Percent-decodes a path, exactly once, as UTF-8.
 *
 * Bytes that are not UTF-8 become U+DC80 to U+DCFF as in `fsDecode`, so that clients can request every file name. (If a
 * path has such bytes, Python replaces them with U+FFFD. Its listings link such files by encoded surrogates,
 * `%ED%B3%BF` for the byte FF.) Invalid escapes (`%zz`, a final `%4`) are kept, as in Python's `unquote`.
 *
 * @param path - a path without query and fragment
 * @example
 * decodePath("/%E2%82%AC%252F%zz"); // "/€%2F%zz"
 */
export function decodePath(path: string): string {
  return path.includes("%") ? path.replace(ESCAPES, decodeEscapes) : path;
}

function decodeEscapes(escapes: string): string {
  if (escapes.length === 3 && escapes < "%8")
    return String.fromCharCode(Number.parseInt(escapes.slice(1), 16));
  return fsDecode(Buffer.from(escapes.replaceAll("%", ""), "hex"));
}

/**
 * Percent-encodes a file name or path for a link; {@link decodePath} is the inverse.
 *
 * Python's `quote`: ASCII letters, digits and `_.-~/` stay. Each of U+DC80 to U+DCFF becomes the byte that it stands
 * for.
 *
 * @example
 * encodePath("100% für/a:b"); // "100%25%20f%C3%BCr/a%3Ab"
 */
export function encodePath(name: string): string {
  return name.replace(NOT_UNRESERVED, escapeText);
}

/**
 * True if a path is for a directory: it ends in a slash or in `%2F`.
 *
 * As in Python since gh-134098: `/file.txt%2F` is missing, like `/file.txt/`, and `/directory%2F` is not redirected.
 *
 * @param path - a path without query and fragment, still encoded. (In a decoded path, only the last character counts,
 *   because `%2F` may be part of a name.)
 */
export function hasTrailingSlash(path: string): boolean {
  return path.endsWith("/") || path.endsWith("%2F") || path.endsWith("%2f");
}

/**
 * Returns the names of a decoded path. Empty names and `.` are dropped, and `..` goes back one name, but never above the
 * root.
 *
 * It is for links. `resolveUrlPath` decides which paths are served.
 *
 * @example
 * namesOf("/a/./b/../../../c"); // ["c"]
 */
export function namesOf(decoded: string): string[] {
  const names: string[] = [];
  for (const name of decoded.split("/"))
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  return names;
}

/**
 * Returns the `Location` that redirects from a directory's name to the same name with a final slash.
 *
 * Query and fragment are kept, as in Python. The result begins with exactly one slash, and has no backslash, control
 * character or non-ASCII character. So it always stays on the same host, even for `//host/..%2f` (CVE-2021-28861),
 * `/\host` and `http://host/`. The client resolves dots, and stays below the same root.
 *
 * @param target - the target as it was received
 * @example
 * redirectTarget("//host/a b?x"); // "/host/a%20b/?x"
 */
export function redirectTarget(target: string): string {
  const { path, suffix } = splitTarget(target);
  const relative = path.replace(/^\/+/, "").replace(NOT_IN_A_URI, escapeText);
  const slash = relative === "" || relative.endsWith("/") ? "" : "/";
  return `/${relative}${slash}${suffix.replace(NOT_IN_A_URI, escapeReceived)}`;
}

/**
 * Returns {@link redirectTarget} relative to the requested URL (RFC 9110 §10.2.2): the last name of the path, and a
 * slash.
 *
 * It also works behind a proxy that removes a prefix. It has no leading slash and no scheme, so it stays on the host.
 *
 * @param target - the target as it was received
 * @example
 * relativeRedirectTarget("//host/a b?x"); // "a%20b/?x"
 */
export function relativeRedirectTarget(target: string): string {
  const { path, suffix } = splitTarget(target);
  const name = path.slice(path.lastIndexOf("/") + 1).replace(NOT_IN_A_URI, escapeText);
  // A colon in the first name of a relative reference would end a scheme (RFC 3986 §4.2).
  const start = name === "" ? "." : name.includes(":") ? `./${name}` : name;
  return `${start}/${suffix.replace(NOT_IN_A_URI, escapeReceived)}`;
}

function escapeText(text: string): string {
  return escapeBytes(Buffer.from(fsEncode(text)));
}

/** Escapes the bytes of a query as they were received: a target is latin-1, so each character is one byte. */
function escapeReceived(text: string): string {
  return /[^\x00-\xff]/.test(text) ? escapeText(text) : escapeBytes(Buffer.from(text, "latin1"));
}

function escapeBytes(bytes: Buffer): string {
  return bytes.toString("hex").toUpperCase().replace(/../g, "%$&");
}

const SEPARATOR_OR_DRIVE = /[\\:]/;
const IGNORED_END = /[. ]$/;
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?: *\..*)?$/i;

// "GIT~1" is ".git": each file with a long name may have such a short one beside it.
const SHORT_ALIAS = /^(?=[^.]{1,8}(?:\.|$))[^.]*~[0-9]{1,6}(?:\.[^.]{0,3})?$/;

/**
 * True if Windows would open something other than a file of this name. It has a separator, a drive or a stream (`\`,
 * `:`), ends in dots or spaces (`.. ` is `..` there, gh-157504), is a device (`con`, `nul.txt`), or is the short form
 * of a longer name (`GIT~1`), which could be a hidden one.
 *
 * @param name - a single name, decoded
 */
export function isUnsafeOnWindows(name: string): boolean {
  return (
    SEPARATOR_OR_DRIVE.test(name) || IGNORED_END.test(name) || DEVICE.test(name) || SHORT_ALIAS.test(name)
  );
}
