/**
 * A self-signed certificate, created in memory.
 *
 * @module
 */
import {
  createHash,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from "node:crypto";
import * as der from "./der.js";
import { isScoped, parseServerName, type ServerName } from "./server-name.js";

/** Validity period of a certificate. */
export interface Validity {
  /**
   * Number of days, at least 1. Default 397. The period begins an hour before `now`, for clients whose clocks are
   * behind.
   *
   * 397 is below the limits of browsers. Apple allows 825 days for certificates that users trust
   * (https://support.apple.com/103769). For public authorities, the limit was 398, and the advice 397
   * (https://support.apple.com/102028). A shorter time has no advantage, because the key disappears with the process.
   */
  readonly days?: number;
  /** Seconds since the epoch. Default: the current time. */
  readonly now?: number;
}

/** A certificate and its key, for `node:tls`, and a fingerprint that people can compare. */
export interface SelfSignedCertificate {
  /** PEM. Clients can trust it: `curl --cacert`, Node's `ca`. */
  readonly cert: string;
  /** PEM, PKCS #8, not encrypted. */
  readonly key: string;
  /** The SHA-256 of the certificate, as browsers show it: `AA:BB:…`. */
  readonly fingerprint: string;
}

/** Seconds that a client's clock may be behind. */
const CLOCK_SKEW = 3600;
const DAY = 86_400;
const DEFAULT_DAYS = 397;

/** `ub-common-name`, RFC 5280 appendix A.1. */
const MAX_COMMON_NAME = 64;
/** Contains a space, so it never matches a host name. */
const OTHER_COMMON_NAME = "pyserve self-signed";

const ECDSA_WITH_SHA256 = der.sequence(der.objectIdentifier("1.2.840.10045.4.3.2")); // RFC 5758 §3.2
const COMMON_NAME = der.objectIdentifier("2.5.4.3");
const SERVER_AUTH = der.objectIdentifier("1.3.6.1.5.5.7.3.1");

const EXTENSION = {
  subjectKeyIdentifier: der.objectIdentifier("2.5.29.14"),
  keyUsage: der.objectIdentifier("2.5.29.15"),
  subjectAltName: der.objectIdentifier("2.5.29.17"),
  basicConstraints: der.objectIdentifier("2.5.29.19"),
  authorityKeyIdentifier: der.objectIdentifier("2.5.29.35"),
  extKeyUsage: der.objectIdentifier("2.5.29.37"),
} as const;

/**
 * Creates a key and a certificate for a server with these names.
 *
 * The key is ECDSA with P-256 and SHA-256, which every current client supports. The certificate is X.509 version 3 (RFC
 * 5280). Nothing is written to disk. Clients can read all names.
 *
 * A client can use the certificate as a trust anchor. It is not an authority (`CA:FALSE`): a client that trusts it
 * trusts only this server, because the key can't sign other certificates.
 *
 * @param names - host names and IP addresses, at least one; the first is also the subject. Addresses with a zone
 *   (`fe80::1%eth0`) are left out, because a certificate can't contain them
 * @param validity - the validity period. Default: 397 days from now
 * @throws RangeError for an invalid name, without names, and for days or a time that a certificate can't have
 */
export function selfSignedCertificate(
  names: readonly string[],
  { days = DEFAULT_DAYS, now = Date.now() / 1000 }: Validity = {},
): SelfSignedCertificate {
  const serverNames = readNames(names);
  const validity = validityPeriod(now, days);
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });

  const statement = toBeSigned(serverNames, validity, publicKey);
  const certificate = new X509Certificate(signed(statement, privateKey));
  return {
    cert: certificate.toString(),
    key: privateKey.export({ type: "pkcs8", format: "pem" }),
    fingerprint: certificate.fingerprint256,
  };
}

function readNames(names: readonly string[]): ServerName[] {
  const unscoped = names.filter((name) => !isScoped(name));
  if (unscoped.length === 0) {
    throw new RangeError(
      `names must have a host name, or an IP address without a zone, not only ${JSON.stringify(names)}`,
    );
  }
  return [...new Set(unscoped)].map(readName);
}

function readName(name: string): ServerName {
  const serverName = parseServerName(name);
  if (serverName !== undefined) return serverName;
  throw new RangeError(
    `names must be host names or IP addresses, not ${JSON.stringify(name)}. A host name has letters, digits and hyphens, with dots between; write others in their xn-- form.`,
  );
}

/** `Validity`. It includes both ends: RFC 5280 §4.1.2.5. */
function validityPeriod(now: number, days: number): Buffer {
  if (!(Number.isInteger(days) && days > 0)) {
    throw new RangeError(`days must be a whole number from 1, not ${days}`);
  }
  const notBefore = Math.floor(now) - CLOCK_SKEW;
  try {
    return der.sequence(der.time(notBefore), der.time(notBefore + days * DAY - 1));
  } catch (cause) {
    throw new RangeError(
      `now and days must stay within the years 1950 to 9999, unlike ${days} days from ${now} seconds since 1970`,
      { cause },
    );
  }
}

