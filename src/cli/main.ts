#!/usr/bin/env node
import { readFileSync, realpathSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { HTTPHandlerClass } from "../http/http-handler-class.js";
import { defaultThreads, type RunOptions, run } from "../http/run.js";
import { parseCommandLine } from "./command-line.js";
import { readConfigFile } from "./config-file.js";
import { DirectoryHandler, QuietDirectoryHandler } from "./handlers.js";
import { UsageError } from "./option.js";
import { quote } from "./option-values.js";
import { completeSettings, type Settings } from "./options.js";
import { usage } from "./usage.js";

/** The exit status of a mistake in the command line, as `argparse` has it. */
const USAGE_STATUS = 2;

/**
 * The command: serves a directory until it is interrupted.
 *
 * @param argv - the words behind the command's name
 * @returns the exit status: 0, or 2 if there was something to correct, which has been said in one line on standard error
 */
export async function main(argv: readonly string[]): Promise<number> {
  const given = parseCommandLine(argv);
  if (given instanceof UsageError) return refuse(given);
  if (given.help) return print(usage());
  if (given.version) return print(`pyserve ${packageVersion()}\n`);

  const fromFile = given.config == null ? {} : readConfigFile(given.config);
  if (fromFile instanceof UsageError) return refuse(fromFile);
  return serve(completeSettings(fromFile, given));
}

async function serve(settings: Settings): Promise<number> {
  const directory = findDirectory(settings.directory);
  if (directory instanceof UsageError) return refuse(directory);

  const security = tlsOptions(settings);
  if (security instanceof UsageError) return refuse(security);

  const { protocol, port, bind, headers } = settings;
  const handler_args = { directory, extra_response_headers: headers };
  const max_threads = settings.threads ?? defaultThreads();
  try {
    await run({
      HandlerClass: handlerClass(settings),
      protocol,
      port,
      bind,
      handler_args,
      max_threads,
      ...security,
    });
    return 0;
  } catch (error) {
    const explained = explainSetting(error) ?? explainListenError(error, settings);
    if (explained === null) throw error;
    return refuse(explained);
  }
}

function handlerClass({ contentType, quiet }: Settings): HTTPHandlerClass {
  const Handler = quiet ? QuietDirectoryHandler : DirectoryHandler;
  Handler.default_content_type = contentType;
  return Handler;
}

function tlsOptions({ tls, tlsCert, tlsKey, tlsPasswordFile }: Settings): RunOptions | UsageError {
  if (tlsCert === null && (tlsKey !== null || tlsPasswordFile !== null))
    return new UsageError("--tls-key and --tls-password-file belong to a certificate: give --tls-cert too");
  if (tlsCert !== null && tls)
    return new UsageError("--tls makes a certificate and --tls-cert has one: give one of them");
  const password = tlsPasswordFile === null ? null : readPassword(tlsPasswordFile);
  if (password instanceof UsageError) return password;
  return { tls_self_signed: tls, tls_cert: tlsCert, tls_key: tlsKey, tls_password: password };
}

/** The password of a key: the file without the line end, as in Python. */
function readPassword(path: string): string | UsageError {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    return new UsageError(`cannot read ${quote(path)}: ${reasonOf(error)}`);
  }
}

/** The full path of the directory; says at the start what would otherwise be a 404 for every request. */
function findDirectory(given: string): string | UsageError {
  let directory = given;
  try {
    directory = resolve(given); // fails where the current directory was removed
    if (statSync(directory).isDirectory()) return directory;
  } catch (error) {
    return new UsageError(`cannot serve ${quote(directory)}: ${reasonOf(error, "directory")}`);
  }
  return new UsageError(`cannot serve ${quote(directory)}: it is not a directory`);
}

function reasonOf(error: unknown, what = "file"): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === "ENOENT" ? `there is no such ${what}` : code === "EACCES" ? "permission denied" : message;
}

/** What is wrong with a certificate, or with the wish for threads, as they say themselves. */
function explainSetting(error: unknown): UsageError | null {
  if (!(error instanceof Error)) return null;
  const { code } = error as NodeJS.ErrnoException;
  return code?.startsWith("PYSERVE_") ? new UsageError(error.message) : null;
}

/** What a failure to listen means for the person at the terminal, and what can be done; `null` for any other error. */
function explainListenError(error: unknown, { port, bind }: Settings): UsageError | null {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const address = quote(bind ?? "");
  switch (code) {
    case "EADDRINUSE":
      return new UsageError(
        `port ${port} is taken by another program: try another one, or 0 for any that is free`,
      );
    case "EACCES":
      return new UsageError(
        `no permission to listen on port ${port}: ports below 1024 need privileges, try 8000`,
      );
    case "EADDRNOTAVAIL":
    case "EAFNOSUPPORT":
    case "EINVAL":
      return new UsageError(
        `${address} is not an address of this machine: leave --bind out to listen on all of them`,
      );
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new UsageError(
        `the address of ${address} can't be found: check the name, or give --bind a number`,
      );
    default:
      return null;
  }
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

function refuse({ message }: UsageError): number {
  process.stderr.write(`pyserve: error: ${message}\n`);
  return USAGE_STATUS;
}

function packageVersion(): string {
  const { version } = createRequire(import.meta.url)("../../package.json") as { version: string };
  return version;
}

/** Whether this file was started, by its name or through the link that npm makes, and not imported. */
function isStarted(): boolean {
  const [, script] = process.argv;
  try {
    return script !== undefined && realpathSync(script) === fileURLToPath(import.meta.url);
  } catch {
    return false;
  }
}

if (isStarted()) {
  process.stdout.on("error", () => {}); // `pyserve | head -1` keeps serving when nobody reads what it prints
  process.exitCode = await main(process.argv.slice(2));
  // At once, as in Python: a download that its client does not take would keep the process for a minute. Behind what was
  // printed, which a pipe need not have taken yet.
  process.stdout.write("", () => process.exit());
}
