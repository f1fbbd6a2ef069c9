import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";

/** Both ends of a connection. Neither ends its sending side because the other has ended. */
export interface SocketPair {
  /** The accepted end; nothing has been read from it. */
  readonly server: Socket;
  readonly client: Socket;
}

/** A connection over the loopback interface, which ends with the test. */
export async function socketPair(t: TestContext): Promise<SocketPair> {
  const listener = createServer({ allowHalfOpen: true, pauseOnConnect: true });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  const client = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  const [[server]] = (await Promise.all([once(listener, "connection"), once(client, "connect")])) as [
    [Socket],
    [],
  ];
  listener.close();
  for (const socket of [server, client]) {
    socket.on("error", () => {});
    t.after(() => socket.destroy());
  }
  return { server, client };
}

/**
 * Returns everything that arrives until the other end has ended, as latin-1. Fails if the connection is lost before.
 */
export function allFrom(socket: Socket): Promise<string> {
  const pieces: Buffer[] = [];
  socket.on("data", (piece: Buffer) => pieces.push(piece));
  return new Promise((resolve, reject) => {
    socket.once("end", () => resolve(Buffer.concat(pieces).toString("latin1")));
    socket.once("close", () => reject(socket.errored ?? new Error("The connection was lost.")));
  });
}

/** Resolves when a connection is closed, for any reason, even if it does not keep the process alive. */
export function gone(socket: Socket): Promise<void> {
  const alive = setInterval(() => {}, 1000);
  return new Promise<void>((resolve) => {
    if (socket.closed) resolve();
    else socket.once("close", () => resolve());
  }).finally(() => clearInterval(alive));
}
