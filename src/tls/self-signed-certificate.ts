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
import { parseServerName, type ServerName } from "./server-name.js";

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
/**
 * Seconds that a certificate is valid: 397 days, below the limits of browsers. Apple allows 825 days for certificates
 * that users trust (https://support.apple.com/103769). For public authorities, the limit was 398, and the advice 397
 * (https://support.apple.com/102028). A shorter time has no advantage, because the key disappears with the process.
 */
const LIFETIME = 397 * 86_400;

/** `ub-common-name`, RFC 5280 appendix A.1. */
const MAX_COMMON_NAME = 64;
/** Contains a space, so it never matches a host name. */
const OTHER_COMMON_NAME = "pyserve self-signed";

const ECDSA_WITH_SHA256 = der.sequence(der.objectIdentifier("1.2.840.10045.4.3.2")); // RFC 5758 §3.2
const COMMON_NAME = der.objectIdentifier("2.5.4.3");
const SERVER_AUTH = der.objectIdentifier("1.3.6.1.5.5.7.3.1");

/** `BOOLEAN`, true. Certificates leave out defaults, and false is always the default. X.690 §8.2, §11.5. */
const TRUE = der.element(der.TAG.boolean, Uint8Array.of(0xff));

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
 * @param names - host names and IP addresses, for example `localhost`. The first valid one is also the subject. Names
 *   that a certificate can't contain are left out: see {@link parseServerName}
 */
export function selfSignedCertificate(names: readonly string[]): SelfSignedCertificate {
  const serverNames = [...new Set(names)].map(parseServerName).filter((name) => name !== undefined);
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });

  const statement = toBeSigned(serverNames, publicKey);
  const certificate = new X509Certificate(signed(statement, privateKey));
  return {
    cert: certificate.toString(),
    key: privateKey.export({ type: "pkcs8", format: "pem" }),
    fingerprint: certificate.fingerprint256,
  };
}

/** `Validity`, which includes both ends: RFC 5280 §4.1.2.5. */
function validityFromNow(): Buffer {
  const notBefore = Math.floor(Date.now() / 1000) - CLOCK_SKEW;
  return der.sequence(der.time(notBefore), der.time(notBefore + LIFETIME - 1));
}

/** `Certificate`, RFC 5280 §4.1. */
function signed(statement: Buffer, key: KeyObject): Buffer {
  // Node's signature is already the SEQUENCE of two numbers that RFC 5758 §3.2 requires.
  return der.sequence(statement, ECDSA_WITH_SHA256, der.bitString(sign("sha256", statement, key)));
}

/** `TBSCertificate`, RFC 5280 §4.1.2. */
function toBeSigned(names: readonly ServerName[], publicKey: KeyObject): Buffer {
  const subject = distinguishedName(commonName(names));
  const keyInfo = publicKey.export({ type: "spki", format: "der" });
  return der.sequence(
    der.element(der.TAG.inside + 0, der.element(der.TAG.integer, Uint8Array.of(2))), // version 3, the first with extensions
    serialNumber(),
    ECDSA_WITH_SHA256,
    subject, // the issuer
    validityFromNow(),
    subject,
    keyInfo,
    der.element(der.TAG.inside + 3, der.sequence(...extensions(names, keyInfo))),
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
  return der.element(der.TAG.integer, octets);
}

/** `Name` with one attribute: RFC 5280 §4.1.2.4. */
function distinguishedName(commonName: string): Buffer {
  const attribute = der.sequence(COMMON_NAME, der.element(der.TAG.utf8String, Buffer.from(commonName)));
  return der.sequence(der.element(der.TAG.set, attribute));
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
    // §4.2.1.3), which OpenSSL before 1.1.1h needed to recognise a self-signed certificate:
    // https://github.com/openssl/openssl/issues/1418.
    criticalExtension(EXTENSION.keyUsage, der.bitString(Uint8Array.of(0x80), 7)),
    // Required by Apple's systems: https://support.apple.com/103769.
    extension(EXTENSION.extKeyUsage, der.sequence(SERVER_AUTH)),
    // Not critical, because there is a subject: RFC 5280 §4.2.1.6.
    extension(EXTENSION.subjectAltName, der.sequence(...names.map(generalName))),
    // Both key identifiers are the same. With them, OpenSSL chooses among several trusted certificates with this
    // subject, such as earlier ones of this server. Without them, it checks only the first.
    extension(EXTENSION.subjectKeyIdentifier, der.element(der.TAG.octetString, keyId)),
    extension(EXTENSION.authorityKeyIdentifier, der.sequence(der.element(der.TAG.context + 0, keyId))),
  ];
}

/** `Extension`, RFC 5280 §4.1.2.9. */
function extension(name: Buffer, value: Buffer): Buffer {
  return der.sequence(name, der.element(der.TAG.octetString, value));
}

/** `Extension` that clients must support; otherwise they must refuse the certificate. */
function criticalExtension(name: Buffer, value: Buffer): Buffer {
  return der.sequence(name, TRUE, der.element(der.TAG.octetString, value));
}

/** `GeneralName`: dNSName or iPAddress, RFC 5280 §4.2.1.6. */
function generalName(name: ServerName): Buffer {
  return name.kind === "dns"
    ? der.element(der.TAG.context + 2, Buffer.from(name.text, "latin1"))
    : der.element(der.TAG.context + 7, name.octets);
}

/** Returns the hash of the key and its algorithm: RFC 5280 §4.2.1.2, and RFC 7093 §2, method 4. */
function keyIdentifier(keyInfo: Uint8Array): Buffer {
  return createHash("sha256").update(keyInfo).digest();
}
