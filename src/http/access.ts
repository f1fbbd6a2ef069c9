/**
 * Access control by the host, the credentials and the origin of a request. Pure functions.
 *
 * @module
 */

import type { Field } from "../files/content-reply.js";

/**
 * True if a request names a host that the server serves.
 *
 * This prevents DNS rebinding: an attacker makes the name of a website resolve to this machine, so that a page of the
 * website can send requests to it. Such requests contain the website's name ({@link
 * https://nvd.nist.gov/vuln/detail/CVE-2018-5702 | CVE-2018-5702} and many others).
 *
 * @param host - the field `Host`; `null` if there is none
 * @param allowed - names and addresses without a port, in any case. A name after a dot also stands for all names below
 *   it. `null` allows every host
 * @example
 * isAllowedHost("app.test:8000", [".test"]); // true
 */
export function isAllowedHost(host: string | null, allowed: readonly string[] | null): boolean {
  if (allowed === null) return true;
  if (host === null) return false;
  const name = nameOf(host);
  return allowed.some((entry) => matches(name, entry.toLowerCase()));
}

/** Returns a host in lower case, without its port and without a dot at its end. */
function nameOf(host: string): string {
  return host.replace(/:\d*$/, "").replace(/\.$/, "").toLowerCase();
}

function matches(name: string, entry: string): boolean {
  if (entry.startsWith(".")) return name === entry.slice(1) || name.endsWith(entry);
  return name === entry || name === `[${entry}]`;
}

/**
 * True if a request has these credentials, in HTTP's Basic scheme (RFC 7617).
 *
 * The result is false if there are several fields, even equal ones: a proxy may have checked another field than this
 * server would (RFC 9110 §5.3 allows only one such field). Credentials are compared in constant time, by digests of equal length.
 *
 * @param authorizations - the values of all fields `Authorization`
 * @param credentials - `user:password`
 */
export function hasCredentials(authorizations: readonly string[], credentials: string): boolean {
  const [authorization = "", ...others] = authorizations;
  if (others.length > 0) return false;
  const given = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1];
  const { timingSafeEqual } = process.getBuiltinModule("node:crypto");
  return given !== undefined && timingSafeEqual(digest(Buffer.from(given, "base64")), digest(credentials));
}

function digest(data: string | Buffer): Buffer {
  return process.getBuiltinModule("node:crypto").createHash("sha256").update(data).digest();
}

/** Header fields that scripts of other origins may read, in addition to the safelist of the Fetch standard. */
const EXPOSED = "Accept-Ranges, Content-Encoding, Content-Length, Content-Range, ETag";

/** Origins whose scripts may read responses, and the fields that they may read. */
export interface CorsPolicy {
  /** `*` for every origin, one origin (`https://app.example`), or several. */
  readonly origins: string | readonly string[];
  /** True if browsers may send cookies and passwords. It has no effect for `*`. */
  readonly credentials: boolean;
  /** Names of further fields that scripts may read. */
  readonly exposed: readonly string[];
}

/**
 * Returns the fields that allow scripts of another origin to read a response (the Fetch standard, §3.2).
 *
 * For `*` or one origin, the fields are the same for every request, so a cache can use a response for all. For several
 * origins, they depend on the field `Origin`, so there is a `Vary` field.
 *
 * @param policy - the allowed origins
 * @param origin - the field `Origin` of the request; `null` if there is none
 */
export function corsFields({ origins, credentials, exposed }: CorsPolicy, origin: string | null): Field[] {
  const isList = typeof origins !== "string";
  const fields: Field[] = isList ? [["Vary", "Origin"]] : [];
  const allowed = isList ? origins.find((one) => one === origin) : origins;
  if (allowed === undefined) return fields;
  fields.push(["Access-Control-Allow-Origin", allowed]);
  // Not for `*`: any website could use its visitors' credentials. Browsers refuse this too.
  if (credentials && allowed !== "*") fields.push(["Access-Control-Allow-Credentials", "true"]);
  fields.push(["Access-Control-Expose-Headers", [EXPOSED, ...exposed].join(", ")]);
  return fields;
}

/** Seconds that a browser may cache the response to a preflight. Two hours is Chromium's maximum. */
const PREFLIGHT_AGE = 7200;

/**
 * Returns the fields of the response to a preflight: the allowed methods, and all requested fields.
 *
 * @param requested - the field `Access-Control-Request-Headers`; `null` if there is none
 * @param methods - the allowed methods
 */
export function preflightFields(requested: string | null, methods = "GET, HEAD"): Field[] {
  const fields: Field[] = [
    ["Access-Control-Allow-Methods", methods],
    ["Access-Control-Max-Age", String(PREFLIGHT_AGE)],
  ];
  if (requested !== null) fields.push(["Access-Control-Allow-Headers", requested]);
  return fields;
}

/**
 * Fields that isolate a page from other origins, as `SharedArrayBuffer` requires, and that allow such pages to embed
 * these files.
 */
export const ISOLATION_FIELDS: readonly Field[] = [
  ["Cross-Origin-Opener-Policy", "same-origin"],
  ["Cross-Origin-Embedder-Policy", "require-corp"],
  ["Cross-Origin-Resource-Policy", "cross-origin"],
];
