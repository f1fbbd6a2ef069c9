/**
 * The type-length-values of the PROXY protocol, version 2: §2.2 of its specification.
 *
 * @module
 */

/** One value that a proxy has added, unchanged. */
export interface ProxyTlv {
  /** A number from the specification, from a vendor (0xE0 to 0xEF), or of your own (0xF0 to 0xF7). */
  readonly type: number;
  /** The bytes of the value. */
  readonly value: Buffer;
}

/** The TLS connection of the client to the proxy: `PP2_TYPE_SSL`. */
export interface ProxySsl {
  /** True if the client speaks TLS with the proxy. */
  readonly isUsed: boolean;
  /** True if the client has shown a certificate on this connection, or earlier in its session. */
  readonly hasCertificate: boolean;
  /** True if the client has shown a certificate, and the proxy has verified it. */
  readonly isVerified: boolean;
  /** For example `TLSv1.3`; `null` if the proxy does not send it. */
  readonly version: string | null;
  /** The common name of the client's certificate; `null` if the proxy does not send it. */
  readonly commonName: string | null;
  /** The cipher, for example `TLS_AES_256_GCM_SHA384`; `null` if the proxy does not send it. */
  readonly cipher: string | null;
  /**
   * The algorithm of the signature of the proxy's certificate, for example `SHA256`; `null` if the proxy does not send
   * it.
   */
  readonly signatureAlgorithm: string | null;
  /**
   * The algorithm of the key of the proxy's certificate, for example `RSA2048`; `null` if the proxy does not send it.
   */
  readonly keyAlgorithm: string | null;
}

/** The values with a name in the specification. A member is `null` if the proxy does not send it. */
export interface ProxyDetails {
  /** The protocol that the client and the proxy have agreed on by ALPN, for example `h2`. */
  readonly alpn: string | null;
  /** The host name that the client has requested, for example by the server name indication of TLS. */
  readonly authority: string | null;
  /** Identifies the connection, for example in the proxy's log. Up to 128 bytes. */
  readonly uniqueId: Buffer | null;
  /** The client's TLS connection to the proxy. */
  readonly ssl: ProxySsl | null;
}

const ALPN = 0x01;
const AUTHORITY = 0x02;
const CRC32C = 0x03;
const UNIQUE_ID = 0x05;
const SSL = 0x20;
const SSL_VERSION = 0x21;
const SSL_CN = 0x22;
const SSL_CIPHER = 0x23;
const SSL_SIG_ALG = 0x24;
const SSL_KEY_ALG = 0x25;

/** Bytes of the longest unique id. */
const LONGEST_ID = 128;

/** Bytes of type and length. */
const HEAD = 3;

/**
 * Splits bytes into values.
 *
 * @returns `undefined` if the bytes do not end with the end of a value
 */
export function parseTlvs(bytes: Buffer): readonly ProxyTlv[] | undefined {
  const tlvs: ProxyTlv[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + HEAD > bytes.length) return undefined;
    const end = at + HEAD + bytes.readUInt16BE(at + 1);
    if (end > bytes.length) return undefined;
    tlvs.push({ type: bytes.readUInt8(at), value: bytes.subarray(at + HEAD, end) });
    at = end;
  }
  return tlvs;
}

/**
 * Reads the values with a name in the specification. If a type occurs several times, the first one counts.
 *
 * @returns `undefined` if one is malformed
 */
export function readDetails(tlvs: readonly ProxyTlv[]): ProxyDetails | undefined {
  const uniqueId = firstOf(tlvs, UNIQUE_ID);
  const ssl = readSsl(firstOf(tlvs, SSL));
  if (ssl === undefined || (uniqueId?.length ?? 0) > LONGEST_ID) return undefined;
  return { alpn: textOf(tlvs, ALPN, "latin1"), authority: textOf(tlvs, AUTHORITY), uniqueId, ssl };
}

/**
 * Finds the checksums.
 *
 * @returns `undefined` if one is not four bytes long
 */
export function checksumsOf(tlvs: readonly ProxyTlv[]): readonly Buffer[] | undefined {
  const sums = tlvs.filter(({ type }) => type === CRC32C).map(({ value }) => value);
  return sums.every(({ length }) => length === 4) ? sums : undefined;
}

function readSsl(value: Buffer | null): ProxySsl | null | undefined {
  if (value === null) return null;
  // One byte of flags, four bytes with the result of the verification, and values.
  const tlvs = value.length < 5 ? undefined : parseTlvs(value.subarray(5));
  if (tlvs === undefined) return undefined;
  const flags = value.readUInt8(0);
  const hasCertificate = (flags & 0x06) !== 0;
  return {
    isUsed: (flags & 0x01) !== 0,
    hasCertificate,
    isVerified: hasCertificate && value.readUInt32BE(1) === 0,
    version: textOf(tlvs, SSL_VERSION),
    commonName: textOf(tlvs, SSL_CN),
    cipher: textOf(tlvs, SSL_CIPHER),
    signatureAlgorithm: textOf(tlvs, SSL_SIG_ALG),
    keyAlgorithm: textOf(tlvs, SSL_KEY_ALG),
  };
}

function firstOf(tlvs: readonly ProxyTlv[], type: number): Buffer | null {
  return tlvs.find((tlv) => tlv.type === type)?.value ?? null;
}

function textOf(tlvs: readonly ProxyTlv[], type: number, encoding: BufferEncoding = "utf8"): string | null {
  return firstOf(tlvs, type)?.toString(encoding) ?? null;
}
