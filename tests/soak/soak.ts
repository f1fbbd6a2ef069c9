// Load of all kinds on one server for minutes, including clients that leave: `npm run soak -- [--minutes 10] [--slow
// 5000]`. Fails if a response is wrong or missing, if descriptors stay open, or if memory grows by more than a tenth
// after the first minute. Linux only, because it reads /proc.
import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { CLIENTS } from "./clients.js";
import { openSlowly } from "./slow-clients.js";
import { assertNoGrowth, assertNothingLost, show, usageOf, usageWhen } from "./usage.js";

const AT_A_TIME = 32;
const REQUESTS_DURING_ATTACK = 200;
/** In seconds. */
const FIRST_MINUTE = 60;

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "0.5" }, slow: { type: "string", default: "1000" } },
});
const minutes = Number(values.minutes);
const directory = mkdtempSync(join(tmpdir(), "pyserve-soak-"));
const files = new Map(
  [10, 5000, 60_000, 3_000_000].map((size) => [
    `file-${size}`,
    Buffer.alloc(size, `content of ${size} bytes. `),
  ]),
);

/** Runs clients for a number of seconds. @returns the number of clients */
async function load(port: number, seconds: number): Promise<number> {
  const end = performance.now() + seconds * 1000;
  const kinds = Object.entries(CLIENTS);
  let count = 0;
  const one = async () => {
    while (performance.now() < end) {
      const [name, client] = kinds[count++ % kinds.length] ?? assert.fail();
      await client(port, files).catch((error: unknown) => {
        throw new Error(`Client ${count}, ${name}, has got a wrong answer or none.`, { cause: error });
      });
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, one));
  return count;
}

/** Every ordinary request is answered while other clients hold connections and send almost nothing. */
async function attack(server: ChildProcess, port: number, count: number): Promise<void> {
  const stop = await openSlowly(port, count);
  const { open } = (await usageWhen(server, ({ stats }) => stats.connections.open >= count)).stats
    .connections;
  assert.ok(open >= count, `${count} connections are held open, of which the server has ${open}`);
  const times: number[] = [];
  for (let requests = 0; requests < REQUESTS_DURING_ATTACK; requests++) {
    const began = performance.now();
    await CLIENTS.file?.(port, files);
    times.push(performance.now() - began);
  }
  const left = (await usageOf(server)).stats.connections.open;
  stop();
  times.sort((one, other) => one - other);
  const median = times[times.length / 2]?.toFixed(1);
  console.log(
    `${open} connections of slow clients: ${times.length} ordinary requests answered, ` +
      `the median in ${median} ms; then ${left} of them were open`,
  );
}

for (const [name, content] of files) writeFileSync(join(directory, name), content);
const server = fork(fileURLToPath(new URL("./server.js", import.meta.url)), [directory], {
  execArgv: ["--expose-gc"],
});
try {
  const [{ port }] = (await once(server, "message")) as [{ port: number }];
  await load(port, 2);
  const idle = await usageOf(server);
  // First, because the process keeps the memory for the largest number of connections.
  await attack(server, port, Number(values.slow));
  const first = Math.min(FIRST_MINUTE, minutes * 20);
  let clients = await load(port, first);
  const before = await usageWhen(server, ({ descriptors }) => descriptors <= idle.descriptors);
  show(`after ${first} s and ${clients} clients`, before);
  assert.ok(before.descriptors <= idle.descriptors, "descriptors are left open by slow clients");
  clients += await load(port, minutes * 60 - first);
  const after = await usageWhen(server, ({ descriptors }) => descriptors <= before.descriptors);
  show(`after ${minutes} min and ${clients} clients`, after);
  assertNothingLost(before, after);
  if (first === FIRST_MINUTE) assertNoGrowth(before, after);
  else console.log("Too short to compare the memory: from 3 minutes on it is.");
} finally {
  if (server.connected) server.send("end");
  const timer = setTimeout(() => server.kill("SIGKILL"), 10_000);
  if (server.exitCode === null) await once(server, "exit");
  clearTimeout(timer);
  rmSync(directory, { recursive: true });
}
