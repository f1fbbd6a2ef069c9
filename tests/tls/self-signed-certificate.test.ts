import assert from "node:assert/strict";
import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import test from "node:test";
import { type SelfSignedCertificate, selfSignedCertificate } from "#src/tls/self-signed-certificate.js";

const NOW = Date.UTC(2026, 5, 15, 12) / 1000;
const DAY = 86_400;

const certificate = selfSignedCertificate(["box.example.test", "127.0.0.1", "2001:db8::7"]);
const x509 = new X509Certificate(certificate.cert);
const hex = x509.raw.toString("hex");

test("A certificate is signed with its own key", () => {
  assert.ok(x509.verify(x509.publicKey));
  assert.ok(x509.checkPrivateKey(createPrivateKey(certificate.key)));
});

test("The key is a P-256 key in PKCS #8", () => {
  assert.match(certificate.key, /^-----BEGIN PRIVATE KEY-----\n/);
  assert.equal(x509.publicKey.asymmetricKeyType, "ec");
  assert.equal(x509.publicKey.asymmetricKeyDetails?.namedCurve, "prime256v1");
});

test("The fingerprint is the SHA-256 of the certificate", () => {
  const digest = createHash("sha256").update(x509.raw).digest("hex").toUpperCase();
  assert.equal(certificate.fingerprint, digest.match(/../g)?.join(":"));
});

test("The first name is that of the subject, which is also the issuer", () => {
  assert.equal(x509.subject, "CN=box.example.test");
  assert.equal(x509.issuer, "CN=box.example.test");
});

test("All names are alternative names, once", () => {
  const names = ["localhost", "127.0.0.1", "localhost", "::1", "192.0.2.7"];
  assert.equal(
    new X509Certificate(selfSignedCertificate(names).cert).subjectAltName,
    "DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, IP Address:192.0.2.7",
  );
});

const parts: [what: string, hex: string][] = [
  ["version 3", "a003020102"],
  ["a serial number of 20 octets", "a0030201020214"],
  ["ECDSA with SHA-256", "300a06082a8648ce3d040302"],
  ["critical basicConstraints: CA:FALSE", "300c0603551d130101ff04023000"],
  ["critical keyUsage: digitalSignature", "300e0603551d0f0101ff040403020780"],
  ["extKeyUsage: serverAuth", "30130603551d25040c300a06082b06010505070301"],
  ["an address of IPv4 in 4 octets", "87047f000001"],
  ["an address of IPv6 in 16 octets", "871020010db8000000000000000000000007"],
];
for (const [what, part] of parts) {
  test(`A certificate has ${what}`, () => assert.ok(hex.includes(part), hex));
}

test("The subject's key identifier equals the issuer's", () => {
  const digest = createHash("sha256").update(x509.publicKey.export({ type: "spki", format: "der" }));
  const keyId = digest.digest("hex");
  assert.ok(hex.includes(`30290603551d0e04220420${keyId}`), hex);
  assert.ok(hex.includes(`302b0603551d23042430228020${keyId}`), hex);
});

test("A certificate is not that of an authority", () => assert.equal(x509.ca, false));

test("Serial numbers are positive and differ, as do keys", () => {
  const others = Array.from({ length: 32 }, () => selfSignedCertificate(["localhost"]));
  const serials = others.map(({ cert }) => new X509Certificate(cert).serialNumber);
  for (const serial of serials) assert.match(serial, /^[4-7][0-9A-F]{39}$/);
  assert.equal(new Set(serials).size, others.length);
  assert.equal(new Set(others.map(({ key }) => key)).size, others.length);
});

test("A certificate is valid from an hour ago, for 397 days", (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: NOW * 1000 + 900 });
  const [from, to] = validity(selfSignedCertificate(["a"]));
  assert.equal(from, NOW - 3600);
  assert.equal(to - from + 1, 397 * DAY); // both ends are valid
});

test("A certificate can be valid into 2050, whose times have another form", (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: Date.parse("2049-12-31T01:00:00Z") });
  const [from, to] = validity(selfSignedCertificate(["a"]));
  assert.equal(from, Date.parse("2049-12-31T00:00:00Z") / 1000);
  assert.equal(to - from + 1, 397 * DAY);
});

test("A certificate is valid now", () => {
  const [from, to] = validity(certificate);
  assert.ok(from < Date.now() / 1000 && Date.now() / 1000 < to);
});

test("Names that a certificate can't contain are left out", () => {
  const wrong = ["fe80::1%eth0", "", "my_pc", "localhost\0.evil.test"];
  const { cert } = selfSignedCertificate([...wrong, "localhost"]);
  const { subject, subjectAltName } = new X509Certificate(cert);
  assert.deepEqual([subject, subjectAltName], ["CN=localhost", "DNS:localhost"]);
});

const subjects: [length: number, subject: (name: string) => string][] = [
  [64, (name) => `CN=${name}`],
  [65, () => "CN=pyserve self-signed"], // ub-common-name, RFC 5280 appendix A.1
];
for (const [length, subject] of subjects) {
  test(`A name of ${length} characters makes a valid subject, and is an alternative name`, () => {
    const name = `${"a".repeat(length - 5)}.test`;
    const made = new X509Certificate(selfSignedCertificate([name]).cert);
    assert.equal(made.subject, subject(name));
    assert.equal(made.subjectAltName, `DNS:${name}`);
  });
}

/** The first and the last second. */
function validity({ cert }: SelfSignedCertificate): [from: number, to: number] {
  const { validFrom, validTo } = new X509Certificate(cert);
  return [Date.parse(validFrom) / 1000, Date.parse(validTo) / 1000];
}
