import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

/**
 * Closes a connection with a reset, as the system does for a process that dies. Without the reset, a response that ends
 * with the connection would look complete, although its end is missing. Unix sockets have no reset.
 *
 * While the sending side is being ended, the system already has all the data, so the connection is only closed. Node
 * would report `EINVAL` for a reset, and never close the descriptor.
 */
export function dropConnection(
  connection: Duplex & Partial<Pick<Socket, "remotePort" | "resetAndDestroy">>,
): void {
  const isShuttingDown =
    connection.writableEnded && !connection.writableFinished && connection.writableLength === 0;
  if (
    typeof connection.remotePort === "number" &&
    !isShuttingDown &&
    connection.resetAndDestroy !== undefined
  )
    connection.resetAndDestroy();
  else connection.destroy();
}

const connections = new Set<Socket>();

process.on("exit", () => {
  for (const connection of connections) dropConnection(connection);
});

/**
 * Resets a connection if this thread or process ends before everything was sent. It is for responses that end with the
 * connection: otherwise, the system would close it as if the response were complete.
 */
export function resetOnExit(connection: Socket): void {
  connections.add(connection);
  const forget = () => void connections.delete(connection);
  connection.once("finish", forget);
  connection.once("close", forget);
}
