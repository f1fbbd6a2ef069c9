import { lstatSync, unlinkSync } from "node:fs";
import { connect } from "node:net";

/**
 * Removes a socket in the file system that has no listener: a killed process leaves it behind. Everything else stays: a
 * socket in use, one without permission to connect, and other files.
 *
 * @param path - the path that a server is going to listen on
 */
export async function removeStaleSocket(path: string): Promise<void> {
  if (isSocket(path) && (await isRefused(path))) unlinkSync(path);
}

function isSocket(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSocket() ?? false;
}

/** True if the socket has no listener. A full queue, or a missing permission, is another error. */
function isRefused(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ECONNREFUSED"));
  });
}
