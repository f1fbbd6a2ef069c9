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

/** End of this turn's share, by `performance.now()`; 0 if none has begun. */
let end = 0;
let isArmed = false;
const waiting: (() => void)[] = [];

/** True if the share of this turn of the event loop is spent. Call it every few microseconds. */
export function isShareSpent(): boolean {
  const now = performance.now();
  if (end === 0) {
    end = now + SHARE;
    arm();
  }
  return now >= end;
}

/**
 * Resolves in a later turn of the event loop, when the caller may continue. The one that has waited longest is first.
 */
export function nextShare(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    arm();
  });
}

/** Waits for the next share if that of this turn is spent. Long computations await it every few microseconds. */
export function pause(signal?: AbortSignal): Promise<void> | undefined {
  signal?.throwIfAborted();
  return isShareSpent() ? nextShare() : undefined;
}

function arm(): void {
  if (isArmed) return;
  isArmed = true;
  setImmediate(renew);
}

function renew(): void {
  isArmed = false;
  end = 0;
  // Only one continues in each turn. Otherwise, each would begin its own share, and together they would block the event
  // loop.
  waiting.shift()?.();
  if (waiting.length > 0) arm();
}
