import { isMainThread } from "node:worker_threads";
import { WorkerError } from "./worker-error.js";

/** What a thread or process does to become a worker, and then for good; `null` in all others. */
type Phase = "importing" | "rebuilding" | "serving" | null;

let phase: Phase = null;

/** Says that this thread or process becomes a worker, or how far that is. */
export function setPhase(next: Exclude<Phase, null>): void {
  phase = next;
}

/** True if the server that is made now is the worker's: its requests come from elsewhere. */
export function isRebuilding(): boolean {
  return phase === "rebuilding";
}

/**
 * To be called before a server binds.
 *
 * @throws {@link WorkerError} when a module does it while it is imported: each worker would make another server, whose
 *   workers would again. Python's `multiprocessing` refuses that alike
 */
export function checkPhase(): void {
  if (phase === "importing") throw notGuarded("a server");
}

/**
 * To be called before a server starts workers.
 *
 * @throws {@link WorkerError} in a worker, whatever it does: it may be the rest of a program that did not come to its server
 *   while it was imported
 */
export function checkMayHaveWorkers(): void {
  if (phase !== null) throw notGuarded("a server with threads or processes of its own");
}

function notGuarded(what: string): WorkerError {
  // A process is the main thread of a process: only Node can tell that its main module is another one.
  const [here, guard] = isMainThread
    ? ["process", "if (import.meta.main) { … }, where Node has it"]
    : ["thread", 'if (isMainThread) { … }, with import { isMainThread } from "node:worker_threads"'];
  return new WorkerError(
    "PYSERVE_MAIN_NOT_GUARDED",
    `A module makes ${what} in a ${here} that imports it for its classes: put that into another module than the classes, or behind ${guard}.`,
  );
}
