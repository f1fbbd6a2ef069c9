import { createSocket, type SocketOptions } from "node:dgram";

/**
 * True if this Node can have several sockets share a port (`SO_REUSEPORT`).
 *
 * An older Node silently ignores the option, and never reads it. So a getter shows if it is supported.
 */
export function sharesPorts(): boolean {
  let isLookedAt = false;
  const options: SocketOptions = {
    type: "udp4",
    get reusePort() {
      isLookedAt = true;
      return false;
    },
  };
  createSocket(options).close();
  return isLookedAt;
}

/**
 * Checks that this Node can share a port.
 *
 * @param wanted - `allow_reuse_port`
 * @throws `Error` that names the requirements
 */
export function checkReusePort(wanted: boolean): void {
  if (!wanted || sharesPorts()) return;
  throw new Error(
    `allow_reuse_port needs a Node that has the option reusePort (22.12, 23.1); this is ${process.version}.`,
  );
}
