import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

/** The command, while it runs. */
export type Command = ChildProcessByStdio<null, Readable, Readable>;

/** How it is started. */
export interface CommandOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Descriptor that it inherits as descriptor 3. */
  readonly fd?: number;
}

/** To its name belong: any port of this machine alone. */
export const LOCAL: readonly string[] = ["-b", "127.0.0.1", "0"];

/** Starts the command. */
export function startCommand(t: TestContext, argv: readonly string[], options: CommandOptions): Command {
  const { cwd, env = {}, fd } = options;
  const script = fileURLToPath(import.meta.resolve("#src/cli/main.js"));
  const child = spawn(process.execPath, [script, ...argv], {
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

/** Waits for the end of the command. */
export async function endOf(child: Command): Promise<CommandOutcome> {
  const [output, errors, [status, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number, NodeJS.Signals]>,
  ]);
  return { output, errors, status: status ?? signal };
}

/** The command at work. */
export interface ServingCommand {
  readonly child: Command;
  readonly port: number;
  /** The line in which it announced its address. */
  readonly printed: string;
  /** Ends it, and gives all of its standard error. */
  stop(): Promise<string>;
}

/** Starts the command, and waits until it serves. */
export async function serveCommand(
  t: TestContext,
  argv: readonly string[],
  options: CommandOptions,
): Promise<ServingCommand> {
  const child = startCommand(t, argv, options);
  const errors = text(child.stderr);
  const [bytes] = (await Promise.race([once(child.stdout, "data"), failed(child, errors)])) as [Buffer];
  const printed = String(bytes);
  const stop = () => {
    child.kill("SIGTERM");
    return errors;
  };
  return { child, port: Number(/ port (\d+) /.exec(printed)?.[1]), printed, stop };
}

async function failed(child: Command, errors: Promise<string>): Promise<never> {
  await once(child, "close");
  throw new Error(`The command does not serve: ${await errors}`);
}

/** Asks for something, and takes all of the reply. */
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
