import type { Socket } from "node:net";
import { DisconnectedError } from "../io/connection-errors.js";
import { type ParsedProxyHeader, type ProxyHeader, parseProxyHeader } from "../io/proxy-protocol.js";
import { timerDelay } from "../io/timer-delay.js";
import { ServerError } from "./server-error.js";

/** Connections of proxies whose headers have not arrived yet. */
export class ProxyHeaders {
  readonly #awaited = new Set<Socket>();

  /**
   * Reads the header of the PROXY protocol from the beginning of a connection, and leaves the bytes after it.
   *
   * @param connection - unread
   * @param seconds - seconds until the whole header must have arrived; `null` means no limit
   * @throws {@link ServerError} if the bytes are no valid header, or the header is not complete in time;
   *   {@link DisconnectedError} if the proxy disconnects
   */
  async receive(connection: Socket, seconds: number | null): Promise<ProxyHeader> {
    this.#awaited.add(connection);
    try {
      return await receive(connection, seconds);
    } finally {
      this.#awaited.delete(connection);
    }
  }

  /** Closes the connections that still wait for their headers. */
  close(): void {
    for (const connection of this.#awaited) connection.destroy();
  }
}

function receive(connection: Socket, seconds: number | null): Promise<ProxyHeader> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    const settle = (action: () => void) => {
      clearTimeout(timer);
      connection.off("readable", look);
      connection.off("end", gone);
      connection.off("close", gone);
      action();
    };
    const gone = () =>
      settle(() =>
        reject(new DisconnectedError("The proxy closed the connection before its header was complete.")),
      );
    const look = () => {
      for (let piece = connection.read(); piece !== null; piece = connection.read()) {
        bytes = Buffer.concat([bytes, piece as Buffer]);
        const parsed = parseProxyHeader(bytes);
        if (parsed.kind !== "incomplete") return settle(() => finish(parsed));
      }
    };
    const finish = (parsed: Exclude<ParsedProxyHeader, { kind: "incomplete" }>) => {
      if (parsed.kind === "malformed") return reject(headerError(connection, parsed.problem));
      if (bytes.length > parsed.length) connection.unshift(bytes.subarray(parsed.length));
      resolve(parsed.header);
    };
    const late = () =>
      settle(() => reject(headerError(connection, `has not sent all of it in ${seconds} seconds`)));
    // Unreferenced, because the connection decides if the process stays alive.
    const timer = seconds === null ? undefined : setTimeout(late, timerDelay(seconds)).unref();
    connection.on("readable", look);
    connection.on("end", gone);
    connection.on("close", gone);
    if (connection.destroyed) gone();
  });
}

function headerError({ remoteAddress = "a Unix socket" }: Socket, problem: string): ServerError {
  return new ServerError(
    "PYSERVE_PROXY_HEADER",
    `proxy_protocol expects a header of the PROXY protocol from the proxy at ${remoteAddress}, but its connection ${problem}. Turn the header on there ("send-proxy-v2" in HAProxy, "proxy_protocol on" in nginx), or remove the proxy from trusted_proxies.`,
  );
}
