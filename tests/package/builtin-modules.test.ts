import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import test from "node:test";
import { promisify } from "node:util";
import { ask, serveCommand } from "../support/command.js";
import { PACKAGE } from "../support/published.js";

const run = promisify(execFile);

/** Modules of Node that take milliseconds to load together, and that many servers never use. */
const LATE = [
  "_http_server",
  "child_process",
  "cluster",
  "crypto",
  "dgram",
  "dns/promises",
  "internal/crypto/webcrypto",
  "tls",
  "v8",
  "zlib",
];

/** Prints the modules that a process has loaded, at its end. */
const REPORT = `process.on("exit", () => {
  const loaded = process.moduleLoadList.map((name) => name.replace("NativeModule ", ""));
  console.error(JSON.stringify(${JSON.stringify(LATE)}.filter((name) => loaded.includes(name))));
});`;
const WITH_REPORT = ["--import", `data:text/javascript,${encodeURIComponent(REPORT)}`];

test("`import` of the package loads no module of Node that a server may not need", async () => {
  const { stderr } = await run(process.execPath, [...WITH_REPORT, join(PACKAGE, "dist", "index.js")]);
  assert.deepEqual(JSON.parse(stderr), []);
});

/** Entity tags need the first, and Node's `listen` loads the others in some versions. */
const ALLOWED = ["crypto", "cluster", "child_process", "dgram"];

test("`pyserve` loads `node:crypto` for the entity tag of a file, and nothing for TLS, compression or names", async (t) => {
  const argv = ["-q", "0", "--bind", "127.0.0.1", "--threads", "0"];
  const { port, stop } = await serveCommand(t, argv, { cwd: PACKAGE, node: WITH_REPORT });
  await ask(port, "/package.json");
  const loaded = JSON.parse(await stop()) as string[];
  assert.deepEqual(
    loaded.filter((name) => !ALLOWED.includes(name)),
    [],
  );
  assert.ok(loaded.includes("crypto"), String(loaded));
});
