import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { TestContext } from "node:test";
import { MAIN } from "../support/command.js";
import { freePort } from "../support/programs.js";
import { until } from "../support/servers.js";
import { beginsLike, type Command, looksLike } from "./console.js";
import { ROOT } from "./markdown.js";
import { RunningProgram } from "./running-program.js";

/** The ports that pages use. Each snippet gets free ones instead. */
const PORTS = /\b(?:8000|8080|9999)\b/g;

/** A line that starts the program of the page. */
const STARTS_PROGRAM = /^node \S+\.ts\b/;

/** A line that asks a program of the page. */
const CLIENT = /^curl\b/;

/** Environment for the commands of one snippet: an empty folder, its own ports, and `pyserve` in the path. */
export class Terminal {
  readonly #top = mkdtempSync(join(tmpdir(), "pyserve-docs-"));
  readonly #folder = join(this.#top, "here");
  readonly #bin = join(this.#top, "bin");
  readonly #ports = new Map<string, string>();
  readonly #programs: RunningProgram[] = [];

  constructor(t: TestContext) {
    t.after(() => this.#close());
    mkdirSync(this.#folder);
    mkdirSync(this.#bin);
    // npm packages that pages use.
    symlinkSync(join(ROOT, "node_modules"), join(this.#top, "node_modules"), "junction");
    // curl shows its progress if its output is not a terminal.
    writeFileSync(join(this.#top, ".curlrc"), "silent\nshow-error\n");
    const pyserve = `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`;
    writeFileSync(join(this.#bin, "pyserve"), pyserve, { mode: 0o755 });
  }

  /** Finds free ports for the ports in a text. */
  async reservePorts(text: string): Promise<void> {
    for (const [port] of text.matchAll(PORTS))
      if (!this.#ports.has(port)) this.#ports.set(port, String(await freePort()));
  }

  /** Replaces the ports in a text with the free ones. */
  readonly ported = (text: string): string => text.replace(PORTS, (port) => this.#ports.get(port) ?? port);

  /**
   * Runs the program and the commands of a page, as a reader would.
   *
   * @param script - the program of the page. It is started first, unless a command does that. Without commands, it must
   *   end by itself
   */
  async run(script: string | null, commands: readonly Command[]): Promise<void> {
    const node = `"${process.execPath}" "${script}"`;
    if (script !== null && !commands.some(({ line }) => STARTS_PROGRAM.test(line)))
      await this.#start(node).begun();
    if (commands.length === 0) return this.#programs[0]?.endWell();
    for (const command of commands) {
      const line = command.line.replace(STARTS_PROGRAM, () => node);
      await this.#runCommand({ ...command, line });
    }
    await this.#stop();
  }

  async #runCommand({ line, isBackground, output, afterInterrupt }: Command): Promise<void> {
    if (CLIENT.test(line)) await this.#served(this.ported(line));
    const program = this.#start(this.ported(line));
    const shown = this.ported(output);
    if (isBackground || afterInterrupt !== null) {
      await program.begun();
      await program.printed((text) => beginsLike(text, shown));
    }
    if (isBackground) return;
    if (afterInterrupt !== null) program.kill("SIGINT");
    await program.end();
    const all = shown + this.ported(afterInterrupt ?? "");
    assert.ok(looksLike(program.output, all), `$ ${line}\nhas printed:\n${program.output}\nand not:\n${all}`);
  }

  /** Waits until programs listen at the ports that a client's command names. One may listen at several, one after the other. */
  async #served(line: string): Promise<void> {
    const isServed = (port: string) =>
      this.#programs.some(({ listensAt }) => listensAt.has(Number(port))) ||
      this.#programs.every(({ ended }) => ended !== undefined);
    for (const port of this.#ports.values())
      if (line.includes(port))
        await until(() => isServed(port), `a program that listens at ${port}: ${line}`);
  }

  #start(line: string): RunningProgram {
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      PATH: [this.#bin, process.env.PATH].join(delimiter),
      CURL_HOME: this.#top,
      NODE_OPTIONS: `--import=${new URL("./announce-listening.js", import.meta.url)}`,
    };
    delete env.NODE_TEST_CONTEXT;
    // The variables of this machine; a page may set its own.
    for (const name of Object.keys(env)) if (/_proxy$/i.test(name)) delete env[name];
    const program = new RunningProgram(line, { cwd: this.#folder, env });
    this.#programs.push(program);
    return program;
  }

  /** Stops programs that still serve. All others must end by themselves. */
  async #stop(): Promise<void> {
    for (const program of this.#programs) {
      if (program.listensAt.size > 0) program.kill("SIGTERM");
      await program.end();
    }
  }

  #close(): void {
    for (const program of this.#programs) program.kill("SIGKILL");
    rmSync(this.#top, { recursive: true, force: true });
  }
}

/** Programs that commands need, but that may be missing. */
const TOOLS = ["curl", "openssl"];

/** The missing ones on this machine. */
export function missingTools(commands: readonly Command[]): string[] {
  return TOOLS.filter(
    (tool) =>
      commands.some(({ line }) => new RegExp(`\\b${tool}\\b`).test(line)) &&
      spawnSync("sh", ["-c", `command -v ${tool}`]).status !== 0,
  );
}
