import { statSync } from "node:fs";
import { resolve } from "node:path";
import { fileProblem, readSmallFile } from "../http/small-file.js";
import { UsageError } from "./option.js";
import { parseCredentials, quote } from "./option-values.js";
import type { GivenSettings } from "./options.js";

/** The full path of the directory; says at the start what would otherwise be a 404 for every request. */
export function findDirectory(given: string): string | UsageError {
  let directory = given;
  try {
    directory = resolve(given); // fails where the current directory was removed
    if (statSync(directory).isDirectory()) return directory;
  } catch (error) {
    // The file says by itself what may be read.
    if ((error as NodeJS.ErrnoException).code === "ERR_ACCESS_DENIED") return directory;
    const problem = fileProblem(error).replace(/file$/, "directory");
    return new UsageError(`${quote(directory)} can't be served: ${problem}`);
  }
  return new UsageError(`${quote(directory)} can't be served: it is not a directory`);
}

/** The password of a key: the file without the line end, as in Python. */
export function readPassword(path: string): string | UsageError {
  try {
    return readSmallFile(path).toString("utf8").trim();
  } catch (error) {
    return new UsageError(`${quote(path)} can't be read: ${fileProblem(error)}`);
  }
}

/**
 * The user and the password for `--auth`: from the option, its file, or else the environment.
 *
 * @returns `user:password`, or `null` where nobody is asked for one
 */
export function findCredentials(
  { auth, authFile }: GivenSettings,
  environment: string | undefined,
): string | null | UsageError {
  if (auth != null && authFile != null)
    return new UsageError("--auth and --auth-file both give the password: give one of them");
  if (auth != null) return auth;
  if (authFile != null) {
    const text = readPassword(authFile);
    return text instanceof UsageError ? text : checked(text, quote(authFile));
  }
  return environment === undefined || environment === ""
    ? null
    : checked(environment, "environment variable PYSERVE_AUTH");
}

function checked(text: string, where: string): string | UsageError {
  const parsed = parseCredentials(text);
  return "problem" in parsed ? new UsageError(`${where}: ${parsed.problem}`) : parsed.value;
}

/**
 * Says that the file of a certificate lacks its key, where no other file has one.
 *
 * @returns `null` if it has one, or if something else is wrong with it, which is said by those who use it
 */
export function missingKey(certificate: string): UsageError | null {
  const text = readPassword(certificate);
  if (text instanceof UsageError) return text;
  return text.includes("-----BEGIN CERTIFICATE-----") && !text.includes("PRIVATE KEY-----")
    ? new UsageError(`${quote(certificate)} holds a certificate, and not its key: give --tls-key too`)
    : null;
}
