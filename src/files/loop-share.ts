/**
 * Long computations beside everything else that the event loop has to do.
 *
 * A directory of 100,000 names takes half a second to look at, list and write. All such work of a thread together gets a
 * few milliseconds of each turn of the loop, however many clients have asked. The rest of the turn is for other work.
 *
 * @module
 */

/** Milliseconds of each turn: short beside what a person notices, long beside what a turn costs. */
const SHARE = 2;

/** When this turn's share ends, as `performance.now()` has it; 0 where none was taken. */
let end = 0;
let isArmed = false;
const waiting: (() => void)[] = [];

/** True if this turn of the event loop has given as much time as it may. To be asked every few microseconds. */
export function isShareSpent(): boolean {
  const now = performance.now();
  if (end === 0) {
    end = now + SHARE;
    arm();
  }
  return now >= end;
}

/** Resolves in a later turn of the loop, when it is the caller's turn to go on: the one that has waited longest is first. */
export function nextShare(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    arm();
  });
}

/** Waits for the next share, where this turn's is spent. To be awaited by work that goes on for long, every few microseconds. */
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
  // One at a time: each would find a share of its own, and together they would take the turn.
  waiting.shift()?.();
  if (waiting.length > 0) arm();
}
