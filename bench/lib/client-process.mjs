// @ts-check
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { BenchFailure } from "./failure.mjs";
import { ANY_CORE } from "./pinning.mjs";
import { needProgram } from "./programs.mjs";

const run = promisify(execFile);

/**
 * Runs a program of `clients/` against a server, and waits until it has ended.
 *
 * @param {string} script
 * @param {string} node - the Node.js that runs it, unless it is a Python program
 * @param {import("./server-process.mjs").RunningServer} server
 * @param {readonly (string | number)[]} args - after the port
 * @param {import("./pinning.mjs").Pinning} [pinning]
 * @returns {Promise<any>} its output, parsed as JSON
 * @throws {BenchFailure} with its last words
 */
export async function runClient(script, node, server, args, pinning = ANY_CORE) {
  const path = fileURLToPath(new URL(`../clients/${script}`, import.meta.url));
  const runtime = script.endsWith(".py") ? needProgram("python3", `${script} runs on it`) : node;
  const [file, ...rest] = pinning.client([runtime, path, String(server.port), ...args.map(String)]);
  const { stdout } = await run(file, rest).catch((error) => {
    throw new BenchFailure(`${server.peer.name} under load of ${script}: ${error.message}`);
  });
  server.assertAlive();
  return JSON.parse(stdout);
}
