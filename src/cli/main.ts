#!/usr/bin/env node
import { realpathSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type HTTPHandlerClass, run } from "../http/run.js";
import { SimpleHTTPRequestHandler } from "../http/simple-http-request-handler.js";
import { parseCommandLine } from "./command-line.js";
import { readConfigFile } from "./config-file.js";
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

  const { protocol, port, bind, headers } = settings;
  const handler_args = { directory, extra_response_headers: headers };
  try {
    await run({ HandlerClass: makeHandlerClass(settings), protocol, port, bind, handler_args });
    return 0;
  } catch (error) {
    const explained = explainListenError(error, settings);
    if (explained === null) throw error;
    return refuse(explained);
  }
}

function makeHandlerClass({ contentType, quiet }: Settings): HTTPHandlerClass {
  class Handler extends SimpleHTTPRequestHandler {
    static override default_content_type = contentType;
  }
  if (!quiet) return Handler;
  return class extends Handler {
    override log_message(): void {} // requests and refusals; handle_error, which is the server's, still speaks
  };
}

/** The full path of the directory; says at the start what would otherwise be a 404 for every request. */
function findDirectory(given: string): string | UsageError {
  let directory = given;
  try {
    directory = resolve(given); // fails where the current directory was removed
    if (statSync(directory).isDirectory()) return directory;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason =
      code === "ENOENT" ? "there is no such directory" : code === "EACCES" ? "permission denied" : message;
    return new UsageError(`cannot serve ${quote(directory)}: ${reason}`);
  }
  return new UsageError(`cannot serve ${quote(directory)}: it is not a directory`);
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