/** `Certificate`, RFC 5280 §4.1. */
function signed(statement: Buffer, key: KeyObject): Buffer {
  // Node's signature is already the SEQUENCE of two numbers that RFC 5758 §3.2 requires.
  return der.sequence(statement, ECDSA_WITH_SHA256, der.bitString(sign("sha256", statement, key)));
}

/** `TBSCertificate`, RFC 5280 §4.1.2. */
function toBeSigned(names: readonly ServerName[], validity: Buffer, publicKey: KeyObject): Buffer {
  const subject = distinguishedName(commonName(names));
  const keyInfo = publicKey.export({ type: "spki", format: "der" });
  return der.sequence(
    der.explicit(0, der.integer(Uint8Array.of(2))), // version 3, the first with extensions
    serialNumber(),
    ECDSA_WITH_SHA256,
    subject, // the issuer
    validity,
    subject,
    keyInfo,
    der.explicit(3, der.sequence(...extensions(names, keyInfo))),
  );
}

/**
 * Returns a random number, because Firefox refuses a second certificate with the same issuer and serial number
 * (`SEC_ERROR_REUSED_ISSUER_AND_SERIAL`).
 *
 * It is positive and has 20 octets, the maximum (RFC 5280 §4.1.2.2). The highest bit is the sign. The next bit is
 * always set, so that no leading octet is zero.
 */
function serialNumber(): Buffer {
  const octets = randomBytes(20);
  octets.writeUInt8((octets.readUInt8(0) & 0x7f) | 0x40, 0);
  return der.integer(octets);
}

/** `Name` with one attribute: RFC 5280 §4.1.2.4. */
function distinguishedName(commonName: string): Buffer {
  return der.sequence(der.setOf(der.sequence(COMMON_NAME, der.utf8String(commonName))));
}

/** Returns the name that people see. Clients only check the extension with all names: RFC 9525 §2. */
function commonName([first]: readonly ServerName[]): string {
  return first !== undefined && first.text.length <= MAX_COMMON_NAME ? first.text : OTHER_COMMON_NAME;
}

function extensions(names: readonly ServerName[], keyInfo: Uint8Array): Buffer[] {
  const keyId = keyIdentifier(keyInfo);
  return [
    // An empty SEQUENCE is CA:FALSE, the default. It is written anyway, and critical. Users trust this certificate
    // directly, so its key must not be able to sign certificates for other hosts. OpenSSL (and with it curl, Node and
    // Python), GnuTLS, NSS and Java accept a trusted end entity. Firefox and rustls refuse an authority's certificate
    // for a server ("CA used as end entity").
    criticalExtension(EXTENSION.basicConstraints, der.sequence()),
    // Only digitalSignature, the first bit: ECDSA in TLS needs no other. CA:FALSE forbids keyCertSign (RFC 5280
    // §4.2.1.3), which OpenSSL before 1.1.1h needed to recognize a self-signed certificate:
    // https://github.com/openssl/openssl/issues/1418.
    criticalExtension(EXTENSION.keyUsage, der.bitString(Uint8Array.of(0x80), 7)),
    // Required by Apple's systems: https://support.apple.com/103769.
    extension(EXTENSION.extKeyUsage, der.sequence(SERVER_AUTH)),
    // Not critical, because there is a subject: RFC 5280 §4.2.1.6.
    extension(EXTENSION.subjectAltName, der.sequence(...names.map(generalName))),
    // Both key identifiers are the same. With them, OpenSSL chooses among several trusted certificates with this
    // subject, such as earlier ones of this server. Without them, it checks only the first.
    extension(EXTENSION.subjectKeyIdentifier, der.octetString(keyId)),
    extension(EXTENSION.authorityKeyIdentifier, der.sequence(der.implicit(0, keyId))),
  ];
}

/** `Extension`, RFC 5280 §4.1.2.9. */
function extension(name: Buffer, value: Buffer): Buffer {
  return der.sequence(name, der.octetString(value));
}

/** `Extension` that clients must support; otherwise they must refuse the certificate. */
function criticalExtension(name: Buffer, value: Buffer): Buffer {
  return der.sequence(name, der.booleanTrue(), der.octetString(value));
}

/** `GeneralName`: dNSName or iPAddress, RFC 5280 §4.2.1.6. */
function generalName(name: ServerName): Buffer {
  return name.kind === "dns"
    ? der.implicit(2, Buffer.from(name.text, "latin1"))
    : der.implicit(7, name.octets);
}

/** Returns the hash of the key and its algorithm: RFC 5280 §4.2.1.2, and RFC 7093 §2, method 4. */
function keyIdentifier(keyInfo: Uint8Array): Buffer {
  return createHash("sha256").update(keyInfo).digest();
}
