import { copyFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/**
 * The package as it is published, which `npm run build:tests` makes. A program in this folder imports it as `pyserve`, and starts in
 * half the time that it needs with the modules of `dist`. These are for tests that look into them.
 */
export const PACKAGE: string = fileURLToPath(new URL("../../package/", import.meta.url));

/** Its module, for programs that are elsewhere. */
export const PYSERVE: string = pathToFileURL(join(PACKAGE, "dist", "index.js")).href;

/** Puts a program of `tests/fixtures`, which imports nothing but `pyserve`, beside the published package; returns its file. */
export function besidePackage(fixture: string): string {
  const file = join(PACKAGE, basename(fixture));
  copyFileSync(new URL(`../fixtures/${fixture}`, import.meta.url), file);
  return file;
}
