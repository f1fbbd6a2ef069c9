import { createRequire } from "node:module";
import { parseCommandLine } from "./command-line.js";
import { completionsFor } from "./completions.js";
import { readConfigFile } from "./config-file.js";
import { mergeSettings } from "./merge-settings.js";
import { UsageError } from "./option.js";
import { serve } from "./serve.js";
import { fullUsage, usage } from "./usage.js";

/** Exit status after an invalid command line, as in `argparse`. */
const USAGE_STATUS = 2;

/**
 * Runs the command: serves a directory until a signal interrupts it.
 *
 * @param argv - the words after the command's name
 * @returns the exit status: 0, or 2 after a problem. Problems are reported in one line on standard error
 */
export async function main(argv: readonly string[]): Promise<number> {
  const given = parseCommandLine(argv);
  if (given instanceof UsageError) return refuse(given);
  if (given.help) return print(usage());
  if (given.help_all) return print(fullUsage());
  if (given.version) return print(`pyserve ${packageVersion()}\n`);
  if (given.completions != null) return print(completionsFor(given.completions));

  const fromFile = given.config == null ? {} : readConfigFile(given.config);
  if (fromFile instanceof UsageError) return refuse(fromFile);
  const settings = mergeSettings(fromFile, given);
  if (settings instanceof UsageError) return refuse(settings);
  if (given.auth != null)
    warn("others on this machine can see the password: use --auth-file or PYSERVE_AUTH");

  const problem = await serve(settings);
  return problem === null ? 0 : refuse(problem);
}

function warn(text: string): void {
  process.stderr.write(`pyserve: warning: ${text}\n`);
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
