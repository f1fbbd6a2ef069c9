/** The formats of data that libraries read by ranges: `libraries/formats.mjs` has them, with the libraries. */
import * as fs from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import { temporaryDirectory } from "../support/file-server.js";

interface Format {
  readonly library: string;
  readonly name: string;
  readonly ranges: boolean;
  readonly expected: unknown;
  make(path: string): Promise<Uint8Array | string | undefined>;
  read(url: string): Promise<unknown>;
}

export const LIBRARIES = join(import.meta.dirname, "../../../tests/clients/libraries");
export const { formats }: { formats: readonly Format[] } = await import(
  pathToFileURL(join(LIBRARIES, "formats.mjs")).href
);

/** A directory with a small file of a format. */
export async function directoryWith(t: TestContext, { make, name }: Format): Promise<string> {
  const directory = temporaryDirectory(t);
  const content = await make(join(directory, name));
  if (content !== undefined) fs.writeFileSync(join(directory, name), content);
  return directory;
}
