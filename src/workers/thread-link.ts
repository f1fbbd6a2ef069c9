import type { Socket } from "node:net";
import { type ResourceLimits, type Transferable, Worker } from "node:worker_threads";
import { workersExecArgv } from "./exec-argv.js";
import type {
  MessageFromWorker,
  MessageToWorker,
  StartWorker,
  WorkerEvents,
  WorkerLink,
} from "./messages.js";

let errorsAreIgnored = false;

/** What threads log leaves through this one's standard error: that nobody reads it must not end the process. */
function ignoreErrorsOfLog(): void {
  if (errorsAreIgnored) return;
  errorsAreIgnored = true;
  process.stderr.on("error", () => {});
}

/** Starts threads. */
export function threadStarter(resourceLimits: ResourceLimits | null): StartWorker {
  ignoreErrorsOfLog();
  return (events) => new ThreadLink(events, resourceLimits);
}

class ThreadLink implements WorkerLink {
  readonly #worker: Worker;

  constructor(events: WorkerEvents, resourceLimits: ResourceLimits | null) {
    const execArgv = workersExecArgv();
    this.#worker = new Worker(new URL("./thread.js", import.meta.url), {
      name: "pyserve",
      ...(execArgv && { execArgv }),
      ...(resourceLimits && { resourceLimits }),
    });
    let reason: unknown;
    this.#worker.on("message", (message: MessageFromWorker) => events.message(message));
    this.#worker.on("error", (error) => {
      reason = error;
    });
    this.#worker.on("exit", (code) => events.ended(reason ?? `its exit code is ${code}`));
  }

  get id(): number {
    return this.#worker.threadId;
  }

  send(message: MessageToWorker, connection?: Socket): void {
    if (connection === undefined) this.#worker.postMessage(message);
    else this.#worker.postMessage({ ...message, connection }, [connection as unknown as Transferable]);
  }

  ref(): void {
    this.#worker.ref();
  }

  unref(): void {
    this.#worker.unref();
  }

  terminate(): void {
    void this.#worker.terminate();
  }
}
