import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import * as module from "node:module";
import { join } from "node:path";
import { after, beforeEach, describe, test } from "node:test";
import { promisify } from "node:util";
import type { InstalledPackage } from "./installed-package.js";

/** Node 20 has no cache. */
const SKIP = "enableCompileCache" in module ? false : "needs a Node that keeps compiled code";
const SKIP_MODES = process.geteuid === undefined ? "needs a system with modes of files" : SKIP;

/** Node prints this, with `NODE_DEBUG_NATIVE`, for a chunk that it does not compile again. */
const TAKEN = /chunks.*was accepted/;

/** Tests of the command's compiled code. */
export function describeCompileCache(installed: InstalledPackage): void {
  const folder = join(installed.folder, "node_modules", "pyserve");
  const cache = join(folder, ".cache");

  /** Starts the command, and returns Node's output about its cache. */
  async function start(...node: readonly string[]): Promise<string> {
    const { NODE_COMPILE_CACHE: _, NODE_DISABLE_COMPILE_CACHE: __, ...own } = process.env;
    const env = { ...own, NODE_DEBUG_NATIVE: "COMPILE_CACHE" };
    const argv = [...node, join(folder, "dist", "cli", "main.js"), "--version"];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, argv, { env });
    assert.match(stdout, /pyserve \d+\.\d+\.\d+\n/);
    return stdout + stderr;
  }

  describe("the compiled code of the command", () => {
    const clear = () => rmSync(cache, { recursive: true, force: true });
    // Before each test, because other tests of the package start the command, too.
    beforeEach(clear);
    after(clear);

    test("is kept, and taken at the second start", { skip: SKIP }, async () => {
      assert.doesNotMatch(await start(), TAKEN);
      assert.match(await start(), TAKEN);
    });

    test("is not kept on Node 20", { skip: SKIP === false && "keeps compiled code" }, async () => {
      await start();
      assert.equal(existsSync(cache), false);
    });

    test("is not kept where that can't be", async () => {
      writeFileSync(cache, "This can't be a folder.");
      assert.doesNotMatch(await start(), TAKEN);
    });

    test("is in a folder of this user alone, whatever the umask", { skip: SKIP_MODES }, async () => {
      await start("--import", "data:text/javascript,process.umask(0)");
      assert.equal(statSync(cache).mode & 0o777, 0o700);
      assert.match(await start(), TAKEN);
    });

    for (const mode of [0o770, 0o702, 0o755]) {
      test(`is not taken from a folder with mode ${mode.toString(8)}`, { skip: SKIP_MODES }, async () => {
        await start();
        chmodSync(cache, mode);
        assert.doesNotMatch(await start(), TAKEN);
      });
    }

    test("is not written where a link leads", { skip: SKIP_MODES }, async () => {
      const other = join(installed.folder, "other-cache");
      mkdirSync(other, { mode: 0o700 });
      symlinkSync(other, cache);
      await start();
      assert.deepEqual(readdirSync(other), []);
    });
  });
}
