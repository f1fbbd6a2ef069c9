/**
 * Runs long computations without blocking the event loop.
 *
 * A directory of 100,000 names takes half a second to look at, list and write. All such work of a thread together gets a
 * few milliseconds of each turn of the loop, however many clients have asked. The rest of the turn is for other work.
 *
 * @module
 */

/** Milliseconds of each turn: too short to be noticed by people, and much longer than the overhead of a turn. */
const SHARE = 2;

/** When this turn's share ends, by `performance.now()`. While it is not 0, a call of {@link renew} is scheduled. */
let end = 0;
const waiting: (() => void)[] = [];

/**
 * Waits for a later turn of the event loop if this one has spent its time for long work. Call it every few microseconds.
 *
 * @param signal - aborted when nobody waits for the work any more
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
  // One at a time: together they would take the whole turn.
  const next = waiting.shift();
  if (next === undefined) return;
  begin(performance.now());
  next();
}
