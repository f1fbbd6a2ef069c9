import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ask, LOCAL } from "../support/command.js";

const MAIN = fileURLToPath(import.meta.resolve("#src/cli/main.js"));
const ROOT = fileURLToPath(new URL("./", import.meta.resolve("pyserve/package.json"))).replace(/\/$/, "");

const directory = mkdtempSync(join(realpathSync(tmpdir()), "pyserve-permissions-"));
process.on("exit", () => rmSync(directory, { recursive: true }));
writeFileSync(join(directory, "hello.txt"), "hello\n");

const has = (option: string) => process.allowedNodeEnvironmentFlags.has(option);
const SWITCH = has("--permission") ? "--permission" : "--experimental-permission";
/** Permissions that Node needs to load the command. */
const LOAD = [SWITCH, "--no-warnings", `--allow-fs-read=${ROOT}`];
const READ = `--allow-fs-read=${directory}`;
const PROC = process.platform === "linux" ? ["--allow-fs-read=/proc/"] : [];
const NET = has("--allow-net") ? ["--allow-net"] : [];

function start(t: TestContext, rights: readonly string[], ...argv: readonly string[]) {
  const child = spawn(process.execPath, [...LOAD, ...rights, MAIN, ...LOCAL, ...argv], {
    cwd: directory,
    stdio: ["ignore", "pipe", "pipe"],
  });
  t.after(() => child.kill("SIGKILL"));
  return child;
}

test("`pyserve` says which rights `node --permission` has to give it", async (t) => {
  for (const [rights, missing] of [
    [[], [READ, ...PROC, ...NET]],
    [[READ], [...PROC, ...NET]],
    [[...PROC, ...NET], [READ]],
  ] as const) {
    const child = start(t, rights, "--threads", "0");
    const [errors, [status]] = await Promise.all([text(child.stderr), once(child, "close")]);
    if (missing.length === 0) continue;
    assert.equal(
      errors,
      `pyserve: error: node --permission forbids what serving needs: add ${missing.join(" ")}\n`,
    );
    assert.equal(status, 2);
  }
});

test("`pyserve` serves with the rights that it asks for", async (t) => {
  const child = start(t, [READ, ...PROC, ...NET], "-q", "--threads", "0");
  const [printed] = await once(child.stdout, "data");
  const port = Number(/ port (\d+) /.exec(String(printed))?.[1]);
  assert.equal((await ask(port, "/hello.txt")).body, "hello\n");
});
