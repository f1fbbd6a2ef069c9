import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { type TestContext, test } from "node:test";
import { CertificateError } from "pyserve/http/server";
import { checkOneWay, readCredentials, secureContext } from "#src/http/credentials.js";
import {
  CERTIFICATE,
  type CertificateFiles,
  certificateFiles,
  encryptedKey,
  OTHER_CERTIFICATE,
  PFX,
} from "../support/tls.js";

const { cert, key } = CERTIFICATE;
const NO_FILES = { certfile: null, keyfile: null, password: null };
const rsaKey = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
  type: "pkcs8",
  format: "pem",
});
const damaged = (pem: string) => pem.slice(0, 60) + pem.slice(70);

/** Encrypted with "secret"; decrypted with "guess 256", its padding is right by chance. */
const KEY_WITH_A_LUCKY_GUESS = `-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAiysMiskkVZyQICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEECjg4vTLLoG8UJlewXgOCAkEgZAX
0PmyRm43vH2vn4U9Yl1F9Sr/b+docFPwrZl1vGpSHWSQeMegTWDJkPj0nopP0l6w
kgiPpPc39DDbsacLFpIUNRRksVXAT30QLiDM9AwOpGvXcXjSyxjdaXXqkXNCy3hc
QWCRsb2to3uovDE7HOH4GUpy/BUxBfbFaZvbrZP0+DKJk1m3ZlSPozhnrtl8Zlc=
-----END ENCRYPTED PRIVATE KEY-----
`;

/** Options of each test: files in a separate directory. */
type Given = Readonly<Record<"certfile" | "keyfile" | "password", string | null>>;
type Give = (files: CertificateFiles) => Partial<Given>;

const goodFiles: Readonly<Record<string, Give>> = {
  "a certificate, and its key in another file": ({ certfile, keyfile }) => ({ certfile, keyfile }),
  "a certificate with its key": ({ add }) => ({ certfile: add("both.pem", cert + key) }),
  "a key with its certificate": ({ add }) => ({ certfile: add("both.pem", key + cert) }),
  "a chain": ({ add, keyfile }) => ({ certfile: add("chain.pem", cert + OTHER_CERTIFICATE.cert), keyfile }),
  "a key that is encrypted": ({ certfile, add }) => ({
    certfile,
    keyfile: add("encrypted.pem", encryptedKey("secret")),
    password: "secret",
  }),
  "a password that the key does not need": ({ certfile, keyfile }) => ({ certfile, keyfile, password: "x" }),
};

for (const [what, give] of Object.entries(goodFiles)) {
  test(`files are taken that have ${what}`, (t) => {
    const files = { ...NO_FILES, ...give(certificateFiles(t)) };
    secureContext(readCredentials(files, {}), files, []);
  });
}

