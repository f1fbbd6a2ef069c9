import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import type { TestContext } from "node:test";
import { PACKAGE } from "./published.js";

/** A process that runs a script under the Node of the tests. */
export class Child {
  readonly process: ChildProcess;
  /** Standard output so far. */
  output = "";
  /** Standard error so far. */
  errors = "";
  readonly #closed: Promise<unknown[]>;

  /**
   * @param script - a module's text; it may import `pyserve`, which is the published package
   * @param stdio - what it inherits from descriptor 3 on
   */
  constructor(t: TestContext, script: string, stdio: readonly (number | "pipe")[] = []) {
    const all: StdioOptions = ["ignore", "pipe", "pipe", ...stdio];
    this.process = spawn(process.execPath, ["--input-type=module", "-e", script], {
      cwd: PACKAGE,
      stdio: all,
    });
    this.#closed = once(this.process, "close");
    this.process.stdout?.on("data", (text) => {
      this.output += text;
    });
    this.process.stderr?.on("data", (text) => {
      this.errors += text;
    });
    t.after(() => this.process.kill("SIGKILL"));
  }

  /** Resolves when it has ended: with its exit status, or the name of the signal that ended it. */
  async end(): Promise<number | string> {
    const [status, signal] = await this.#closed;
    return (status ?? signal) as number | string;
  }
}
