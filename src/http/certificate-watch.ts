import { stat } from "node:fs/promises";
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
  let known = versionOf(httpd);
  const look = async () => {
    const before = await known;
    known = versionOf(httpd);
    if ((await known) !== before) reloadCertificate(httpd, report);
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

/** What tells one state of the files from the next. A file that is missing for a moment is a state, too. */
async function versionOf({ certfile, keyfile }: Watched): Promise<string> {
  const files = [certfile, keyfile].filter((file) => file !== null);
  const versions = files.map(async (file) => {
    const facts = await stat(file, { bigint: true }).catch(() => null);
    return facts === null ? "missing" : `${facts.ino} ${facts.size} ${facts.mtimeNs}`;
  });
  return (await Promise.all(versions)).join();
}
