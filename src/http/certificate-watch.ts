import * as fs from "node:fs";
import type { HTTPSServer } from "./https-server.js";

/** Seconds between two checks of a certificate's files. Certificates are renewed weeks before they expire. */
const INTERVAL = 60;

/** A server whose certificate is in files. */
type Watched = Pick<HTTPSServer, "certfile" | "keyfile" | "load_cert_chain">;

/**
 * Checks the files of certificates regularly, and loads them again when they have changed. It is for programs
 * such as certbot, which replace the files and, without a hook, send no signal.
 *
 * Each change is reported once. If the files can't be used, for example because the key has not been replaced yet, the
 * old certificate stays until the next change.
 *
 * @param seconds - time between two checks; a parameter for tests
 */
export function watchCertificates(
  servers: readonly Watched[],
  report: (message: string) => void,
  seconds = INTERVAL,
): Disposable {
  // Synchronous: otherwise, the files could change before they are first looked at, and this change would never be
  // noticed.
  const known = new Map(servers.map((httpd) => [httpd, versionOf(httpd)]));
  const look = () => {
    for (const [httpd, before] of known) {
      const now = versionOf(httpd);
      known.set(httpd, now);
      if (now !== before) reloadCertificate(httpd, report);
    }
  };
  // Unreferenced: it must not keep the process alive.
  const timer = servers.length === 0 ? undefined : setInterval(look, seconds * 1000).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Loads the files of a certificate again, and reports the result. */
export function reloadCertificate(httpd: Watched, report: (message: string) => void): void {
  try {
    httpd.load_cert_chain();
    report(`The certificate ${httpd.certfile} was read again.`);
  } catch (error) {
    report(`${(error as Error).message} The old one stays.`);
  }
}

/** Returns a text that changes when the files change. A missing or unreadable file counts as a state of its own. */
function versionOf({ certfile, keyfile }: Watched): string {
  return [certfile, keyfile]
    .filter((file) => file !== null)
    .map((file) => {
      try {
        const { ino, size, mtimeNs } = fs.statSync(file, { bigint: true });
        return `${ino} ${size} ${mtimeNs}`;
      } catch {
        return "missing";
      }
    })
    .join();
}
