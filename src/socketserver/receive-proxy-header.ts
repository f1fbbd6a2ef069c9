import type { Socket } from "node:net";
import { Connection } from "../io/connection.js";
import { DisconnectedError } from "../io/connection-errors.js";
import { type ProxyHeader, parseProxyHeader } from "../io/proxy-protocol.js";
import { untilRead } from "../io/until-read.js";
import { ServerError } from "./server-error.js";

/**
 * Reads the header of the PROXY protocol from the beginning of a connection, and leaves the bytes after it.
 *
 * @param connection - a connection that nothing was read from
 * @param seconds - seconds until the whole header must have arrived; `null` means no limit
 * @throws {@link ServerError} if the bytes are not a valid header, or if the header is not complete in time;
 *   {@link DisconnectedError} if the proxy disconnects
 */
export async function receiveProxyHeader(connection: Socket, seconds: number | null): Promise<ProxyHeader> {
  const { deadline } = Connection.of(connection);
  let isLate = false;
  deadline.owner = {
    expired() {
      isLate = true;
      connection.emit(LATE);
    },
  };
  deadline.set(seconds);
  let bytes = Buffer.alloc(0);
  const look = () => {
    if (isLate) throw headerError(connection, `did not send all of it in ${seconds} seconds`);
    for (let piece = connection.read(); piece !== null; piece = connection.read()) {
      bytes = Buffer.concat([bytes, piece as Buffer]);
      const parsed = parseProxyHeader(bytes);
      if (parsed.kind === "malformed") throw headerError(connection, parsed.problem);
      if (parsed.kind === "incomplete") continue;
      if (bytes.length > parsed.length) connection.unshift(bytes.subarray(parsed.length));
      return parsed.header;
    }
    return undefined;
  };
  const gone = () => new DisconnectedError("The proxy closed the connection before its header was complete.");
  try {
    return await untilRead(connection, look, gone, LATE);
  } finally {
    deadline.lift();
  }
}

/** An event of our own: the time limit has passed. */
const LATE = "pyserve:late";

function headerError({ remoteAddress = "a Unix socket" }: Socket, problem: string): ServerError {
  return new ServerError(
    "PYSERVE_PROXY_HEADER",
    `proxy_protocol expects a header of the PROXY protocol from the proxy at ${remoteAddress}, but its connection ${problem}. Turn the header on there ("send-proxy-v2" in HAProxy, "proxy_protocol on" in nginx), or remove the proxy from trusted_proxies.`,
  );
}
