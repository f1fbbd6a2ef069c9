import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

/**
 * Ends a connection with a reset, as a process that dies does. Without it, a reply that only the connection's end delimits would
 * look complete where it was cut. Unix sockets know none.
 *
 * A connection whose sending is just being ended has given the system all it had, so it is closed. Node would answer a reset with
 * `EINVAL`, and never close the descriptor.
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
