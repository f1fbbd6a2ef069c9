/**
 * Fields in which proxies name the client of a forwarded request: `Forwarded` (RFC 7239), and the older
 * `X-Forwarded-For`, `X-Forwarded-Proto`, `X-Forwarded-Host` and `X-Real-IP`.
 *
 * Each proxy appends an element to a list, and the client may have sent the first elements itself. So lists are read
 * from the right, up to the first address that is not a trusted proxy: this is the client. Elements further to the left
 * may be forged.
 *
 * @module
 */

import { valuesOf } from "./field-lines.js";
import { isHost, isIPv4Address, isIPv6Address, trimWhitespace } from "./grammar.js";
import type { FieldLines } from "./message.js";

/** One end of a connection, as a proxy names it: RFC 7239 §6. */
export interface ForwardedNode {
  /** A numeric address without brackets; `unknown`; or a pseudonym that begins with `_`. */
  readonly name: string;
  /** Port; 0 if it is missing or hidden. */
  readonly port: number;
  /** True if the name is an address. */
  readonly isAddress: boolean;
}

/** An element of `Forwarded`, written by one proxy. Members are `null` if the proxy left them out. */
export interface ForwardedElement {
  /** Client of the proxy. */
  readonly for: ForwardedNode | null;
  /** The proxy's own end of the connection. */
  readonly by: ForwardedNode | null;
  /** `Host` that the proxy has received. */
  readonly host: string | null;
  /** Scheme of the request that the proxy has received, in lower case. */
  readonly proto: string | null;
}

/** The client of a proxy, and facts about its request. Members are `null` if no trusted proxy reports them. */
export interface Forwarded {
  readonly client: ForwardedNode | null;
  readonly scheme: "http" | "https" | null;
  readonly host: string | null;
}

/** Addresses of trusted proxies. */
export interface TrustedAddresses {
  includes(address: string): boolean;
  /** Returns the canonical form of an address, for comparison. */
  canonical(address: string): string;
}

const NODE =
  /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+)|(unknown)|(_[0-9A-Za-z._-]+))(?::(?:([0-9]{1,5})|_[0-9A-Za-z._-]+))?$/i;

/**
 * Parses a node: `192.0.2.43`, `192.0.2.43:47011`, `[2001:db8::17]:47011`, `unknown`, `_hidden`, `_hidden:_port`.
 *
 * @returns `undefined` if it is malformed
 */
export function parseNode(text: string): ForwardedNode | undefined {
  const [all, ipv6, ipv4, unknown, hidden, digits = "0"] = NODE.exec(text) ?? [];
  const port = Number(digits);
  if (all === undefined || port > 65_535) return undefined;
  if (hidden !== undefined) return { name: hidden, port, isAddress: false };
  if (unknown !== undefined) return { name: "unknown", port, isAddress: false };
  const isAddress = ipv6 === undefined ? isIPv4Address(ipv4 as string) : isIPv6Address(ipv6);
  return isAddress ? { name: ipv6 ?? (ipv4 as string), port, isAddress } : undefined;
}

/**
 * Parses an element of `X-Forwarded-For`: a node, or an IPv6 address without brackets.
 *
 * @returns `undefined` if it is malformed
 */
export function parseForwardedFor(text: string): ForwardedNode | undefined {
  return isIPv6Address(text) ? { name: text, port: 0, isAddress: true } : parseNode(text);
}

