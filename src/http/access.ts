/**
 * Access control by the host, the credentials and the origin of a request. Pure functions.
 *
 * @module
 */

import { createHash, timingSafeEqual } from "node:crypto";
import type { Field } from "../files/content-reply.js";

/**
 * True if a request names a host that is served.
 *
 * Against DNS rebinding: a page of a stranger's, whose name was made to lead to this machine, sends its own name here
 * ({@link https://nvd.nist.gov/vuln/detail/CVE-2018-5702 | CVE-2018-5702} and many like it).
 *
 * @param host - the field `Host`; `null` if there is none
 * @param allowed - names and addresses without a port, in any case; one with a dot before it also stands for all below it.
 *   `null` allows every host
 * @example
 * isAllowedHost("app.test:8000", [".test"]); // true
 */
export function isAllowedHost(host: string | null, allowed: readonly string[] | null): boolean {
  if (allowed === null) return true;
  if (host === null) return false;
  const name = nameOf(host);
  return allowed.some((entry) => matches(name, entry.toLowerCase()));
}

/** A host without its port and without the dot that may end it, in lower case. */
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
 * Several fields never do, not even equal ones: a proxy may have looked at another than this server (RFC 9110 §5.3 allows
 * one). The time that it takes says nothing about them: digests are compared, which are of one length, and all of them.
 *
 * @param authorizations - the values of all fields `Authorization`
 * @param credentials - `user:password`
 */
export function hasCredentials(authorizations: readonly string[], credentials: string): boolean {
  const [authorization = "", ...others] = authorizations;
  if (others.length > 0) return false;
  const given = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1];
  return given !== undefined && timingSafeEqual(digest(Buffer.from(given, "base64")), digest(credentials));
}

function digest(data: string | Buffer): Buffer {
  return createHash("sha256").update(data).digest();
}

/** Header fields that scripts of other origins may read, in addition to the safelist of the Fetch standard. */
const EXPOSED = "Accept-Ranges, Content-Encoding, Content-Length, Content-Range, ETag";

/** Origins whose scripts may read responses, and the fields that they may read. */
export interface CorsPolicy {
  /** `*` for everybody, an origin (`https://app.example`), or several. */
  readonly origins: string | readonly string[];
  /** True if browsers may send cookies and passwords along. Never for everybody. */
  readonly credentials: boolean;
  /** Names of further fields that scripts may read. */
  readonly exposed: readonly string[];
}

/**
 * The fields that let scripts of another origin read a reply (the Fetch standard, §3.2).
 *
 * For one origin, or for all, they are the same for every request: a cache may keep the reply for all of them. For several they depend on
 * the field `Origin`, which `Vary` says.
 *
 * @param policy - who may
 * @param origin - the field `Origin` of the request; `null` if there is none
 */
export function corsFields({ origins, credentials, exposed }: CorsPolicy, origin: string | null): Field[] {
  const isList = typeof origins !== "string";
  const fields: Field[] = isList ? [["Vary", "Origin"]] : [];
  const allowed = isList ? origins.find((one) => one === origin) : origins;
  if (allowed === undefined) return fields;
  fields.push(["Access-Control-Allow-Origin", allowed]);
  // Any website could then act with its visitors' credentials. Browsers refuse this too.
  if (credentials && allowed !== "*") fields.push(["Access-Control-Allow-Credentials", "true"]);
  fields.push(["Access-Control-Expose-Headers", [EXPOSED, ...exposed].join(", ")]);
  return fields;
}

/** For how many seconds a browser may remember the answer to a preflight; two hours is what Chromium remembers at most. */
const PREFLIGHT_AGE = 7200;

/**
 * The fields that answer a preflight: which methods, and that the fields may be sent that the client wants to send.
 *
 * @param requested - the field `Access-Control-Request-Headers`; `null` if there is none
 * @param methods - those that are allowed
 */
export function preflightFields(requested: string | null, methods = "GET, HEAD"): Field[] {
  const fields: Field[] = [
    ["Access-Control-Allow-Methods", methods],
    ["Access-Control-Max-Age", String(PREFLIGHT_AGE)],
  ];
  if (requested !== null) fields.push(["Access-Control-Allow-Headers", requested]);
  return fields;
}

/** Fields that isolate a page from other origins, as `SharedArrayBuffer` requires, and that let such pages embed these files. */
export const ISOLATION_FIELDS: readonly Field[] = [
  ["Cross-Origin-Opener-Policy", "same-origin"],
  ["Cross-Origin-Embedder-Policy", "require-corp"],
  ["Cross-Origin-Resource-Policy", "cross-origin"],
];
