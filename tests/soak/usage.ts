import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import type { ServerStats } from "pyserve";

/** Resources that the server reports. Memory is in bytes. */
export interface Usage {
  /** Bytes in use on the heap and in buffers, after a garbage collection. */
  readonly used: number;
  readonly rss: number;
  readonly descriptors: number;
  /** Number of errors that reached `handle_error`, except disconnects of clients. */
  readonly errors: number;
  readonly stats: ServerStats;
}

const MIB = 2 ** 20;

/** Allowed growth of memory between two moments of the same load. */
const GROWTH = 1.1;

/** Requests the numbers from the server. */
export async function usageOf(server: ChildProcess): Promise<Usage> {
  server.send("usage");
  const [usage] = (await once(server, "message")) as [Usage];
  return usage;
}

/** Repeats the request until the condition is true, for 10 seconds at most. */
export async function usageWhen(server: ChildProcess, isSo: (usage: Usage) => boolean): Promise<Usage> {
  let usage = await usageOf(server);
  for (let tries = 0; tries < 100 && !isSo(usage); tries++) {
    await pause(100); // the requests must not be a load of their own
    usage = await usageOf(server);
  }
  return usage;
}

/** Prints the numbers. */
export function show(when: string, { used, rss, descriptors, stats }: Usage): void {
  console.log(
    `${when}: ${(used / MIB).toFixed(1)} MiB used, ${(rss / MIB).toFixed(1)} MiB resident, ` +
      `${descriptors} descriptors, ${stats.connections.accepted} connections so far`,
  );
}

/** Fails if the server has left something open between two moments, or if a handler has failed. */
export function assertNothingLost(before: Usage, after: Usage): void {
  assert.equal(after.errors, 0, "errors of handlers");
  assert.equal(after.stats.connections.refused, 0, "connections were refused");
  assert.ok(after.descriptors <= before.descriptors, "descriptors are left open");
}

/**
 * Fails if memory has grown. `before` is a whole minute after the beginning, because the heap grows to its size until
 * then.
 */
export function assertNoGrowth(before: Usage, after: Usage): void {
  assert.ok(after.used <= before.used * GROWTH, "the memory in use grows");
  assert.ok(after.rss <= before.rss * GROWTH, "the resident memory grows");
}
