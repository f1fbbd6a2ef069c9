import type { SecureContext, SecureContextOptions, TlsOptions } from "node:tls";
import { CodedError } from "../errors/coded-error.js";
import { fileProblem, readSmallFile } from "./small-file.js";
import { type TicketKeys, useTicketKeys } from "./ticket-keys.js";

/** Loaded only by servers that use TLS, because loading takes milliseconds. */
const tls = () => process.getBuiltinModule("node:tls");
const crypto = () => process.getBuiltinModule("node:crypto");

/** A certificate, or its key, can't be used. The message names the file and the reason. */
export class CertificateError extends CodedError<"PYSERVE_BAD_CERTIFICATE"> {
  /** Always `CertificateError`. */
  override readonly name = "CertificateError";

  /**
   * @param message - the certificate and its problem
   * @param options - the `cause`, if there is one
   */
  constructor(message: string, options?: ErrorOptions) {
    super("PYSERVE_BAD_CERTIFICATE", message, options);
  }
}

/** The files of a certificate and its key. */
export interface CertificateFiles {
  /** `null` if Node's options have the certificate itself, instead of files. */
  readonly certfile: string | null;
  /** `null` if the key is in `certfile`. */
  readonly keyfile: string | null;
  /** Password of the encrypted key. */
  readonly password: string | null;
}

/** Node's options that decide which clients are served. */
type ClientRules = SecureContextOptions & Pick<TlsOptions, "requestCert" | "rejectUnauthorized">;

/** `SSL_MAX_SID_CTX_LENGTH` of OpenSSL. */
const MAX_SESSION_ID_CONTEXT = 32;

/** Node's options that contain a certificate, instead of its files. */
const CONTENTS = ["cert", "key", "pfx", "passphrase"] as const satisfies (keyof SecureContextOptions)[];

/**
 * Checks that the certificate is given either as files or as content.
 *
 * @throws `TypeError` if both files and content are given
 */
export function checkOneWay(certfile: string | null | undefined, options: SecureContextOptions): void {
  if (certfile === null || certfile === undefined) return;
  const other = CONTENTS.find((name) => options[name] !== undefined);
  if (other === undefined) return;
  const instead = other === "passphrase" ? "use the option password" : "give one of them";
  throw new TypeError(`certfile and ${other} can't be used together: ${instead}.`);
}

/**
 * Adds the content of the files to Node's options, instead of earlier content.
 *
 * The result can be sent to another thread or process.
 *
 * @throws {@link CertificateError} if a file can't be read, `TypeError` for an invalid file name
 */
export function readCredentials(files: CertificateFiles, options: ClientRules): ClientRules {
  checkFiles(files);
  const { certfile, keyfile, password } = files;
  if (certfile === null) return plain(options) as ClientRules;
  const cert = readText(certfile);
  const key = keyfile === null ? cert : readText(keyfile);
  const { pfx: _, ...others } = options;
  return plain({
    ...others,
    cert,
    key,
    passphrase: password ?? undefined,
  }) as ClientRules;
}

/**
 * Creates the context for handshakes.
 *
 * @param files - origin of the content, for messages
 * @param ticketKeys - keys of the sessions, if the options have none
 * @throws {@link CertificateError} if there is no certificate, or its key belongs to another certificate or can't be
 *   decrypted; Node's errors about the other options
 */
export function secureContext(
  options: ClientRules,
  files: CertificateFiles,
  ticketKeys: TicketKeys,
): SecureContext {
  checkCertificate(options, files);
  const context = tls().createSecureContext({ sessionIdContext: sessionsOf(options), ...options });
  if (options.ticketKeys === undefined) useTicketKeys(context, ticketKeys);
  return context;
}

/**
 * Returns OpenSSL's session id context. It is different for different rules about clients' certificates: a session
 * keeps the result of the check of its client's certificate, so it must not be resumed under other rules. If the server
 * asks for certificates, OpenSSL resumes no session without this context.
 */
function sessionsOf({ ca, crl, requestCert, rejectUnauthorized }: ClientRules): string | undefined {
  if (!requestCert) return undefined;
  const rules = JSON.stringify([[ca].flat(), [crl].flat(), rejectUnauthorized !== false].map(String));
  return crypto().createHash("sha256").update(rules).digest("hex").slice(0, MAX_SESSION_ID_CONTEXT);
}

