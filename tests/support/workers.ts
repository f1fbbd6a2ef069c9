import type { TestContext } from "node:test";
import type { Worker } from "node:worker_threads";
import type { InetAddress, WorkerErrorCode } from "pyserve/socketserver";
import { canTransferSockets } from "#src/workers/socket-transfer.js";
import { Commands, errorsTold, Processes, Threads } from "../fixtures/commands.js";
import { PATIENCE, serve, until } from "./servers.js";
import { StreamClient } from "./stream-client.js";

/** A server whose requests are served by threads or child processes. */
export type WorkerServer = Threads | Processes;
export type WorkerServerClass = typeof Threads | typeof Processes;

/** Kinds of workers on this machine: processes always, threads if Node can pass connections to them. */
export const KINDS: readonly (readonly [name: string, Server: WorkerServerClass])[] = [
  ...(canTransferSockets() ? [["threads", Threads] as const] : []),
  ["processes", Processes],
];

export const ANY_PORT: InetAddress = ["127.0.0.1", 0];

/** Threads of this process, except this one. */
export const liveThreads = new Set<Worker>();
process.on("worker", (worker) => {
  liveThreads.add(worker);
  worker.once("exit", () => liveThreads.delete(worker));
});

/**
 * Stops the clock for the pool of a server that is made afterwards: no thread counts as computing, even if a busy machine
 * holds it up. When the test ends, the clock runs again before the server is closed.
 */
export function stopClock(t: TestContext): void {
  const now = performance.now();
  const { mock } = t.mock.method(performance, "now", () => now);
  t.after(() => mock.restore());
}

/** Starts a server with {@link Commands} until the end of the test. */
export function serveCommands(
  t: TestContext,
  Server: WorkerServerClass,
  settings: object = {},
  handler_args?: object,
): WorkerServer {
  const server = new Server(ANY_PORT, Commands, { handler_args });
  return serve(t, Object.assign(server, settings));
}

/** A client of {@link Commands}. */
export class Commander {
  readonly client: StreamClient;

  private constructor(client: StreamClient) {
    this.client = client;
  }

  static async connect(server: { readonly server_address: InetAddress }): Promise<Commander> {
    return new Commander(await StreamClient.connect(server.server_address));
  }

  /** Returns the answer to a command; `undefined` if the connection ends instead. */
  async ask(command: string): Promise<unknown> {
    this.tell(command);
    const line = await this.line();
    return line === "" ? undefined : JSON.parse(line);
  }

  /** Sends a command. */
  tell(command: string): void {
    this.client.send(`${command}\n`);
  }

  /** Returns the next line; shorter if the connection ends. */
  async line(): Promise<string> {
    let line = "";
    for (let next = await this.client.read(1); next !== ""; next = await this.client.read(1)) {
      line += next;
      if (next === "\n") break;
    }
    return line;
  }

  /** Ends the dialog, and resolves when the connection is closed. */
  async leave(): Promise<void> {
    this.client.end();
    await this.ended();
  }

  /** Resolves when the server has ended the connection; then closes it. */
  async ended(): Promise<void> {
    await this.client.rest();
    this.client.socket.destroy();
    await this.client.closed();
  }
}

/** Blocks threads that get the command `block`, until it is opened. Its `args` are the handler's. */
export class Gate {
  readonly #state = new Int32Array(new SharedArrayBuffer(8));
  readonly args = { gate: this.#state };

  /** Number of threads that have reached it. */
  get blocked(): number {
    return Atomics.load(this.#state, 1);
  }

  open(): void {
    Atomics.store(this.#state, 0, 1);
    Atomics.notify(this.#state, 0);
  }
}

/** Returns the answer to one command on a new connection. */
export async function askOnce(
  server: { readonly server_address: InetAddress },
  command: string,
): Promise<unknown> {
  const commander = await Commander.connect(server);
  const answer = await commander.ask(command);
  await commander.leave();
  return answer;
}

/** Waits until `handle_error` has got a number of errors, and returns them. */
export async function errorsOf(server: object, count: number): Promise<Error[]> {
  await until(() => errorsTold(server).length >= count, `${count} errors`);
  return errorsTold(server) as Error[];
}

/** Returns the error from a promise, which must settle soon. */
export async function failureOf(promise: Promise<unknown>): Promise<Error & { code?: WorkerErrorCode }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("It was not settled.")), PATIENCE);
  });
  try {
    await Promise.race([promise, late]);
  } catch (error) {
    return error as Error;
  } finally {
    clearTimeout(timer);
  }
  throw new Error("It did not fail.");
}

/** True if a process exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
