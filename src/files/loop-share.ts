/**
 * Runs long computations without blocking the event loop.
 *
 * It takes half a second to read, sort and write a directory of 100,000 names. All such work of a thread together gets
 * a few milliseconds of each iteration of the event loop, for any number of clients. The rest of the time is for other
 * work.
 *
 * @module
 */

/**
 * Milliseconds of each iteration: too short for people to notice, and much longer than the overhead of an iteration.
 */
const SHARE = 2;

/**
 * Time at which the share of this iteration ends, by `performance.now()`. 0 if no call of {@link renew} is scheduled.
 */
let end = 0;
const waiting: (() => void)[] = [];

/**
 * Waits for a later iteration of the event loop if the share of this one is used up. Call it every few microseconds.
 *
 * @param signal - aborted when the work is no longer needed
 * @returns `undefined` if there is time left; otherwise a promise. The work that has waited longest continues first
 * @throws the reason of the signal
 */
export function pause(signal?: AbortSignal): Promise<void> | undefined {
  signal?.throwIfAborted();
  const now = performance.now();
  if (end === 0) begin(now);
  return now < end ? undefined : new Promise((resolve) => waiting.push(resolve));
}

function begin(now: number): void {
  end = now + SHARE;
  setImmediate(renew);
}

function renew(): void {
  end = 0;
  // One at a time: together they would take a whole iteration.
  const next = waiting.shift();
  if (next === undefined) return;
  begin(performance.now());
  next();
}