// forwarded-pair = token "=" ( token / quoted-string ): RFC 7239 §4.
const PAIR =
  /([!#$%&'*+\-.^_`|~0-9A-Za-z]+)=(?:([!#$%&'*+\-.^_`|~0-9A-Za-z]+)|"((?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*)")/y;

/**
 * Parses an element of `Forwarded`.
 *
 * @returns `undefined` if it is malformed, or repeats a parameter (RFC 7239 §4)
 */
export function parseForwardedElement(text: string): ForwardedElement | undefined {
  const pairs = parsePairs(text);
  if (pairs === undefined) return undefined;
  const [from, by] = ["for", "by"].map((name) => {
    const value = pairs.get(name);
    return value === undefined ? null : parseNode(value);
  });
  const host = pairs.get("host") ?? null;
  const proto = pairs.get("proto") ?? null;
  if (from === undefined || by === undefined || host === "" || !isHost(host ?? "")) return undefined;
  // scheme: RFC 3986 §3.1
  if (proto !== null && !/^[A-Za-z][A-Za-z0-9+.-]*$/.test(proto)) return undefined;
  return { for: from, by, host, proto: proto === null ? null : proto.toLowerCase() };
}

function parsePairs(text: string): Map<string, string> | undefined {
  const pairs = new Map<string, string>();
  // Each round begins where a pair may begin, and ends at the next semicolon.
  for (let at = 0; at <= text.length; at++) {
    PAIR.lastIndex = at;
    const [pair, name = "", token, quoted = ""] = PAIR.exec(text) ?? [];
    if (pair !== undefined) {
      const key = name.toLowerCase();
      if (pairs.has(key)) return undefined;
      pairs.set(key, token ?? quoted.replace(/\\(.)/gs, "$1"));
      at += pair.length;
    }
    if (at < text.length && text[at] !== ";") return undefined;
  }
  return pairs;
}

/** Yields the elements of `Forwarded`, from the last to the first; `undefined` for a malformed one. */
export function* forwardedElements(values: readonly string[]): Generator<ForwardedElement | undefined> {
  for (const value of values.toReversed()) {
    for (let end = value.length; end > 0; ) {
      const comma = commaOutsideQuotes(value, end);
      const element = trimWhitespace(value.slice(comma + 1, end));
      if (element !== "") yield parseForwardedElement(element);
      end = comma;
    }
  }
}

/** Finds a comma outside quoted strings. A quote without a partner quotes everything before it. */
function commaOutsideQuotes(value: string, end: number): number {
  let at = end - 1;
  for (; at >= 0 && value[at] !== ","; at--) if (value[at] === '"') at = openingQuote(value, at);
  return Math.max(at, -1);
}

function openingQuote(value: string, closing: number): number {
  let at = value.lastIndexOf('"', closing - 1);
  while (at > 0 && isEscaped(value, at)) at = value.lastIndexOf('"', at - 1);
  return closing === 0 ? -1 : at;
}

function isEscaped(value: string, at: number): boolean {
  let before = at;
  while (value[before - 1] === "\\") before--;
  return (at - before) % 2 === 1;
}

/** Returns the elements of the older lists, from the last to the first, without empty ones (RFC 9110 §5.6.1.2). */
function fromTheRight(values: readonly string[]): string[] {
  const members = values.join(",").split(",").map(trimWhitespace);
  return members.filter((member) => member !== "").reverse();
}

/** Yields the elements of `X-Forwarded-For`, from the last to the first; `undefined` for a malformed one. */
export function* forwardedForNodes(values: readonly string[]): Generator<ForwardedNode | undefined> {
  for (const element of fromTheRight(values)) yield parseForwardedFor(element);
}

const NOTHING: Forwarded = { client: null, scheme: null, host: null };

/**
 * Finds the client for whom a trusted proxy has forwarded a request.
 *
 * The client is the first node from the right that is not a trusted proxy, or the leftmost if all are. If a malformed
 * element comes before it, the whole list is ignored. Scheme and host come from the proxy that received the client's
 * request. `X-Real-IP` is used if no list names a client.
 *
 * @param fields - the header fields of a request from a trusted proxy
 * @param trusted - the trusted proxies
 * @returns `"contradictory"` if `Forwarded` and the older fields differ: the client may have sent one of them itself
 */
export function readForwarded(fields: FieldLines, trusted: TrustedAddresses): Forwarded | "contradictory" {
  const standard = readStandard(fields, trusted);
  const older = readOlder(fields, trusted);
  const isSame = (one: ForwardedNode, other: ForwardedNode) =>
    nameOf(one, trusted) === nameOf(other, trusted);
  if (
    differ(standard.client, older.client, isSame) ||
    differ(standard.scheme, older.scheme) ||
    differ(standard.host, older.host, (one, other) => one.toLowerCase() === other.toLowerCase())
  )
    return "contradictory";
  const client = standard.client ?? older.client;
  return {
    client: client === null ? null : { ...client, name: nameOf(client, trusted) },
    scheme: standard.scheme ?? older.scheme,
    host: standard.host ?? older.host,
  };
}

function differ<T>(one: T | null, other: T | null, isSame = (a: T, b: T): boolean => a === b): boolean {
  return one !== null && other !== null && !isSame(one, other);
}

function nameOf({ name, isAddress }: ForwardedNode, trusted: TrustedAddresses): string {
  return isAddress ? trusted.canonical(name) : name;
}

/** True if the node is a trusted proxy. */
function isPassed(node: ForwardedNode | null, trusted: TrustedAddresses): boolean {
  return node?.isAddress === true && trusted.includes(node.name);
}

function readStandard(fields: FieldLines, trusted: TrustedAddresses): Forwarded {
  let found = NOTHING;
  for (const element of forwardedElements(valuesOf(fields, "forwarded"))) {
    if (element === undefined) return NOTHING;
    const { for: client, proto, host } = element;
    found = { client: client ?? found.client, scheme: schemeOf(proto), host };
    if (!isPassed(client, trusted)) break;
  }
  return found;
}

function readOlder(fields: FieldLines, trusted: TrustedAddresses): Forwarded {
  let client: ForwardedNode | null = null;
  let place = 0;
  for (const node of forwardedForNodes(valuesOf(fields, "x-forwarded-for"))) {
    client = node ?? null;
    place++;
    if (!isPassed(client, trusted)) break;
  }
  if (client === null) place = 1;
  const host = memberAt(valuesOf(fields, "x-forwarded-host"), place);
  return {
    client: client ?? realIp(valuesOf(fields, "x-real-ip")),
    scheme: schemeOf(memberAt(valuesOf(fields, "x-forwarded-proto"), place)?.toLowerCase() ?? null),
    host: host !== null && isHost(host) ? host : null,
  };
}

/**
 * Returns the element that the proxy at `place` (1 is the last) wrote. If not every proxy added one, returns the
 * leftmost.
 */
function memberAt(values: readonly string[], place: number): string | null {
  const members = fromTheRight(values);
  return members[Math.min(place, members.length) - 1] ?? null;
}

function realIp(values: readonly string[]): ForwardedNode | null {
  const [value = "", ...others] = values;
  return others.length > 0 ? null : (parseForwardedFor(value) ?? null);
}

/** Returns the scheme. Some proxies send `wss` for WebSocket requests. */
function schemeOf(proto: string | null): "http" | "https" | null {
  if (proto === "https" || proto === "wss") return "https";
  return proto === "http" || proto === "ws" ? "http" : null;
}
