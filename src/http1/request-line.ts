import { isHost } from "./grammar.js";
import { ProtocolError } from "./protocol-error.js";

/** A request line, taken apart: RFC 9112 §3. */
export interface RequestLine {
  readonly method: string;
  /** As it was sent. */
  readonly target: string;
  /** What is asked for on this server: path and query, `*`, or the `host:port` of CONNECT. Leading slashes are one. */
  readonly path: string;
  /** The host in an absolute-form target, which counts in place of `Host`: RFC 9112 §3.2.2. */
  readonly authority: string | null;
  /** As it was sent, `HTTP/1.1`. */
  readonly version: string;
  /** 0 for HTTP/1.0, 1 for HTTP/1.1 and the minor versions above, which RFC 9110 §2.5 has a server take for its own. */
  readonly minorVersion: 0 | 1;
}

// method SP request-target SP HTTP-version, each written out: no other white space counts. Octets above 0x7F stand in no
// URI, but clients send them raw, and they mislead nobody.
const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([\x21-\x7e\x80-\xff]+) HTTP\/([0-9])\.([0-9])$/;
const WITH_ANY_VERSION = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+ [\x21-\x7e\x80-\xff]+ [\x21-\x7e\x80-\xff]+$/;

// absolute-form = absolute-URI, of the schemes that are served: RFC 9112 §3.2.2
const ABSOLUTE_FORM = /^https?:\/\/([^/?#]*)(.*)$/i;

/**
 * Takes a request line apart.
 *
 * @param line - without its line end
 * @throws {@link ProtocolError} when it is not one
 */
export function parseRequestLine(line: string): RequestLine {
  const match = REQUEST_LINE.exec(line);
  if (match === null)
    throw new ProtocolError(WITH_ANY_VERSION.test(line) ? "BAD_VERSION" : "BAD_REQUEST_LINE");
  const method = match[1] as string;
  const target = match[2] as string;
  const minor = match[4] as string;
  if (match[3] !== "1") throw new ProtocolError("UNSUPPORTED_VERSION");
  const { path, authority } = parseTarget(method, target);
  return { method, target, path, authority, version: `HTTP/1.${minor}`, minorVersion: minor === "0" ? 0 : 1 };
}

/** The four forms of a target: RFC 9112 §3.2. */
function parseTarget(method: string, target: string): Pick<RequestLine, "path" | "authority"> {
  if (method === "CONNECT") return { path: authorityForm(target), authority: null };
  if (target.charCodeAt(0) === 0x2f) return { path: originForm(target), authority: null };
  if (target === "*" && method === "OPTIONS") return { path: target, authority: null };
  return absoluteForm(method, target);
}

// Several leading slashes are one: a path that begins with two would be another host's where it is repeated in a
// redirect (CVE-2021-28861).
function originForm(target: string): string {
  return target.charCodeAt(1) === 0x2f ? target.replace(/^\/+/, "/") : target;
}

function absoluteForm(method: string, target: string): Pick<RequestLine, "path" | "authority"> {
  const match = ABSOLUTE_FORM.exec(target);
  const authority = match?.[1];
  // A URI of http has a host (RFC 9110 §4.2.1), and one with user information is a phishing link (§4.2.4).
  if (!authority || authority.startsWith(":") || !isHost(authority)) throw new ProtocolError("BAD_TARGET");
  const rest = match?.[2] as string;
  if (rest === "" && method === "OPTIONS") return { path: "*", authority };
  return { path: originForm(rest.startsWith("/") ? rest : `/${rest}`), authority };
}

function authorityForm(target: string): string {
  if (!isHost(target) || !/[^:]:[0-9]+$/.test(target)) throw new ProtocolError("BAD_TARGET");
  return target;
}
