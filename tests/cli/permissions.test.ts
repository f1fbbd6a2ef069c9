import assert from "node:assert/strict";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { ask, endOf, LOCAL, serveCommand, startCommand } from "../support/command.js";

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

const ARGV = ["-q", "--threads", "0", ...LOCAL];

test("`pyserve` names the rights that it needs under `node --permission`", async (t) => {
  for (const [rights, missing] of [
    [[], [READ, ...PROC, ...NET]],
    [[READ], [...PROC, ...NET]],
    [[...PROC, ...NET], [READ]],
  ] as const) {
    const node = [...LOAD, ...rights];
    const { errors, status } = await endOf(startCommand(t, ARGV, { cwd: directory, node }));
    assert.equal(
      errors,
      `pyserve: error: node --permission denies access that the command needs: add ${missing.join(" ")}\n`,
    );
    assert.equal(status, 2);
  }
});

test("`pyserve` serves with the rights that it names", async (t) => {
  const node = [...LOAD, READ, ...PROC, ...NET];
  const { port } = await serveCommand(t, ARGV, { cwd: directory, node });
  assert.equal((await ask(port, "/hello.txt")).body, "hello\n");
});
