import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A path for a socket, which nobody else uses. */
export interface SocketPath {
  readonly path: string;
  /** Removes its folder. */
  remove(): void;
}

/** Creates a path for a socket, in a new folder; on Windows, the name of a pipe. */
export function makeSocketPath(): SocketPath {
  if (process.platform === "win32") return { path: `\\\\.\\pipe\\pyserve-${randomUUID()}`, remove() {} };
  const folder = mkdtempSync(join(tmpdir(), "pyserve-"));
  return { path: join(folder, "socket"), remove: () => rmSync(folder, { recursive: true, force: true }) };
}
