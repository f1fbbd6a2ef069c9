import { isHost } from "./grammar.js";
import { ProtocolError, type ProtocolErrorCode } from "./protocol-error.js";
import { isProxyPreface } from "./proxy-preface.js";

/** A parsed request line: RFC 9112 §3. */
export interface RequestLine {
  readonly method: string;
  /** Target as sent. */
  readonly target: string;
  /** Path and query, `*`, or the `host:port` of CONNECT. Several leading slashes are reduced to one. */
  readonly path: string;
  /** True if the target is an `https` URI in absolute form: RFC 9110 §7.4. */
  readonly isSecure: boolean;
  /** Host of an absolute-form target. It replaces `Host`: RFC 9112 §3.2.2. */
  readonly authority: string | null;
  /** Version as sent: `HTTP/1.1`. */
  readonly version: string;
  /** 0 for HTTP/1.0; 1 for HTTP/1.1 and higher minor versions, which are treated as 1.1 (RFC 9110 §2.5). */
  readonly minorVersion: 0 | 1;
}

// method SP request-target SP HTTP-version: no other white space is allowed.
const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([\x21-\x7e]+) HTTP\/([0-9])\.([0-9])$/;

// The three parts of {@link REQUEST_LINE}, with any text for the last two.
const THREE_PARTS = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+ [\x21-\x7e\x80-\xff]+ ([\x21-\x7e\x80-\xff]+)$/;

// absolute-form = absolute-URI, here of http and https: RFC 9112 §3.2.2
const ABSOLUTE_FORM = /^http(s?):\/\/([^/?]*)(.*)$/i;

type Target = Pick<RequestLine, "path" | "authority" | "isSecure">;

/**
 * Parses a request line.
 *
 * @param line - the line, without its line end
 * @throws {@link ProtocolError} if it is malformed
 */
export function parseRequestLine(line: string): RequestLine {
  const match = REQUEST_LINE.exec(line);
  if (match === null) throw new ProtocolError(diagnose(line));
  const method = match[1] as string;
  const target = match[2] as string;
  const minor = match[4] as string;
  if (match[3] !== "1") throw new ProtocolError("UNSUPPORTED_VERSION");
  const parsed = parseTarget(method, target);
  return { method, target, ...parsed, version: `HTTP/1.${minor}`, minorVersion: minor === "0" ? 0 : 1 };
}

function diagnose(line: string): ProtocolErrorCode {
  if (isProxyPreface(line)) return "PROXY_PROTOCOL";
  const version = THREE_PARTS.exec(line)?.[1];
  if (version === undefined) return "BAD_REQUEST_LINE";
  // Not read as UTF-8: "a recipient SHOULD NOT attempt to autocorrect" (RFC 9112 §3). A filter in front may have
  // decoded it differently.
  return /^HTTP\/[0-9]\.[0-9]$/.test(version) ? "UNENCODED_TARGET" : "BAD_VERSION";
}

/** Parses the four forms of a target: RFC 9112 §3.2. */
function parseTarget(method: string, target: string): Target {
  // No form has a fragment: servers that remove it see another path than servers that don't.
  if (target.includes("#")) throw new ProtocolError("BAD_TARGET");
  if (method === "CONNECT") return local(authorityForm(target));
  if (target.charCodeAt(0) === 0x2f) return local(originForm(target));
  if (target === "*" && method === "OPTIONS") return local(target);
  return absoluteForm(method, target);
}

function local(path: string): Target {
  return { path, authority: null, isSecure: false };
}

// Several leading slashes become one. In a redirect, a path with two would point to another host (CVE-2021-28861).
function originForm(target: string): string {
  return target.charCodeAt(1) === 0x2f ? target.replace(/^\/+/, "/") : target;
}

function absoluteForm(method: string, target: string): Target {
  const match = ABSOLUTE_FORM.exec(target);
  const authority = match?.[2];
  // An http URI must have a host (RFC 9110 §4.2.1). User information in a URI is a sign of phishing (§4.2.4).
  if (!authority || !isHost(authority)) throw new ProtocolError("BAD_TARGET");
  const rest = match?.[3] as string;
  const isSecure = match?.[1] !== "";
  if (rest === "" && method === "OPTIONS") return { path: "*", authority, isSecure };
  return { path: originForm(rest.startsWith("/") ? rest : `/${rest}`), authority, isSecure };
}

// RFC 9110 §9.3.6: a missing or invalid port is refused. Port 0 names no service.
function authorityForm(target: string): string {
  const port = /:([0-9]+)$/.exec(target)?.[1];
  if (!isHost(target) || port === undefined || Number(port) === 0) throw new ProtocolError("BAD_TARGET");
  return target;
}
