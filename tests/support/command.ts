import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type { TestContext } from "node:test";
import { PACKAGE } from "./published.js";

/** The running command. */
export type Command = ChildProcessByStdio<null, Readable, Readable>;

/** Options for starting it. */
export interface CommandOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Descriptor that it inherits as descriptor 3. */
  readonly fd?: number;
  /** Options for Node. */
  readonly node?: readonly string[];
}

/** Arguments after its name. Default: any port, for this machine only. */
export const LOCAL: readonly string[] = ["-b", "127.0.0.1", "0"];

/** The command's file. */
export const MAIN: string = join(PACKAGE, "dist", "cli", "main.js");

/** Starts the command. */
export function startCommand(t: TestContext, argv: readonly string[], options: CommandOptions): Command {
  const { cwd, env = {}, fd, node = [] } = options;
  const child = spawn(process.execPath, [...node, MAIN, ...argv], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe", ...(fd === undefined ? [] : [fd])],
  }) as Command;
  t.after(() => child.kill("SIGKILL"));
  return child;
}

/** Output and exit status of the command. */
export interface CommandOutcome {
  readonly output: string;
  readonly errors: string;
  readonly status: number | NodeJS.Signals;
}

/** Waits for the end of the command, and collects its output from now on. */
export async function endOf(child: Command): Promise<CommandOutcome> {
  const told = { output: "", errors: "" };
  child.stdout.on("data", (text) => {
    told.output += text;
  });
  child.stderr.on("data", (text) => {
    told.errors += text;
  });
  const [status, signal] = (await once(child, "close")) as [number, NodeJS.Signals];
  return { ...told, status: status ?? signal };
}

/** The serving command. */
export interface ServingCommand {
  readonly child: Command;
  readonly port: number;
  /** The line in which it announced its address. */
  readonly printed: string;
  /** Waits for its end; the output is that after the announcement. */
  end(): Promise<CommandOutcome>;
  /** Ends it, and returns its whole standard error. */
  stop(): Promise<string>;
}

/** Starts the command, and waits until it serves. */
export async function serveCommand(
  t: TestContext,
  argv: readonly string[],
  options: CommandOptions,
): Promise<ServingCommand> {
  const child = startCommand(t, argv, options);
  const ended = endOf(child);
  const [bytes] = (await Promise.race([once(child.stdout, "data"), failed(ended)])) as [Buffer];
  const printed = String(bytes);
  const end = async () => {
    const outcome = await ended;
    return { ...outcome, output: outcome.output.slice(printed.length) };
  };
  const stop = async () => {
    child.kill("SIGTERM");
    return (await ended).errors;
  };
  return { child, port: Number(/ port (\d+) /.exec(printed)?.[1]), printed, end, stop };
}

async function failed(ended: Promise<CommandOutcome>): Promise<never> {
  throw new Error(`The command does not serve: ${(await ended).errors}`);
}

/** Sends a request, and reads the whole response. */
export async function ask(
  where: number | string,
  path: string,
  headers: Record<string, string> = {},
): Promise<IncomingMessage & { body: string }> {
  const target = typeof where === "number" ? { host: "127.0.0.1", port: where } : { socketPath: where };
  const [reply] = (await once(get({ ...target, path, headers, agent: false }), "response")) as [
    IncomingMessage,
  ];
  return Object.assign(reply, { body: await text(reply) });
}
