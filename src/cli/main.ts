#!/usr/bin/env node
import { lstatSync, mkdirSync } from "node:fs";
import module from "node:module";
import { fileURLToPath } from "node:url";

/**
 * The first file of the command. It is short, because Node's compile cache works only for modules that are loaded after
 * this one.
 */

// The cache is in the package's own folder: a user who may write there may change the code, too. Node's default, the
// folder for temporary files, belongs to all users, so another user could leave compiled code there. Nothing happens if
// the folder is read-only, or on Node 20.
const cache = fileURLToPath(new URL("../../.cache", import.meta.url));
if ("enableCompileCache" in module && isPrivate(cache)) module.enableCompileCache(cache);

process.stdout.on("error", () => {}); // `pyserve | head -1` keeps serving
const { main } = await import("./command.js");
process.exitCode = await main(process.argv.slice(2));
// Exits at once, as Python does. Otherwise a client that stops reading its download could keep the process for a
// minute. Waits only for standard output: a pipe may not have accepted all of it.
process.stdout.write("", () => process.exit());

/** Creates the folder if it is missing. True if only this user has access to it. This matters, because Node runs the code
 * in the folder without checking its author. */
function isPrivate(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { uid, mode } = lstatSync(folder); // a link is never private: its mode is 777
    return process.geteuid === undefined || (uid === process.geteuid() && (mode & 0o077) === 0);
  } catch {
    return false;
  }
}
