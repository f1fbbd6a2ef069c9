import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { PATIENCE } from "./servers.js";

/** The reason to skip tests that need a program; `false` if it is installed. */
export function without(program: string): string | false {
  const { status } = spawnSync("sh", ["-c", 'command -v "$0"', program], { stdio: "ignore" });
  return status !== 0 && `this machine has no ${program}`;
}

/**
 * Returns ports below those that the system gives to clients, so that no client takes one before the program has
 * started.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = randomInt(20_000, 32_000);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once("error", () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
}

/** Returns one of {@link freePorts}. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  return port as number;
}

/** A program such as a proxy, and the files that it reads. */
export interface Program {
  readonly command: string;
  /** `$FOLDER` is its own folder, in which it runs. */
  readonly args: readonly string[];
  /** Files in this folder. `$FOLDER` is replaced in them, too. */
  readonly files?: Readonly<Record<string, string>>;
  /** The port at which it listens. */
  readonly port: number;
}

/** Starts a program, and waits until it listens. It is ended with the test. */
export async function startProgram(t: TestContext, program: Program): Promise<ChildProcess> {
  const { command, args, files = {}, port } = program;
  const folder = mkdtempSync(join(tmpdir(), "pyserve-program-"));
  // Programs that root starts become other users.
  spawnSync("chmod", ["777", folder]);
  const placed = (text: string) => text.replaceAll("$FOLDER", folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), placed(text));
  const child = spawn(command, args.map(placed), { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += text));
  t.after(async () => {
    const closed = once(child, "close");
    if (child.kill("SIGKILL")) await closed;
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  for (const end = performance.now() + PATIENCE; child.exitCode === null && performance.now() < end; ) {
    if (await listens(port)) return child;
    await delay(25); // It does not report when it listens, so there is no event to wait for.
  }
  throw new Error(`${command} does not listen: ${output}`);
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  const isOpen = await once(socket, "connect").then(
    () => true,
    () => false,
  );
  socket.destroy();
  return isOpen;
}
