import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A unique path for a Unix socket. */
export interface SocketPath {
  readonly path: string;
  /** Removes the socket's folder. */
  remove(): void;
}

/** Creates a folder for a socket, and returns the socket's path. On Windows, returns the name of a pipe. */
export function makeSocketPath(): SocketPath {
  if (process.platform === "win32") return { path: `\\\\.\\pipe\\pyserve-${randomUUID()}`, remove() {} };
  const folder = mkdtempSync(join(tmpdir(), "pyserve-"));
  return { path: join(folder, "socket"), remove: () => rmSync(folder, { recursive: true, force: true }) };
}
