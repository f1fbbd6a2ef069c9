import type { Server, Socket } from "node:net";
import {
  MessageChannel,
  type MessagePort,
  type ResourceLimits,
  receiveMessageOnPort,
  type Transferable,
  Worker,
} from "node:worker_threads";
import type {
  MessageFromWorker,
  MessageToWorker,
  StartWorker,
  WorkerEvents,
  WorkerLink,
} from "./messages.js";
import { workerFile, workersExecArgv } from "./worker-file.js";

let errorsAreIgnored = false;

/** Logs of threads go through the standard error of this thread. A closed standard error must not end the process. */
function ignoreErrorsOfLog(): void {
  if (errorsAreIgnored) return;
  errorsAreIgnored = true;
  process.stderr.on("error", () => {});
}

/**
 * Starts threads.
 *
 * @throws `WorkerError` if their first file is missing
 */
export function threadStarter(resourceLimits: ResourceLimits | null): StartWorker {
  ignoreErrorsOfLog();
  const file = workerFile("thread.js");
  return (events) => new ThreadLink(file, events, resourceLimits);
}

class ThreadLink implements WorkerLink {
  readonly #worker: Worker;
  /** A separate channel: the worker's own channel belongs to the application. */
  readonly #port: MessagePort;

  constructor(file: URL, events: WorkerEvents, resourceLimits: ResourceLimits | null) {
    const execArgv = workersExecArgv();
    this.#worker = new Worker(file, {
      name: "pyserve",
      ...(execArgv && { execArgv }),
      ...(resourceLimits && { resourceLimits }),
    });
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#worker.postMessage(port2, [port2]);
    const receive = ({ handle, ...message }: MessageFromWorker & { handle?: Server }) =>
      events.message(message as MessageFromWorker, handle);
    this.#port.on("message", receive);
    // The channel never keeps the process alive. The worker does, after `ref`.
    this.#port.unref();
    let reason: unknown;
    this.#worker.on("error", (error) => {
      reason = error;
    });
    this.#worker.on("exit", (code) => {
      for (const message of messagesLeft(this.#port)) receive(message);
      this.#port.close();
      events.ended(reason ?? `its exit code is ${code}`);
    });
  }

  get id(): number {
    return this.#worker.threadId;
  }

  get isIdle(): boolean {
    const { performance } = this.#worker;
    // The current wait counts as idle time. So if the thread waits now, a second look finds more idle time.
    const { idle } = performance.eventLoopUtilization();
    return performance.eventLoopUtilization().idle > idle;
  }

  send(message: MessageToWorker, handle?: Socket | Server): void {
    if (handle === undefined) this.#port.postMessage(message);
    else this.#port.postMessage({ ...message, handle }, [handle as unknown as Transferable]);
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

/** Yields the messages that a thread sent before it ended, and that were not read yet. */
function* messagesLeft(port: MessagePort): Iterable<MessageFromWorker> {
  for (let left = receiveMessageOnPort(port); left !== undefined; left = receiveMessageOnPort(port))
    yield left.message;
}
