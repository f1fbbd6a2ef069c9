import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { InFlight } from "./in-flight.js";
import type { Job, Outcome } from "./job.js";

/**
 * Lets a thread do a job, and watches it. If it does not finish an input, it is stopped.
 *
 * @param patience - maximum seconds for one input
 */
export async function watched(job: Job, patience: number): Promise<Outcome> {
  const inFlight = new InFlight(job.maxLength);
  const workerData = { job, memory: inFlight.memory };
  const thread = new Worker(new URL("./thread.js", import.meta.url), { workerData });
  const watch = new Watch(inFlight, patience);
  try {
    return await Promise.race([once(thread, "message").then(([outcome]) => outcome as Outcome), watch.hang]);
  } finally {
    watch.end();
    await thread.terminate();
  }
}

/** Checks the progress four times in `patience` seconds. */
class Watch {
  readonly hang: Promise<Outcome>;
  #timer: NodeJS.Timeout | undefined;

  constructor(inFlight: InFlight, patience: number) {
    let last = 0;
    let idle = 0;
    this.hang = new Promise((resolve) => {
      this.#timer = setInterval(() => {
        const { count, bytes } = inFlight;
        // If it is 0, none has begun yet: the thread is loading the code.
        idle = count === last && count > 0 ? idle + 1 : 0;
        last = count;
        if (idle === 4) resolve({ kind: "hang", executions: count, bytes });
      }, patience * 250);
    });
  }

  end(): void {
    clearInterval(this.#timer);
  }
}
