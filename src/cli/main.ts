#!/usr/bin/env node
import { fileURLToPath } from "node:url";

/** The first file of the command. It is short, because Node takes only the modules that it loads later from the cache. */

// In the package's own folder: a user who may write there may change the code, too. The folder for temporary files, Node's default, belongs
// to all users, and another one could leave compiled code there. Nothing happens if the folder is read-only, or before Node 22.1.
const { enableCompileCache } = process.getBuiltinModule("node:module") as {
  enableCompileCache?(directory: string): unknown;
};
enableCompileCache?.(fileURLToPath(new URL("../../.cache/", import.meta.url)));

process.stdout.on("error", () => {}); // `pyserve | head -1` keeps serving
const { main } = await import("./command.js");
process.exitCode = await main(process.argv.slice(2));
// Exits at once, as Python does. Otherwise a client that stops reading its download could keep the process for a
// minute. Waits only for standard output: a pipe may not have accepted all of it.
process.stdout.write("", () => process.exit());
