// @ts-check
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Writes the certificate and the key for all servers of a run: pyserve's self-signed certificate, ECDSA with P-256.
 *
 * @param {string} directory
 */
export async function writeCertificate(directory) {
  // Not imported above, because `--help` and a run without TLS need no build.
  const { selfSignedCertificate } = await import("../../dist/tls/self-signed-certificate.js");
  const { cert, key } = selfSignedCertificate(["localhost", "127.0.0.1"]);
  writeFileSync(join(directory, "certificate.pem"), cert + key, { mode: 0o600 });
}
