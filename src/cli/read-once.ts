import { statSync } from "node:fs";
import { resolve } from "node:path";
import { fileProblem, readSmallFile } from "../http/small-file.js";
import { UsageError } from "./option.js";
import { parseCredentials, quote } from "./option-values.js";
import type { GivenSettings } from "./options.js";

/**
 * Returns the full path of the directory. Reports problems at the start that would otherwise be a 404 for every
 * request.
 */
export function findDirectory(given: string): string | UsageError {
  let directory = given;
  try {
    directory = resolve(given); // fails where the current directory was removed
    if (statSync(directory).isDirectory()) return directory;
  } catch (error) {
    // Reading the file shows the problem.
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
 * Returns the credentials for `--auth`: from the option, its file, or the environment.
 *
 * @returns `user:password`, or `null` without authentication
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
 * Returns an error if the certificate file lacks its key, and no other file has it.
 *
 * @returns `null` if it has one, or if it has another problem, which is reported later
 */
export function missingKey(certificate: string): UsageError | null {
  const text = readPassword(certificate);
  if (text instanceof UsageError) return text;
  return text.includes("-----BEGIN CERTIFICATE-----") && !text.includes("PRIVATE KEY-----")
    ? new UsageError(`${quote(certificate)} holds a certificate, and not its key: give --tls-key too`)
    : null;
}
