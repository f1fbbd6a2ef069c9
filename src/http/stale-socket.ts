import { lstatSync, unlinkSync } from "node:fs";
import { connect } from "node:net";

/**
 * Removes a socket in the file system on which nobody listens, as a killed process leaves it behind. Anything else stays: a socket in use,
 * one that may not be asked, and what is no socket.
 *
 * @param path - where a server is about to listen
 */
export async function removeStaleSocket(path: string): Promise<void> {
  if (isSocket(path) && (await isRefused(path))) unlinkSync(path);
}

function isSocket(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSocket() ?? false;
}

/** True if nobody listens: a full queue, or a right that is missing, is another error. */
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
