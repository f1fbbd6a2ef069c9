import { readdirSync } from "node:fs";
import type { TestContext } from "node:test";
import { setImmediate } from "node:timers/promises";
import { inspect } from "node:util";
import {
  type BaseServer,
  type InetAddress,
  type ServeForeverOptions,
  TCPServer,
  ThreadingTCPServer,
} from "pyserve/socketserver";
import { trueTime } from "./clock.js";

/** Servers with much in common. */
export const TCP_SERVERS: readonly (typeof TCPServer<InetAddress>)[] = [TCPServer, ThreadingTCPServer];

/** Time limit for an expected event. */
export const PATIENCE = 60_000;

type Closable = Pick<BaseServer, "serve_forever" | "server_close">;

/** Lets a server serve until the end of the test. The test fails if serving fails. */
export function serve<Server extends Closable>(
  t: TestContext,
  server: Server,
  options: ServeForeverOptions = {},
): Server {
  const serving = server.serve_forever(options);
  // It is awaited at the end. Until then, it must not be an unhandled rejection.
  serving.catch(() => {});
  t.after(async () => {
    await server.server_close();
    await serving;
  });
  return server;
}

/** Closes a server at the end of the test. */
export function closeAfter<Server extends Closable>(t: TestContext, server: Server): Server {
  t.after(() => server.server_close());
  return server;
}

/**
 * Waits until a condition is true. It checks in some turns of the event loop, and then once per millisecond, because
 * the awaited work may need the processor.
 */
export async function until(condition: () => boolean, what = String(condition)): Promise<void> {
  const end = trueTime.now() + PATIENCE;
  for (let turn = 0; !condition(); turn++) {
    if (trueTime.now() > end) throw new Error(`Waited in vain for ${what}.`);
    await (turn < 20 ? setImmediate() : new Promise((resolve) => trueTime.setTimeout(resolve, 1)));
  }
}

/** Asks until the answer is as expected, and returns it. */
export async function answerWhen<Answer>(
  ask: () => Promise<Answer>,
  isExpected: (answer: Answer) => boolean,
): Promise<Answer> {
  const end = trueTime.now() + PATIENCE;
  for (let answer = await ask(); ; answer = await ask()) {
    if (isExpected(answer)) return answer;
    if (trueTime.now() > end) throw new Error(`Waited in vain; the last answer was ${inspect(answer)}.`);
    await setImmediate();
  }
}

/** Lets some turns of the event loop pass, so that everything that happens at once has happened. */
export async function turns(count = 20): Promise<void> {
  for (let turn = 0; turn < count; turn++) await setImmediate();
}

/** Returns the number of open descriptors of this process; `null` if the system does not report it. */
export function openDescriptors(): number | null {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return null;
  }
}

/** Runs `work`, and waits until no more descriptors are open than before. */
export async function leavesNothingOpen(work: () => Promise<void>): Promise<void> {
  const before = openDescriptors();
  await work();
  await until(() => (openDescriptors() ?? 0) <= (before ?? 0), "the descriptors to be closed");
}

/**
 * Collects the calls of `console.error` until the end of the test, one string for each. Nothing is printed.
 */
export function standardError(t: TestContext): string[] {
  const lines: string[] = [];
  t.mock.method(console, "error", (...parts: unknown[]) => void lines.push(parts.map(String).join(" ")));
  return lines;
}

/** A promise, and the functions that settle it. */
export interface Deferred<T = void> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

/** `Promise.withResolvers`, which older Nodes lack. */
export function deferred<T = void>(): Deferred<T> {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}
