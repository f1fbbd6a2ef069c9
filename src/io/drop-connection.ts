import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

/**
 * Ends a connection as a process does that dies: with a reset. Without it, a reply that only the connection's end delimits would
 * look complete where it was cut. Unix sockets know none.
 */
export function dropConnection(
  connection: Duplex & Partial<Pick<Socket, "remotePort" | "resetAndDestroy">>,
): void {
  if (typeof connection.remotePort === "number" && connection.resetAndDestroy !== undefined)
    connection.resetAndDestroy();
  else connection.destroy();
}
