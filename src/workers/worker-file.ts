import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { WorkerError } from "./worker-error.js";

/** The name of `pyserve/worker` beside a bundle. */
const IN_BUNDLE = ["pyserve-worker.js", "pyserve-worker.mjs"];

/**
 * Returns the first file of a thread or a process.
 *
 * @param name - name of the file in this folder
 * @param here - the URL of a module of this folder, or of the bundle that contains it
 * @returns the file, or `pyserve-worker.js` in a bundle's folder
 * @throws {@link WorkerError} if neither exists. Node would report it later, with a file name that users don't know
 */
export function workerFile(
  name: "thread.js" | "process.js",
  here: string | undefined = import.meta.url,
): URL {
  // A CommonJS bundle has no URL of its own.
  const files = here === undefined ? [] : [name, ...IN_BUNDLE].map((file) => new URL(file, here));
  const found = files.find((file) => file.protocol !== "file:" || existsSync(fileURLToPath(file)));
  if (found !== undefined) return found;
  throw new WorkerError(
    "PYSERVE_WORKER_FILE_MISSING",
    `Threads and processes begin with ${name}, a file of pyserve, which is missing${here === undefined ? "" : ` beside ${here}`}: pyserve seems to be part of a bundle. Leave it out of the bundle, as esbuild does with --packages=external; or build pyserve/worker too, as ${IN_BUNDLE[0]} in the same folder.`,
  );
}

const EVALUATES = new Set(["-e", "--eval", "-p", "--print", "-pe"]);

/**
 * Returns Node's options for a worker, without those for the main program: a worker runs another program, and
 * `--input-type` would end it. Returns `undefined` if Node may pass on its own options.
 */
export function workersExecArgv(own: readonly string[] = process.execArgv): string[] | undefined {
  if (!own.some((option) => isInputType(option))) return undefined;
  return own.filter((option, at) => !isOfProgram(option) && !EVALUATES.has(own[at - 1] ?? ""));
}

function isOfProgram(option: string): boolean {
  return isInputType(option) || EVALUATES.has(option) || /^--(?:eval|print)=/.test(option);
}

function isInputType(option: string): boolean {
  return option.startsWith("--input-type");
}