function checkFiles({ certfile, keyfile, password }: CertificateFiles): void {
  for (const [name, value] of Object.entries({ certfile, keyfile, password })) {
    if (value === null) continue;
    // The message must not contain the value, which may be the password.
    if (typeof value !== "string")
      throw new TypeError(`${name} must be a string, not of type ${typeof value}.`);
    if (certfile === null) throw new TypeError(`${name} belongs to certfile: give certfile too.`);
  }
}

function checkCertificate(options: SecureContextOptions, files: CertificateFiles): void {
  const { cert, key, pfx, passphrase, privateKeyIdentifier } = options;
  if (cert === undefined && pfx === undefined)
    throw new CertificateError("HTTPS needs a certificate: give certfile, or cert and key, or pfx.");
  if (cert !== undefined && key === undefined && pfx === undefined && privateKeyIdentifier === undefined)
    throw new CertificateError("The certificate needs its key: give key too.");
  if (isText(cert) && isText(key)) checkPair(cert, key, passphrase, files);
  attempt(
    () => tls().createSecureContext({ cert, key, pfx, passphrase }),
    (error) => {
      // An error about another option, which Node names.
      if (error instanceof TypeError) throw error;
      const problem = isAboutPassword(error) ? "its password is missing, or wrong" : (error as Error).message;
      return `The certificate can't be used: ${problem}.`;
    },
  );
}

/**
 * Checks that a key belongs to a certificate. OpenSSL accepts a key of another type, and then fails in each handshake.
 */
function checkPair(
  cert: string | Buffer,
  key: string | Buffer,
  passphrase: string | undefined,
  { certfile, keyfile }: CertificateFiles,
): void {
  const certificateIs = certfile === null ? "cert" : certfile;
  const keyIs = certfile === null ? "key" : (keyfile ?? certfile);
  const certificate = attempt(
    () => new (crypto().X509Certificate)(cert),
    () => `There is no certificate in PEM form in ${certificateIs}, or it is damaged.`,
  );
  const privateKey = attempt(
    () => crypto().createPrivateKey({ key, passphrase }),
    (error) => `${explainKey(error, key, keyIs, passphrase)}.`,
  );
  if (!certificate.checkPrivateKey(privateKey))
    throw new CertificateError(`The key in ${keyIs} does not belong to the certificate in ${certificateIs}.`);
}

function attempt<T>(work: () => T, explainError: (error: unknown) => string): T {
  try {
    return work();
  } catch (error) {
    throw new CertificateError(explainError(error), { cause: error });
  }
}

function explainKey(
  error: unknown,
  key: string | Buffer,
  keyIs: string,
  passphrase: string | undefined,
): string {
  if (isAboutPassword(error) && passphrase === undefined)
    return `The key in ${keyIs} is encrypted: give its password`;
  if (isAboutPassword(error) || isEncrypted(key))
    return `The key in ${keyIs} is encrypted with another password, or it is damaged`;
  return `There is no private key in PEM form in ${keyIs}, or it is damaged`;
}

// With one of 256 wrong passwords, the padding is correct by chance. OpenSSL then only reports that the key is
// malformed.
function isEncrypted(key: string | Buffer): boolean {
  return /BEGIN ENCRYPTED PRIVATE KEY|^Proc-Type: 4,ENCRYPTED/m.test(
    typeof key === "string" ? key : Buffer.from(key).toString("latin1"),
  );
}

function isAboutPassword(error: unknown): boolean {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return /BAD_DECRYPT|MISSING_PASSPHRASE|INTERRUPTED_OR_CANCELLED|mac verify failure/.test(
    `${code} ${message}`,
  );
}

function isText(value: unknown): value is string | Buffer {
  return typeof value === "string" || value instanceof Uint8Array;
}

function readText(path: string): string {
  return attempt(
    () => readSmallFile(path).toString("latin1"),
    (error) => `The file ${path} can't be read: ${fileProblem(error)}.`,
  );
}

// Copies a Buffer. Its structured clone would not be a Buffer, and would contain the memory around it.
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, part]) => part !== undefined)
      .map(([name, part]) => [name, plain(part)]),
  );
}
