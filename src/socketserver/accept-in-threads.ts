import { canTransferListeners } from "../workers/socket-transfer.js";
import { WorkerError } from "../workers/worker-error.js";
import { AF_UNIX, SOCK_STREAM } from "./addresses.js";
import { bindTo } from "./listen.js";
import type { SocketServer } from "./socket-server.js";

let answer: boolean | undefined;

/**
 * True if threads can accept their own connections: Node can move listening servers, and the system can share ports.
 */
export function canAcceptInThreads(): boolean {
  answer ??= canTransferListeners() && canSharePort();
  return answer;
}

// Node accepts the option on every system, but some systems refuse it.
function canSharePort(): boolean {
  try {
    const bound = bindTo({ host: "127.0.0.1", family: 4, port: 0, ipv6Only: false, reusePort: true });
    bound?.close();
    return bound !== null;
  } catch {
    return false;
  }
}

/**
 * Checks that threads of a server can accept their own connections.
 *
 * @param hasDescriptor - true if its socket was inherited
 * @throws {@link WorkerError} that names the missing requirement
 */
export function checkAcceptInThreads(server: object, hasDescriptor = false): void {
  const { name } = server.constructor;
  const { address_family, socket_type } = server as Partial<SocketServer<unknown, unknown>>;
  if (socket_type !== SOCK_STREAM || address_family === AF_UNIX || hasDescriptor) {
    throw new WorkerError(
      "PYSERVE_ACCEPT_NEEDS_PORT",
      `${name}.accept_in_threads: each thread listens on the same TCP port, and ${whatElse(address_family, socket_type)} can't be shared in this way. Set it to false.`,
    );
  }
  if (!canAcceptInThreads()) {
    throw new WorkerError(
      "PYSERVE_ACCEPT_UNSUPPORTED",
      `${name}.accept_in_threads: threads can't accept connections with Node ${process.version} on ${process.platform}. It needs Node 24.20 or 26.6, and Linux or a BSD. Set it to false.`,
    );
  }
}

function whatElse(address_family: unknown, socket_type: unknown): string {
  if (address_family === AF_UNIX) return "a socket in the file system";
  return socket_type === SOCK_STREAM ? "an inherited socket" : "a socket for datagrams";
}
