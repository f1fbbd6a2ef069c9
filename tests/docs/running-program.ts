import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";

/** Time limit for an expected event. */
const PATIENCE = 60_000;

/** A command line that was started, until it ends. */
export class RunningProgram {
  /** Output so far, of standard output and standard error. */
  output = "";
  /** The ports at which the program has announced that a server listens; `null` for a socket without one. */
  readonly listensAt = new Set<unknown>();
  /** Its exit status, or the name of a signal, after it has ended. */
  ended: number | string | undefined;
  readonly #line: string;
  readonly #process: ChildProcess;
  readonly #events = new EventEmitter();

  constructor(line: string, options: { cwd: string; env: NodeJS.ProcessEnv }) {
    this.#line = line;
    // `exec` lets the program get the signals. It is left out if the shell has more to do.
    const command = /[|;&]/.test(line) ? line : `exec ${line}`;
    this.#process = spawn("sh", ["-c", command], { ...options, stdio: ["ignore", "pipe", "pipe", "ipc"] });
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.output += text;
        this.#events.emit("change");
      });
    this.#process.on("message", (port) => {
      this.listensAt.add(port);
      this.#events.emit("change");
    });
    this.#process.on("close", (status, signal) => {
      this.ended = status ?? signal ?? "unknown";
      this.#events.emit("change");
    });
  }

  /** Sends it a signal, unless it has ended. */
  kill(signal: NodeJS.Signals): void {
    if (this.ended === undefined) this.#process.kill(signal);
  }

  /** Waits until a server listens. A program that ends without one must end successfully. */
  async begun(): Promise<void> {
    await this.#until(() => this.listensAt.size > 0 || this.ended !== undefined, "listens");
    if (this.ended !== undefined) await this.endWell();
  }

  /** Waits until it has printed a text. */
  async printed(isIt: (output: string) => boolean): Promise<void> {
    await this.#until(() => isIt(this.output) || this.ended !== undefined, "prints what the page shows");
    assert.ok(isIt(this.output), `$ ${this.#line}\nhas printed:\n${this.output}`);
  }

  /** Waits for its end. */
  async end(): Promise<void> {
    await this.#until(() => this.ended !== undefined, "ends");
  }

  /** Waits for its end, which must be successful. */
  async endWell(): Promise<void> {
    await this.end();
    assert.equal(this.ended, 0, `$ ${this.#line}\nhas failed:\n${this.output}`);
  }

  async #until(isSo: () => boolean, what: string): Promise<void> {
    const signal = AbortSignal.timeout(PATIENCE);
    while (!isSo()) {
      await once(this.#events, "change", { signal }).catch(() => {
        throw new Error(`Waited in vain until this ${what}:\n$ ${this.#line}\n${this.output}`);
      });
    }
  }
}
