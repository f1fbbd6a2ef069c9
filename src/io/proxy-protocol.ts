/**
 * The PROXY protocol, versions 1 and 2: a header that names the client of a connection from a proxy or load balancer.
 * {@link https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt | Its specification} is HAProxy's. Bytes in,
 * values out.
 *
 * @module
 */

import { isIPv4, isIPv6, SocketAddress } from "node:net";
import { checksumsOf, type ProxyDetails, type ProxyTlv, parseTlvs, readDetails } from "./proxy-tlvs.js";

/** One end of the connection of a client to a proxy: `[host, port]`; a path for a socket in the file system. */
export type ProxyEndpoint = readonly [host: string, port: number] | string;

/** Facts about a connection, from the proxy that has opened it. */
export interface ProxyHeader extends ProxyDetails {
  /** The version of the protocol. */
  readonly version: 1 | 2;
  /** True if the proxy has opened the connection for itself, for example for a health check: `LOCAL`. */
  readonly isLocal: boolean;
  /** The client; `null` if the proxy does not name it, or has opened the connection for itself. */
  readonly source: ProxyEndpoint | null;
  /** The address that the client has connected to; `null` like {@link source}. */
  readonly destination: ProxyEndpoint | null;
  /** All values of version 2, in their order. */
  readonly tlvs: readonly ProxyTlv[];
}

/** Result of parsing the first bytes of a connection. */
export type ParsedProxyHeader =
  | { readonly kind: "header"; readonly header: ProxyHeader /** Bytes. */; readonly length: number }
  /** More bytes must arrive first. */
  | { readonly kind: "incomplete" }
  /** There is no valid header. `problem` is the end of a sentence about the connection. */
  | { readonly kind: "malformed"; readonly problem: string };

/**
 * Bytes of the longest header: HAProxy's own buffer. The addresses need up to 216 bytes, and the rest has room for a
 * client's certificate.
 */
export const LONGEST_HEADER = 16 * 1024;

/** Bytes of the longest header of version 1, with its end (§2.1). */
const LONGEST_LINE = 107;

const LINE_START = Buffer.from("PROXY ", "latin1");
const SIGNATURE = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");

/** Bytes before the addresses of version 2. */
const PREFIX = 16;

const INCOMPLETE: ParsedProxyHeader = { kind: "incomplete" };
const NO_DETAILS: ProxyDetails = { alpn: null, authority: null, uniqueId: null, ssl: null };

/**
 * Reads the header at the beginning of a connection. The result does not depend on how the network splits the bytes.
 *
 * @param bytes - all bytes that have arrived so far
 */
export function parseProxyHeader(bytes: Buffer): ParsedProxyHeader {
  if (startsLike(bytes, SIGNATURE)) return bytes.length < PREFIX ? INCOMPLETE : parseBinary(bytes);
  if (startsLike(bytes, LINE_START)) return parseLine(bytes);
  return malformed("begins with other data");
}

/** True if the bytes begin with a text, or may do so when more of them have arrived. */
function startsLike(bytes: Buffer, text: Buffer): boolean {
  const length = Math.min(bytes.length, text.length);
  return text.compare(bytes, 0, length, 0, length) === 0;
}

function parseLine(bytes: Buffer): ParsedProxyHeader {
  const end = bytes.subarray(0, LONGEST_LINE).indexOf("\n");
  if (end < 0)
    return bytes.length < LONGEST_LINE ? INCOMPLETE : malformed("begins with a line that is too long");
  const header = headerOfLine(bytes.toString("latin1", 0, end + 1));
  return header === undefined
    ? malformed("begins with a malformed line of version 1")
    : { kind: "header", header, length: end + 1 };
}

// No leading zeros, and a single space between the parts: §2.1. The rest of the line after UNKNOWN must be ignored.
const LINE =
  /^PROXY (?:UNKNOWN(?: [^\r\n]*)?|(TCP4|TCP6) ([0-9A-Fa-f:.]+) ([0-9A-Fa-f:.]+) (0|[1-9][0-9]{0,4}) (0|[1-9][0-9]{0,4}))\r\n$/;

function headerOfLine(line: string): ProxyHeader | undefined {
  const [all, family, from = "", to = "", fromPort, toPort] = LINE.exec(line) ?? [];
  if (all === undefined) return undefined;
  const header = { version: 1, isLocal: false, tlvs: [], ...NO_DETAILS } as const;
  if (family === undefined) return { ...header, source: null, destination: null };
  const isAddress = family === "TCP4" ? isIPv4 : isIPv6;
  const ports = [Number(fromPort), Number(toPort)] as const;
  if (!isAddress(from) || !isAddress(to) || Math.max(...ports) > 65_535) return undefined;
  return { ...header, source: [canonical(from), ports[0]], destination: [canonical(to), ports[1]] };
}

