// Load of all kinds on one server, clients that leave included, for minutes: `npm run soak -- [--minutes 10] [--slow 5000]`.
// Fails where an answer is wrong or missing, and where memory or descriptors grow. Linux only: it looks into /proc.
import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { CLIENTS, openSlowly } from "./clients.js";

/** What the server says of itself. */
interface Usage {
  readonly used: number;
  readonly rss: number;
  readonly descriptors: number;
  readonly errors: number;
}

const AT_A_TIME = 32;
const MIB = 2 ** 20;

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

async function ask(server: ChildProcess): Promise<Usage> {
  server.send("usage");
  const [usage] = (await once(server, "message")) as [Usage];
  return usage;
}

/** Has clients come for so many seconds. @returns how many */
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

/** Ordinary requests are answered while others hold connections and send next to nothing. */
async function attack(port: number, count: number): Promise<void> {
  const stop = await openSlowly(port, count);
  const times: number[] = [];
  for (let requests = 0; requests < 200; requests++) {
    const began = performance.now();
    await CLIENTS.file?.(port, files);
    times.push(performance.now() - began);
  }
  stop();
  times.sort((one, other) => one - other);
  console.log(
    `${count} slow clients: 200 ordinary requests answered, the median in ${times[100]?.toFixed(1)} ms`,
  );
}

/** Waits until the connections that were left are closed. */
async function settled(server: ChildProcess, descriptors: number): Promise<Usage> {
  let usage = await ask(server);
  for (let tries = 0; tries < 100 && usage.descriptors > descriptors; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    usage = await ask(server);
  }
  return usage;
}

function show(when: string, { used, rss, descriptors }: Usage): void {
  console.log(
    `${when}: ${(used / MIB).toFixed(1)} MiB used, ${(rss / MIB).toFixed(1)} MiB resident, ${descriptors} descriptors`,
  );
}

for (const [name, content] of files) writeFileSync(join(directory, name), content);
const server = fork(fileURLToPath(new URL("./server.js", import.meta.url)), [directory], {
  execArgv: ["--expose-gc"],
});
try {
  const [{ port }] = (await once(server, "message")) as [{ port: number }];
  await load(port, 2);
  const idle = await ask(server);
  // First: what the most connections need stays with the process.
  await attack(port, Number(values.slow));
  const first = Math.min(60, minutes * 20);
  let clients = await load(port, first);
  const before = await settled(server, idle.descriptors);
  show(`after ${first} s`, before);
  clients += await load(port, minutes * 60 - first);
  const after = await settled(server, before.descriptors);
  show(`after ${minutes} min and ${clients} clients`, after);
  assert.equal(after.errors, 0, "errors of handlers");
  assert.ok(after.descriptors <= before.descriptors, "descriptors are left open");
  assert.ok(after.used <= before.used * 1.1 + MIB, "the memory in use grows");
  assert.ok(after.rss <= before.rss * 1.1 + 16 * MIB, "the resident memory grows");
} finally {
  if (server.connected) server.send("end");
  const timer = setTimeout(() => server.kill("SIGKILL"), 10_000);
  if (server.exitCode === null) await once(server, "exit");
  clearTimeout(timer);
  rmSync(directory, { recursive: true });
}
