import { statSync } from "node:fs";
import { resolve } from "node:path";
import { CREDENTIALS } from "../http/setting-rules.js";
import { fileProblem, readSmallFile, readSmallText } from "../http/small-file.js";
import { quote, UsageError } from "./option.js";
import type { GivenSettings } from "./options.js";

/** Returns the absolute path of the directory. Reports problems now that would otherwise give each request a 404. */
export function findDirectory(given: string): string | UsageError {
  let directory = given;
  try {
    directory = resolve(given); // fails if the current directory was removed
    if (statSync(directory).isDirectory()) return directory;
  } catch (error) {
    // Reading the file shows the problem.
    if ((error as NodeJS.ErrnoException).code === "ERR_ACCESS_DENIED") return directory;
    const problem = fileProblem(error).replace(/file$/, "directory");
    return new UsageError(`${quote(directory)} can't be served: ${problem}`);
  }
  return new UsageError(`${quote(directory)} can't be served: it is not a directory`);
}

/** Returns a password from a file, without white space at its ends, as in Python. */
export function readPassword(path: string): string | UsageError {
  const text = textOf(path, readSmallText);
  return typeof text === "string" ? text.trim() : text;
}

function textOf(path: string, read: (path: string) => string): string | UsageError {
  try {
    return read(path);
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
  { auth, auth_file: file }: GivenSettings,
  environment: string | undefined,
): string | null | UsageError {
  if (auth != null) return auth;
  if (file != null) {
    const text = readPassword(file);
    return text instanceof UsageError ? text : checked(text, quote(file));
  }
  return environment === undefined || environment === ""
    ? null
    : checked(environment, "environment variable PYSERVE_AUTH");
}

function checked(text: string, where: string): string | UsageError {
  return CREDENTIALS.allows(text) ? text : new UsageError(`${where}: it must be ${CREDENTIALS.allowed}`);
}

/**
 * Returns an error if a certificate file contains no key. Call it if the user named no key file.
 *
 * @returns `null` if it has a key, or if it is not a certificate, which is reported later
 */
export function missingKey(certificate: string): UsageError | null {
  const text = textOf(certificate, (path) => readSmallFile(path).toString("latin1"));
  if (text instanceof UsageError) return text;
  return text.includes("-----BEGIN CERTIFICATE-----") && !text.includes("PRIVATE KEY-----")
    ? new UsageError(`${quote(certificate)} contains a certificate without its key: give --tls-key, too`)
    : null;
}

/** Node's permission model; `undefined` without `--permission`. */
type Permission = NonNullable<typeof process.permission>;

/**
 * Checks that `node --permission` grants the rights that serving needs. Without them, each request would get a 404.
 *
 * @param directory - the served directory
 * @param usesThreads - true if connections are passed to threads
 * @returns the problem, with the options to add to Node, or `null`
 */
export function missingRights(directory: string, usesThreads: boolean): string | null {
  const permission: Permission | undefined = process.permission;
  if (permission === undefined) return null;
  const rights: readonly (readonly [isGiven: boolean, option: string])[] = [
    [permission.has("fs.read", directory), `--allow-fs-read=${directory}`],
    // The containment check reads the path of an open file there.
    [process.platform !== "linux" || permission.has("fs.read", "/proc/self/fd/0"), "--allow-fs-read=/proc/"],
    [!isRestricted("--allow-net") || permission.has("net"), "--allow-net"],
    [!usesThreads || permission.has("worker"), "--allow-worker (or give pyserve --threads 0)"],
  ];
  const missing = rights.filter(([isGiven]) => !isGiven).map(([, option]) => option);
  return missing.length === 0
    ? null
    : `node --permission denies access that the command needs: add ${missing.join(" ")}`;
}

/** True if this Node restricts an operation that has its own option. Older versions don't restrict the network. */
function isRestricted(option: string): boolean {
  return process.allowedNodeEnvironmentFlags.has(option);
}
