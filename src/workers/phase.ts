import { isMainThread } from "node:worker_threads";
import { WorkerError } from "./worker-error.js";

/** Phase of a thread or process that becomes a worker; `null` in all others. */
type Phase = "importing" | "rebuilding" | "serving" | null;

let phase: Phase = null;

/** Sets the phase of this thread or process. */
export function setPhase(next: Exclude<Phase, null>): void {
  phase = next;
}

/** True while a worker creates its server, whose requests come from another thread or process. */
export function isRebuilding(): boolean {
  return phase === "rebuilding";
}

/**
 * Checks that a server may bind. Called before it binds.
 *
 * @throws {@link WorkerError} if a module creates a server while a worker imports the module. Otherwise, each worker
 *   would start more workers, without end. Python's `multiprocessing` refuses this too
 */
export function checkPhase(): void {
  if (phase === "importing") throw notGuarded("a server");
}

/**
 * Checks that a server may start workers. Called before it starts them.
 *
 * @throws {@link WorkerError} in every worker: the rest of a program may create its server after the import
 */
export function checkMayHaveWorkers(): void {
  if (phase !== null) throw notGuarded("a server with threads or processes of its own");
}

function notGuarded(what: string): WorkerError {
  // A child process has a main thread too, so `isMainThread` is no guard there.
  const [here, guard] = isMainThread
    ? ["process", "if (import.meta.main) { … }, where Node has it"]
    : ["thread", 'if (isMainThread) { … }, with import { isMainThread } from "node:worker_threads"'];
  return new WorkerError(
    "PYSERVE_MAIN_NOT_GUARDED",
    `A module creates ${what} in a ${here} that imports it for its classes. Move that to another module, or guard it with ${guard}.`,
  );
}
