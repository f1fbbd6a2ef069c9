import type { Socket } from "node:net";

/** Ends a connection as a process does that dies: with a reset. Unix sockets know none. */
export function dropConnection(connection: Socket): void {
  if (typeof connection.remotePort === "number") connection.resetAndDestroy();
  else connection.destroy();
}
