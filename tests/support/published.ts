import { copyFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/**
 * The published package, which `npm run build:tests` creates. A program in this folder imports it as `pyserve`, and
 * starts in half the time that it needs with the modules of `dist`. Those are for tests of internal modules.
 */
export const PACKAGE: string = fileURLToPath(new URL("../../package/", import.meta.url));

/** Its module, for programs that are elsewhere. */
export const PYSERVE: string = pathToFileURL(join(PACKAGE, "dist", "index.js")).href;

/** Copies a program of `tests/fixtures` that imports only `pyserve` beside the published package. Returns its file. */
export function besidePackage(fixture: string): string {
  const file = join(PACKAGE, basename(fixture));
  copyFileSync(new URL(`../fixtures/${fixture}`, import.meta.url), file);
  return file;
}
