import type { Socket } from "node:net";
import { dropConnection } from "./drop-connection.js";

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