const badFiles: Readonly<Record<string, readonly [Give, message: RegExp]>> = {
  "a certificate that is missing": [
    () => ({ certfile: "missing.pem" }),
    /missing\.pem can't be read: there is no such file/,
  ],
  "a key that is missing": [
    ({ certfile }) => ({ certfile, keyfile: "missing.pem" }),
    /missing\.pem can't be read: there is no such file/,
  ],
  "a directory": [() => ({ certfile: "/" }), /The file \/ can't be read: it is a directory/],
  "a certificate that is not PEM": [
    ({ add, keyfile }) => ({ certfile: add("x.pem", "text"), keyfile }),
    /There is no certificate in PEM form in .*x\.pem, or it is damaged/,
  ],
  "a certificate that is damaged": [
    ({ add, keyfile }) => ({ certfile: add("x.pem", damaged(cert)), keyfile }),
    /There is no certificate in PEM form in .*x\.pem, or it is damaged/,
  ],
  "a certificate that is empty": [
    ({ add, keyfile }) => ({ certfile: add("x.pem", ""), keyfile }),
    /There is no certificate in PEM form in .*x\.pem/,
  ],
  "a key in place of the certificate": [
    ({ keyfile }) => ({ certfile: keyfile }),
    /There is no certificate in PEM form in .*key\.pem/,
  ],
  "a certificate without its key": [
    ({ certfile }) => ({ certfile }),
    /There is no private key in PEM form in .*cert\.pem/,
  ],
  "a key that is not PEM": [
    ({ certfile, add }) => ({ certfile, keyfile: add("x.pem", "text") }),
    /There is no private key in PEM form in .*x\.pem, or it is damaged/,
  ],
  "a key that is damaged": [
    ({ certfile, add }) => ({ certfile, keyfile: add("x.pem", damaged(key)) }),
    /There is no private key in PEM form in .*x\.pem, or it is damaged/,
  ],
  "another one's key": [
    ({ certfile, add }) => ({ certfile, keyfile: add("x.pem", OTHER_CERTIFICATE.key) }),
    /The key in .*x\.pem does not belong to the certificate in .*cert\.pem/,
  ],
  "another one's key, of another kind": [
    ({ certfile, add }) => ({ certfile, keyfile: add("x.pem", rsaKey as string) }),
    /The key in .*x\.pem does not belong to the certificate in .*cert\.pem/,
  ],
  "an encrypted key, without a password": [
    ({ certfile, add }) => ({ certfile, keyfile: add("x.pem", encryptedKey("secret")) }),
    /The key in .*x\.pem is encrypted: give its password/,
  ],
  "an encrypted key, with a wrong password": [
    ({ certfile, add }) => ({ certfile, keyfile: add("x.pem", encryptedKey("secret")), password: "guess" }),
    /The key in .*x\.pem is encrypted with another password/,
  ],
  "an encrypted key, with a wrong password that leads to a right padding": [
    ({ certfile, add }) => ({
      certfile,
      keyfile: add("x.pem", KEY_WITH_A_LUCKY_GUESS),
      password: "guess 256",
    }),
    /The key in .*x\.pem is encrypted with another password, or it is damaged/,
  ],
  "an encrypted key, with an empty password": [
    ({ certfile, add }) => ({ certfile, keyfile: add("x.pem", encryptedKey("secret")), password: "" }),
    /The key in .*x\.pem is encrypted with another password/,
  ],
  "an encrypted key, with a password that is too long": [
    ({ certfile, add }) => ({
      certfile,
      keyfile: add("x.pem", encryptedKey("secret")),
      password: "guess".repeat(1000),
    }),
    /The key in .*x\.pem is encrypted with another password/,
  ],
};

for (const [what, [give, message]] of Object.entries(badFiles)) {
  test(`files with ${what} are a CertificateError that says so`, (t) => {
    const error = failureOf(t, give);
    assert.ok(error instanceof CertificateError);
    assert.match(error.message, message);
    assert.equal(error.code, "PYSERVE_BAD_CERTIFICATE");
    assert.equal(error.name, "CertificateError");
    assert.doesNotMatch(
      `${error.stack} ${(error.cause as Error | undefined)?.stack}`,
      /guess|secret|PRIVATE KEY/,
    );
  });
}

function failureOf(t: TestContext, give: Give): unknown {
  const files = { ...NO_FILES, ...give(certificateFiles(t)) };
  try {
    secureContext(readCredentials(files, {}), files, []);
  } catch (error) {
    return error;
  }
  return undefined;
}

const wrongArguments: Readonly<Record<string, readonly [object, message: string]>> = {
  "a certfile that is a descriptor": [{ certfile: 5 }, "certfile must be a string, not of type number."],
  "a keyfile that is contents": [
    { certfile: "a", keyfile: Buffer.from("b") },
    "keyfile must be a string, not of type object.",
  ],
  "a password that is a function": [
    { certfile: "a", password: () => "b" },
    "password must be a string, not of type function.",
  ],
  "a password that is a number": [
    { certfile: "a", password: 1234 },
    "password must be a string, not of type number.",
  ],
  "a keyfile alone": [{ keyfile: "a" }, "keyfile belongs to certfile: give certfile too."],
  "a password alone": [{ password: "a" }, "password belongs to certfile: give certfile too."],
};

for (const [what, [files, message]] of Object.entries(wrongArguments)) {
  test(`${what} is a TypeError`, () => {
    assert.throws(() => readCredentials({ ...NO_FILES, ...files }, {}), { name: "TypeError", message });
  });
}

const goodContents = {
  text: { cert, key },
  bytes: { cert: Buffer.from(cert), key: Buffer.from(key) },
  lists: { cert: [cert], key: [key] },
  "a key with its password": { cert, key: encryptedKey("secret"), passphrase: "secret" },
  "a list of keys, each with its password": {
    cert,
    key: [{ pem: encryptedKey("secret"), passphrase: "secret" }],
  },
  "a PKCS #12": { pfx: PFX, passphrase: "secret" },
  "a list of PKCS #12, each with its password": { pfx: [{ buf: PFX, passphrase: "secret" }] },
  "ciphers and versions": { cert, key, ciphers: "ECDHE+AESGCM", minVersion: "TLSv1.3" },
  "undefined options": {
    cert,
    key,
    pfx: undefined,
    passphrase: undefined,
    ticketKeys: undefined,
    ca: undefined,
  },
} as const;

for (const [what, options] of Object.entries(goodContents)) {
  test(`contents are taken as ${what}, and can be sent to a thread`, () => {
    const read = readCredentials(NO_FILES, options as object);
    assert.deepStrictEqual(structuredClone(read), read);
    secureContext(read, NO_FILES, []);
  });
}

test("only its own memory is sent to a thread with a certificate", () => {
  const { cert: own } = readCredentials(NO_FILES, { cert: Buffer.from(cert), key });
  assert.equal((own as Uint8Array).buffer.byteLength, cert.length);
});

const badContents: Readonly<Record<string, readonly [object, message: RegExp]>> = {
  nothing: [{}, /HTTPS needs a certificate: give certfile, or cert and key, or pfx/],
  "a certificate without a key": [{ cert }, /needs its key/],
  "a key without a certificate": [{ key }, /HTTPS needs a certificate/],
  "text that is no certificate": [{ cert: "x", key }, /no certificate in PEM form in cert/],
  "no text": [{ cert: "", key: "" }, /no certificate in PEM form in cert/],
  "another one's key": [
    { cert, key: OTHER_CERTIFICATE.key },
    /key in key does not belong to the certificate in cert/,
  ],
  "an encrypted key": [{ cert, key: encryptedKey("secret") }, /key in key is encrypted: give its password/],
  "an encrypted key as bytes, with a wrong password that leads to a right padding": [
    { cert, key: Buffer.from(KEY_WITH_A_LUCKY_GUESS), passphrase: "guess 256" },
    /key in key is encrypted with another password/,
  ],
  "lists with another one's key": [
    { cert: [cert], key: [OTHER_CERTIFICATE.key] },
    /can't be used: .*mismatch/,
  ],
  "a PKCS #12 without its password": [{ pfx: PFX }, /can't be used: its password is missing, or wrong/],
  "a PKCS #12 with another password": [{ pfx: PFX, passphrase: "guess" }, /password is missing, or wrong/],
  "bytes that are no PKCS #12": [{ pfx: Buffer.from("text") }, /can't be used: not enough data/],
};

for (const [what, [options, message]] of Object.entries(badContents)) {
  test(`contents with ${what} are a CertificateError that says so`, () => {
    assert.throws(
      () => secureContext(readCredentials(NO_FILES, options), NO_FILES, []),
      (error) => {
        assert.ok(error instanceof CertificateError);
        assert.match(error.message, message);
        return true;
      },
    );
  });
}

const otherMistakes: Readonly<Record<string, readonly [object, expected: object]>> = {
  ciphers: [{ ciphers: "nonsense" }, { code: "ERR_SSL_NO_CIPHER_MATCH" }],
  minVersion: [{ minVersion: "TLSv9" }, { code: "ERR_TLS_INVALID_PROTOCOL_VERSION" }],
  ticketKeys: [{ ticketKeys: Buffer.alloc(4) }, { code: "ERR_INVALID_ARG_VALUE" }],
  "the type of cert": [{ cert: 5 }, { code: "ERR_INVALID_ARG_TYPE" }],
};

for (const [what, [options, expected]] of Object.entries(otherMistakes)) {
  test(`a mistake in ${what} is what Node says, and nothing about a certificate`, () => {
    assert.throws(
      () => secureContext(readCredentials(NO_FILES, { cert, key, ...options }), NO_FILES, []),
      expected,
    );
  });
}

for (const other of ["cert", "key", "pfx", "passphrase"] as const) {
  test(`certfile together with ${other} is a TypeError`, () => {
    assert.throws(() => checkOneWay("a", { [other]: "b" }), {
      name: "TypeError",
      message: new RegExp(`^certfile and ${other} can't be used together: `),
    });
    checkOneWay("a", { [other]: undefined });
    checkOneWay(null, { [other]: "b" });
    checkOneWay(undefined, { [other]: "b" });
  });
}

test("files replace all earlier content, and do not change the other options", (t) => {
  const { certfile, keyfile } = certificateFiles(t);
  const before = { pfx: PFX, passphrase: "secret", ciphers: "ECDHE+AESGCM", ticketKeys: Buffer.alloc(48) };
  const read = readCredentials({ certfile, keyfile, password: null }, before);
  assert.deepEqual(read, { cert, key, ciphers: "ECDHE+AESGCM", ticketKeys: new Uint8Array(48) });
});