function parseBinary(bytes: Buffer): ParsedProxyHeader {
  const [version, command] = nibbles(bytes.readUInt8(12));
  if (version !== 2 || command > 1) return malformed("begins with a header of an unknown version or command");
  const length = PREFIX + bytes.readUInt16BE(14);
  if (length > LONGEST_HEADER) return malformed(`begins with a header of more than ${LONGEST_HEADER} bytes`);
  if (bytes.length < length) return INCOMPLETE;
  // A copy. Otherwise, keeping the header would keep all bytes that arrived with it.
  const whole = Buffer.from(bytes.subarray(0, length));
  const header = command === 0 ? localHeader(whole) : proxiedHeader(whole);
  return typeof header === "string" ? malformed(header) : { kind: "header", header, length };
}

/** Returns the header of a connection that the proxy has opened for itself. Its addresses are ignored, even invalid ones:
 * §2.2. */
function localHeader(whole: Buffer): ProxyHeader | string {
  const [family] = nibbles(whole.readUInt8(13));
  const rest = restOf(whole, ADDRESS_LENGTHS[family] ?? 0, false);
  return typeof rest === "string"
    ? rest
    : { version: 2, isLocal: true, source: null, destination: null, ...rest };
}

function proxiedHeader(whole: Buffer): ProxyHeader | string {
  const [family, transport] = nibbles(whole.readUInt8(13));
  const length = ADDRESS_LENGTHS[family];
  if (length === undefined || transport > 2) return "begins with a header of an unknown address family";
  if (whole.length < PREFIX + length) return "begins with a header that is too short for its addresses";
  const rest = restOf(whole, length, family !== UNSPEC);
  if (typeof rest === "string") return rest;
  const [source, destination] = endpoints(whole.subarray(PREFIX, PREFIX + length), family);
  return { version: 2, isLocal: false, source, destination, ...rest };
}

const UNSPEC = 0;
const INET = 1;
const INET6 = 2;

/** Bytes of both addresses, by family: unspecified, IPv4, IPv6, a socket in the file system. */
const ADDRESS_LENGTHS: readonly (number | undefined)[] = [0, 12, 36, 216];

function endpoints(bytes: Buffer, family: number): readonly [ProxyEndpoint | null, ProxyEndpoint | null] {
  if (family === UNSPEC) return [null, null];
  if (family === INET || family === INET6) {
    const size = family === INET ? 4 : 16;
    const host = (at: number) => hostOf(bytes.subarray(at, at + size));
    return [
      [host(0), bytes.readUInt16BE(2 * size)],
      [host(size), bytes.readUInt16BE(2 * size + 2)],
    ];
  }
  return [pathOf(bytes.subarray(0, 108)), pathOf(bytes.subarray(108))];
}

function hostOf(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join(".");
  return canonical((bytes.toString("hex").match(/..../g) as string[]).join(":"));
}

/** An abstract name on Linux begins with a NUL. It is shown with an `@`, as HAProxy and `ss` do. */
function pathOf(bytes: Buffer): string {
  const isAbstract = bytes[0] === 0 && bytes[1] !== 0;
  const start = isAbstract ? 1 : 0;
  const end = bytes.indexOf(0, start);
  return (isAbstract ? "@" : "") + bytes.toString("utf8", start, end < 0 ? bytes.length : end);
}

/** Returns an address as the system writes it, so that equal addresses are equal texts. */
function canonical(host: string): string {
  return isIPv6(host) ? new SocketAddress({ address: host, family: "ipv6" }).address : host;
}

/**
 * Reads the part after the addresses.
 *
 * @param isStrict - false if this part must be ignored, so that any bytes are allowed
 * @returns the details, or the problem as the end of a sentence
 */
function restOf(
  whole: Buffer,
  addresses: number,
  isStrict: boolean,
): (ProxyDetails & Pick<ProxyHeader, "tlvs">) | string {
  const tlvs = parseTlvs(whole.subarray(PREFIX + addresses));
  const details = tlvs && readDetails(tlvs);
  const sums = tlvs && checksumsOf(tlvs);
  if (tlvs === undefined || details === undefined || sums === undefined)
    return isStrict ? "begins with a header whose values are malformed" : { ...NO_DETAILS, tlvs: [] };
  if (!sums.every((sum) => isRight(sum, whole))) return "begins with a header whose checksum is wrong";
  return { ...details, tlvs };
}

/** True if a checksum is correct. It is computed over the header, with zeros in place of the checksum. */
function isRight(sum: Buffer, whole: Buffer): boolean {
  const copy = Buffer.from(whole);
  const at = sum.byteOffset - whole.byteOffset;
  copy.fill(0, at, at + sum.length);
  return crc32c(copy) === sum.readUInt32BE(0);
}

function nibbles(byte: number): readonly [high: number, low: number] {
  return [byte >> 4, byte & 0xf];
}

function malformed(problem: string): ParsedProxyHeader {
  return { kind: "malformed", problem };
}

/** Castagnoli's polynomial (RFC 9260 appendix A), with its bits reversed. */
const POLYNOMIAL = 0x82f63b78;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ POLYNOMIAL : rest >>> 1;
  return rest;
});

/** Returns the CRC32C of bytes. Node has only zlib's CRC-32. */
export function crc32c(bytes: Uint8Array): number {
  let rest = 0xffffffff;
  for (const byte of bytes) rest = (TABLE[(rest ^ byte) & 0xff] as number) ^ (rest >>> 8);
  return (rest ^ 0xffffffff) >>> 0;
}
