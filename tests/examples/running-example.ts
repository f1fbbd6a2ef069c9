import { type ChildProcessByStdio, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Header } from "./header.js";

/** The top of the repository, from `build/tests/examples`. */
export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** True if Node runs TypeScript. Older versions get the compiled file. */
export const RUNS_TYPESCRIPT = "typescript" in process.features && process.features.typescript !== false;

const AN_ADDRESS = /(?::|port )(\d+)|--unix-socket/;

/** Returns the file to run for an example: the compiled one, which starts sooner. */
export function runnable(name: string): string {
  return join(ROOT, "build", "examples", name.replace(/\.ts$/, ".js"));
}

/** Creates a directory that is removed after the test. */
export function temporaryDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "pyserve-examples-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** End of a program. */
export interface Ending {
  readonly output: string;
  readonly errors: string;
  readonly status: number | NodeJS.Signals;
}

/** A running example. */
export class RunningExample {
  /** Its output so far. */
  printed = "";
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #ended: Promise<Ending>;

  private constructor(t: TestContext, name: string, args: readonly string[]) {
    this.#child = spawn(process.execPath, [runnable(name), ...args], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
    });
    t.after(() => this.#child.kill("SIGKILL"));
    this.#child.stdout.setEncoding("utf8").on("data", (part: string) => {
      this.printed += part;
    });
    this.#ended = this.#ending();
  }

  /** Starts an example as its comment describes, but on ports that the system chooses. */
  static start(t: TestContext, name: string, args: readonly string[]): RunningExample {
    return new RunningExample(t, name, args);
  }

  /** Resolves when it has printed its address. */
  async serving(): Promise<void> {
    while (!AN_ADDRESS.test(this.printed)) {
      const ended = await Promise.race([once(this.#child.stdout, "data"), this.#ended]);
      if ("status" in ended) throw new Error(`It has ended: ${JSON.stringify(ended)}`);
    }
  }

  /** Its ports, in the order of its output. */
  ports(): string[] {
    const found = this.printed.matchAll(/(?::|port )(\d+)/g);
    return [...new Set(Array.from(found, ([, port]) => port as string))];
  }

  /** Resolves when it has ended by itself. */
  ended(): Promise<Ending> {
    return this.#ended;
  }

  /** Sends it a signal, and waits for its end. */
  end(signal: NodeJS.Signals): Promise<Ending> {
    this.#child.kill(signal);
    return this.#ended;
  }

  async #ending(): Promise<Ending> {
    const [errors, [status, signal]] = await Promise.all([
      text(this.#child.stderr),
      once(this.#child, "close") as Promise<[number | null, NodeJS.Signals]>,
    ]);
    return { output: this.printed, errors, status: status ?? signal };
  }
}

/** A shell for the commands in the comments, with our own netcat. */
export class Shell {
  readonly #path: string;

  constructor(directory: string) {
    const netcat = fileURLToPath(new URL("netcat.js", import.meta.url));
    const nc = join(directory, "nc");
    writeFileSync(nc, `#!/bin/sh\nexec '${process.execPath}' '${netcat}' "$@"\n`);
    chmodSync(nc, 0o755);
    this.#path = `${directory}${delimiter}${process.env.PATH}`;
  }

  /** Runs a command at the top of the repository. Returns its output, with plain line ends and without the last one. */
  async run(command: string): Promise<string> {
    const env = { ...process.env, PATH: this.#path };
    const { stdout } = await promisify(execFile)("/bin/sh", ["-c", command], {
      cwd: ROOT,
      env,
      timeout: 60_000,
    }).catch(
      // A command may fail: some are meant to.
      (failure: { stdout: string; code?: unknown; signal?: unknown }) => failure,
    );
    return stdout.replaceAll("\r\n", "\n").replace(/\n$/, "");
  }
}

/** Replaces the ports and programs of a comment with those of the test. */
export function adapt(text: string, header: Header, ports: readonly string[]): string {
  return text
    .replace(/\b\d{4}\b/g, (number) => ports[header.ports.indexOf(number)] ?? number)
    .replace(/^npx node examples\/(\S+)/, (_, name) => `'${process.execPath}' '${runnable(name)}'`);
}
