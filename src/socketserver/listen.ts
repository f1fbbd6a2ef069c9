import * as net from "node:net";

/** Where a stream server listens. */
export type Endpoint =
  | {
      /** A numeric address, or a name that is to be looked up. */
      readonly host: string;
      /** 0 for one that the system chooses. */
      readonly port: number;
      /** Whether all IPv6 interfaces leave IPv4 alone. */
      readonly ipv6Only: boolean;
      /** Whether others may have the same port. */
      readonly reusePort: boolean;
    }
  | {
      /** Of a socket in the file system. */
      readonly path: string;
    };

// What newer Nodes have; asked for, not derived from a version.
const { BoundSocket } = net as { BoundSocket?: typeof net.BoundSocket };

/** `Server.prototype._listen2`, the part of `listen` that comes after the look-up of a name. */
interface DirectListen {
  _listen2?(
    address: string,
    port: number,
    addressType: 4 | 6,
    backlog: number,
    fd?: number,
    flags?: number,
  ): void;
}

// UV_TCP_IPV6ONLY
const IPV6_ONLY = 1;

/**
 * Checks that this Node can share a port. An older one would ignore the wish.
 *
 * @throws `Error` that says what is needed
 */
export function checkReusePort(wanted: boolean): void {
  if (!wanted || BoundSocket !== undefined) return;
  throw new Error(
    `allow_reuse_port needs a Node that has net.BoundSocket (24.19, 26.4); this is ${process.version}.`,
  );
}

/**
 * An address that is bound, and not listened on yet: what Python's sockets can be. `null` where this Node does both at
 * once, in {@link listenOn}.
 *
 * @throws what the system says
 */
export function bindTo(endpoint: Endpoint): net.BoundSocket | null {
  return BoundSocket === undefined ? null : new BoundSocket(endpoint as net.BoundSocketOptions);
}

/**
 * Begins to listen.
 *
 * @param server - where connections arrive
 * @param where - an address with a numeric host, bound or not; or an inherited descriptor
 * @returns a promise of what the system says; `server.address()` does not wait for it
 */
export function listenOn(
  server: net.Server,
  where: net.BoundSocket | Endpoint | { readonly fd: number },
  backlog: number,
): Promise<void> {
  const listening = new Promise<void>((resolve, reject) => {
    server.once("listening", resolve);
    server.once("error", reject);
    // Closed while a name was looked up: whoever waits for it goes on, and finds that it is closed.
    server.once("close", resolve);
  });
  if (BoundSocket !== undefined && where instanceof BoundSocket) server.listen(where, backlog);
  else startListening(server, where as Endpoint | { readonly fd: number }, backlog);
  return listening;
}

function startListening(
  server: net.Server & DirectListen,
  where: Endpoint | { readonly fd: number },
  backlog: number,
) {
  const family = "host" in where ? net.isIP(where.host) : 0;
  // `listen` would look up even a numeric address, and have bound only some turns later.
  if ("host" in where && family !== 0 && server._listen2 !== undefined) {
    server._listen2(
      where.host,
      where.port,
      family as 4 | 6,
      backlog,
      undefined,
      where.ipv6Only ? IPV6_ONLY : 0,
    );
  } else {
    server.listen({ ...where, backlog });
  }
}
