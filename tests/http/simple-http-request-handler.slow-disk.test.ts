import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { basename, join } from "node:path";
import test, { after, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { serveFiles, temporaryTree } from "../support/file-server.js";
import { rawRequest } from "../support/raw-http.js";
import { until } from "../support/servers.js";

/** A file system with a file whose `open` takes three seconds, and a directory whose `readdir` does. */
const SOURCE = fileURLToPath(new URL("../../../bench/servers/slow-disk.c", import.meta.url));

function compiled(): string | null {
  if (!fs.existsSync("/dev/fuse")) return null;
  const program = join(fs.mkdtempSync("/tmp/pyserve-slow-disk-"), "slow-disk");
  try {
    execFileSync("cc", [SOURCE, "-I/usr/include/fuse3", "-lfuse3", "-o", program], { stdio: "ignore" });
    return program;
  } catch {
    return null;
  }
}

const program = compiled();
const skip = program === null && "there is no FUSE here, or nothing to compile with";
after(() => program !== null && fs.rmSync(join(program, ".."), { recursive: true }));

/** A slow file system, and a function that ends its waits: on a busy machine, three seconds may be too short for a test. */
interface Mounted {
  readonly slow: string;
  readonly goOn: () => void;
}

/** Mounts it until the end of the test. */
async function mount(t: TestContext): Promise<Mounted> {
  const directory = fs.mkdtempSync("/tmp/pyserve-mount-");
  const gate = `${program}-${basename(directory)}`;
  const env = { ...process.env, SLOW_DISK_UNTIL: gate };
  const child = spawn(program as string, ["-f", directory], { stdio: "ignore", env });
  const ended = once(child, "exit");
  const goOn = () => fs.writeFileSync(gate, "");
  t.after(async () => {
    goOn();
    execFileSync("fusermount3", ["-uz", directory]); // even if a test has failed and has left something open
    await ended;
    fs.rmdirSync(directory);
  });
  await until(() => fs.existsSync(join(directory, "slow.txt")));
  return { slow: directory, goOn };
}

test("A file whose `open` takes three seconds delays only its own clients", {
  skip,
}, async (t) => {
  const files = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`${at}.txt`, `${at}`]));
  const directory = temporaryTree(t, { "known.txt": "known", ...files });
  const { slow, goOn } = await mount(t);
  const addresses = [serveFiles(t, { directory }), serveFiles(t, { directory: slow })] as const;
  const textOf = async (address: (typeof addresses)[number], target: string) =>
    (await rawRequest(address, { target })).body.toString();
  assert.equal(await textOf(addresses[0], "/known.txt"), "known");
  let isDone = false;
  const waiting = Promise.all(Array.from({ length: 3 }, () => textOf(addresses[1], "/slow.txt")));
  const done = waiting.then(() => {
    isDone = true;
  });
  for (let at = 0; at < 20; at++) {
    assert.equal(await textOf(addresses[0], "/known.txt"), "known");
    assert.equal(await textOf(addresses[0], `/${at}.txt`), `${at}`); // which is not in memory
  }
  assert.equal(isDone, false);
  goOn();
  assert.deepEqual(await waiting, ["at last\n", "at last\n", "at last\n"]);
  await done;
  // Cached files of this disk are checked in the thread pool.
  assert.equal(await textOf(addresses[1], "/slow.txt"), "at last\n");
});

test("A listing whose names take three seconds delays only its own client", { skip }, async (t) => {
  const { slow, goOn } = await mount(t);
  const address = serveFiles(t, { directory: slow });
  const textOf = async (target: string) => (await rawRequest(address, { target })).body.toString();
  let isDone = false;
  const done = textOf("/slow/").then((text) => {
    isDone = true;
    return text;
  });
  for (let at = 0; at < 20; at++) assert.match(await textOf("/"), /href="slow\/".*href="slow\.txt"/s);
  assert.equal(isDone, false);
  goOn();
  assert.match(await done, /Nothing to show/);
});
