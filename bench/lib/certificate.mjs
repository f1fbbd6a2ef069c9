// @ts-check
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Writes the certificate that all servers of a run have, with its key: pyserve's own, ECDSA with P-256.
 *
 * @param {string} directory
 */
export async function writeCertificate(directory) {
  // Not imported above: `--help` and a run without TLS do without a build.
  const { selfSignedCertificate } = await import("../../dist/tls/self-signed-certificate.js");
  const { cert, key } = selfSignedCertificate(["localhost", "127.0.0.1"]);
  writeFileSync(join(directory, "certificate.pem"), cert + key, { mode: 0o600 });
}
