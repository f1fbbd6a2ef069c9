/** The hooks run in the same order in every place. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { canTransferSockets } from "#src/workers/socket-transfer.js";
import {
  type LogArgs,
  LoggingHandler,
  LoggingProcesses,
  LoggingTasks,
  LoggingThreads,
} from "../fixtures/logging.js";
import { until } from "../support/servers.js";
import { exchange } from "../support/stream-client.js";
import { ANY_PORT } from "../support/workers.js";

const SERVERS = [LoggingTasks, LoggingProcesses, ...(canTransferSockets() ? [LoggingThreads] : [])];

const ACCEPTING = ["get_request", "verify_request", "process_request"];

const CASES: Readonly<Record<string, Omit<LogArgs, "log">>> = {
  "goes well": {},
  "verify_request refuses": { refuses: true },
  ...Object.fromEntries(
    [
      "verify_request",
      "process_request",
      "finish_request",
      "setup",
      "handle",
      "finish",
      "shutdown_request",
    ].map((hook) => [`fails in ${hook}`, { fails: hook }]),
  ),
};

for (const [what, args] of Object.entries(CASES)) {
  for (const Server of SERVERS) {
    test(`${Server.name} calls the hooks in the order of the calling thread for a request that ${what}`, async (t) => {
      const expected = await hooksOf(t, LoggingTasks, args);
      assert.deepEqual(namesOf(await hooksOf(t, Server, args)), namesOf(expected));
    });
  }
}

for (const Server of SERVERS.slice(1)) {
  test(`${Server.name} verifies and hands over where it accepts, and does all else in the worker`, async (t) => {
    for (const line of await hooksOf(t, Server, {})) {
      const [place = "", hook = ""] = line.split(" ");
      assert.equal(place, ACCEPTING.includes(hook) ? "acceptor" : "worker", hook);
    }
  });
}

function namesOf(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(/^.* /, ""));
}

/** Returns the lines that a server's hooks have written for one request. */
async function hooksOf(
  t: TestContext,
  Server: (typeof SERVERS)[number],
  args: Omit<LogArgs, "log">,
): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "pyserve-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const log = join(folder, "log");
  const server = new Server(ANY_PORT, LoggingHandler, { handler_args: { ...args, log } });
  const serving = server.serve_forever();
  await exchange(server.server_address, "hello\n").catch(() => {});
  // The last hook, unless it is the one that fails.
  const last = args.fails === "shutdown_request" ? "handle_error" : "close_request";
  await until(() => readFileSync(log, "utf8").endsWith(`${last}\n`), `${last} in ${log}`);
  await server.server_close();
  await serving;
  return readFileSync(log, "utf8").trimEnd().split("\n");
}
