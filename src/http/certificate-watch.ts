import * as fs from "node:fs";
import type { HTTPSServer } from "./https-server.js";

/** Seconds from one look at the files of a certificate to the next. Certificates are renewed weeks before they expire. */
const INTERVAL = 60;

/** A server whose certificate is in files. */
type Watched = Pick<HTTPSServer, "certfile" | "keyfile" | "load_cert_chain">;

/**
 * Looks at the files of a server's certificate now and then, and has them read again when they have changed: certbot without a hook
 * replaces them, and sends no signal.
 *
 * A change is told to `report` once. If the files can't be used, for example since the key has not been replaced yet, the old
 * certificate stays until the next change.
 *
 * @param seconds - from one look to the next; a parameter for tests
 */
export function watchCertificate(
  httpd: Watched,
  report: (message: string) => void,
  seconds = INTERVAL,
): Disposable {
  // Not off the loop: a change between here and a look that is still on its way would be taken for the beginning.
  let known = versionOf(httpd);
  const look = () => {
    const before = known;
    known = versionOf(httpd);
    if (known !== before) reloadCertificate(httpd, report);
  };
  // Unreferenced: it must not keep the process alive.
  const timer = setInterval(look, seconds * 1000).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Reads the files of a certificate again, and reports how that went. */
export function reloadCertificate(httpd: Watched, report: (message: string) => void): void {
  try {
    httpd.load_cert_chain();
    report(`The certificate ${httpd.certfile} was read again.`);
  } catch (error) {
    report(`${(error as Error).message} The old one stays.`);
  }
}

/** Tells one state of the files from the next. A file that is missing, or can't be seen, for a moment is a state, too. */
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
