import type { ChildProcess, SendHandle, Serializable } from "node:child_process";
import type { Server, Socket } from "node:net";
import { fileURLToPath } from "node:url";
import {
  type MessageFromWorker,
  type MessageToWorker,
  type Packet,
  type StartWorker,
  unpack,
  type WorkerEvents,
  type WorkerLink,
} from "./messages.js";
import { workerFile, workersExecArgv } from "./worker-file.js";

const children = new Set<ChildProcess>();

// Processes end by themselves, except one that never returns to its event loop.
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});

/** Starts child processes. */
export const startProcess: StartWorker = (events) => new ProcessLink(events);

class ProcessLink implements WorkerLink {
  readonly #child: ChildProcess;
  readonly #key = process.getBuiltinModule("node:crypto").randomUUID();

  constructor(events: WorkerEvents) {
    const execArgv = workersExecArgv();
    // Loaded only if there are processes, because loading takes milliseconds.
    const { fork } = process.getBuiltinModule("node:child_process");
    this.#child = fork(fileURLToPath(workerFile("process.js")), {
      serialization: "advanced",
      ...(execArgv && { execArgv }),
    });
    children.add(this.#child);
    let reason: unknown;
    const ended = (what: unknown) => {
      children.delete(this.#child);
      events.ended(what);
    };
    this.#child.on("message", (packet) => {
      const message = unpack<MessageFromWorker>(packet, this.#key);
      if (message !== undefined) events.message(message);
    });
    this.#child.on("error", (error) => {
      reason = error;
      // A process that could not start emits no "exit".
      if (this.#child.pid === undefined) ended(error);
    });
    this.#child.on("exit", (code, signal) =>
      ended(reason ?? (signal === null ? `its exit status is ${code}` : `it was ended by ${signal}`)),
    );
  }

  get id(): number {
    return this.#child.pid ?? -1;
  }

  /** A process gets a connection only when it has none. */
  get isIdle(): boolean {
    return true;
  }

  send(message: MessageToWorker, connection?: Socket | Server): void {
    const packet: Packet<MessageToWorker> = [this.#key, message];
    // If a message can't be sent any more, the event "exit" follows.
    if (connection === undefined) this.#child.send(packet as unknown as Serializable, () => {});
    else this.#sendWith(packet, connection as Socket);
  }

  // This process keeps the connection open until the child has it, or can't get it any more. If a dying child does not
  // accept it, Node would lose it, and the client would wait forever.
  #sendWith(packet: Packet<MessageToWorker>, connection: Socket): void {
    // Otherwise, Node would make both sides exchange messages to count the server's connections.
    (connection as { server?: unknown }).server = undefined;
    const taken = () => connection.destroy();
    this.#child.send(packet as unknown as Serializable, connection as SendHandle, { keepOpen: true }, taken);
  }

  ref(): void {
    this.#child.ref();
    this.#child.channel?.ref();
  }

  unref(): void {
    this.#child.unref();
    this.#child.channel?.unref();
  }

  terminate(): void {
    this.#child.kill("SIGKILL");
  }
}
