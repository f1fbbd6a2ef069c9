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

test("The key is one of P-256, in PKCS #8", () => {
  assert.match(certificate.key, /^-----BEGIN PRIVATE KEY-----\n/);
  assert.equal(x509.publicKey.asymmetricKeyType, "ec");
  assert.equal(x509.publicKey.asymmetricKeyDetails?.namedCurve, "prime256v1");
});

test("The fingerprint is the SHA-256 of the certificate", () => {
  const digest = createHash("sha256").update(x509.raw).digest("hex").toUpperCase();
  assert.equal(certificate.fingerprint, digest.match(/../g)?.join(":"));
});

test("The first name is the subject's, which is the issuer too", () => {
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

test("The subject's key has the identifier that the issuer's has", () => {
  const digest = createHash("sha256").update(x509.publicKey.export({ type: "spki", format: "der" }));
  const keyId = digest.digest("hex");
  assert.ok(hex.includes(`30290603551d0e04220420${keyId}`), hex);
  assert.ok(hex.includes(`302b0603551d23042430228020${keyId}`), hex);
});

test("A certificate is no authority's", () => assert.equal(x509.ca, false));

test("Serial numbers are positive and differ, as do keys", () => {
  const others = Array.from({ length: 32 }, () => selfSignedCertificate(["localhost"]));
  const serials = others.map(({ cert }) => new X509Certificate(cert).serialNumber);
  for (const serial of serials) assert.match(serial, /^[4-7][0-9A-F]{39}$/);
  assert.equal(new Set(serials).size, others.length);
  assert.equal(new Set(others.map(({ key }) => key)).size, others.length);
});

test("A certificate is valid from an hour ago, for 397 days", () => {
  const [from, to] = validity(selfSignedCertificate(["a"], { now: NOW + 0.9 }));
  assert.equal(from, NOW - 3600);
  assert.equal(to - from + 1, 397 * DAY); // both ends are valid
});

test("A certificate is valid now", () => {
  const [from, to] = validity(certificate);
  assert.ok(from < Date.now() / 1000 && Date.now() / 1000 < to);
});

const periods: [what: string, now: string, days: number, from: string, to: string][] = [
  ["a day", "2026-06-15T12:00:00Z", 1, "2026-06-15T11:00:00Z", "2026-06-16T10:59:59Z"],
  ["the end of 2049", "2049-12-30T01:00:00Z", 2, "2049-12-30T00:00:00Z", "2049-12-31T23:59:59Z"],
  ["into 2050", "2049-12-31T01:00:00Z", 2, "2049-12-31T00:00:00Z", "2050-01-01T23:59:59Z"],
  ["the first time", "1950-01-01T01:00:00Z", 1, "1950-01-01T00:00:00Z", "1950-01-01T23:59:59Z"],
  ["the last time", "9999-12-31T01:00:00Z", 1, "9999-12-31T00:00:00Z", "9999-12-31T23:59:59Z"],
];
for (const [what, now, days, ...expected] of periods) {
  test(`A certificate can be valid for ${what}`, () => {
    const made = selfSignedCertificate(["a"], { now: Date.parse(now) / 1000, days });
    assert.deepEqual(
      validity(made),
      expected.map((date) => Date.parse(date) / 1000),
    );
  });
}

const wrongPeriods: [what: string, validity: { now?: number; days?: number }, quoted: string][] = [
  ["no days", { days: 0 }, "days must be a whole number from 1, not 0"],
  ["negative days", { days: -1 }, "not -1"],
  ["a part of a day", { days: 1.5 }, "not 1.5"],
  ["days that are no number", { days: Number.NaN }, "not NaN"],
  ["days without end", { days: Number.POSITIVE_INFINITY }, "not Infinity"],
  ["a time that is no number", { now: Number.NaN }, "from NaN seconds"],
  ["a time too early", { now: Date.parse("1950-01-01T00:59:59Z") / 1000 }, "from -631148401 seconds"],
  [
    "an end too late",
    { now: Date.parse("9999-12-31T01:00:01Z") / 1000, days: 1 },
    "1 days from 253402218001",
  ],
];
for (const [what, validity, quoted] of wrongPeriods) {
  test(`\`selfSignedCertificate\` refuses ${what}`, () =>
    assertRefused(() => selfSignedCertificate(["a"], validity), quoted));
}

const wrongNames: [what: string, names: string[], quoted: string][] = [
  ["no names", [], "not only []"],
  ["nothing but addresses with a zone", ["fe80::1%eth0"], 'not only ["fe80::1%eth0"]'],
  ["an empty name", [""], 'not ""'],
  ["a name that is none in DNS, beside a good one", ["localhost", "my_pc"], 'not "my_pc"'],
  ["a name with a NUL", ["localhost\0.evil.test"], 'not "localhost\\u0000.evil.test"'],
];
for (const [what, names, quoted] of wrongNames) {
  test(`\`selfSignedCertificate\` refuses ${what}`, () =>
    assertRefused(() => selfSignedCertificate(names), quoted));
}

test("Addresses with a zone are left out", () => {
  const { cert } = selfSignedCertificate(["fe80::1%eth0", "localhost"]);
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

function assertRefused(run: () => unknown, quoted: string): void {
  assert.throws(run, (error: unknown) => {
    assert.ok(error instanceof RangeError);
    assert.ok(error.message.includes(quoted), error.message);
    return true;
  });
}
