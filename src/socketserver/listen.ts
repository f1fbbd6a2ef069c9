import cluster from "node:cluster";
import { lookup } from "node:dns";
import * as net from "node:net";

/** Where a stream server listens. */
export type Endpoint =
  | {
      /** A numeric address, or a name that is to be looked up. */
      readonly host: string;
      /** Of the address that a name stands for. */
      readonly family: 4 | 6;
      /** 0 for one that the system chooses. */
      readonly port: number;
      /** True if all IPv6 interfaces leave IPv4 alone. */
      readonly ipv6Only: boolean;
      /** True if others may have the same port. */
      readonly reusePort: boolean;
    }
  | {
      /** Of a socket in the file system. */
      readonly path: string;
    };

/** An address and a port. */
export type HostEndpoint = Extract<Endpoint, { host: string }>;

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

// UV_TCP_IPV6ONLY and UV_TCP_REUSEPORT
const IPV6_ONLY = 1;
const REUSE_PORT = 2;

/**
 * An address that is bound, and not listened on yet: what Python's sockets can be. `null` where this Node does both at
 * once, in {@link listenOn}; and in a worker of `node:cluster`, where the primary binds, once for all of them.
 *
 * @throws what the system says
 */
export function bindTo(endpoint: Endpoint): net.BoundSocket | null {
  if (BoundSocket === undefined || cluster.isWorker) return null;
  try {
    return new BoundSocket(endpoint as net.BoundSocketOptions);
  } catch (error) {
    throw "path" in endpoint ? withPath(error as NodeJS.ErrnoException, endpoint.path) : error;
  }
}

/** What the system says of a path, with the path: `BoundSocket` leaves it out, and `listen` does not. */
function withPath({ message, errno, code, syscall }: NodeJS.ErrnoException, path: string): Error {
  return Object.assign(new Error(`${message} ${path}`), { errno, code, syscall, address: path });
}

/**
 * Begins to listen.
 *
 * @param server - where connections arrive
 * @param where - an address, bound or not; or an inherited descriptor
 * @param isClosed - asked when a name was looked up: whether nobody wants it any more
 * @returns a promise of what the system says; `server.address()` does not wait for it, but where a name is looked up
 */
export function listenOn(
  server: net.Server,
  where: net.BoundSocket | Endpoint | { readonly fd: number },
  backlog: number,
  isClosed: () => boolean,
): Promise<void> {
  const listening = new Promise<void>((resolve, reject) => {
    server.once("listening", resolve);
    server.once("error", reject);
    // Closed while a name was looked up: whoever waits for it goes on, and finds that it is closed.
    server.once("close", resolve);
  });
  if (BoundSocket !== undefined && where instanceof BoundSocket) server.listen(where, backlog);
  else if ("host" in where) listenOnHost(server, where, backlog, isClosed);
  else server.listen({ ...(where as Exclude<typeof where, net.BoundSocket>), backlog });
  return listening;
}

function listenOnHost(
  server: net.Server,
  where: HostEndpoint,
  backlog: number,
  isClosed: () => boolean,
): void {
  if (net.isIP(where.host) !== 0) {
    listenDirectly(server, where, backlog);
    return;
  }
  // Not by `listen`, which takes the first address that it finds, of whichever family.
  lookup(where.host, { family: where.family }, (error, host) => {
    if (isClosed()) return;
    if (error !== null) server.emit("error", error);
    else listenDirectly(server, { ...where, host }, backlog);
  });
}

/** `listen` would look up even a numeric address, and have bound only some turns later. */
function listenDirectly(server: net.Server & DirectListen, where: HostEndpoint, backlog: number): void {
  const { host, port, ipv6Only, reusePort } = where;
  // `listen` alone asks the primary of a cluster.
  if (server._listen2 === undefined || cluster.isWorker) {
    server.listen({ host, port, ipv6Only, reusePort, backlog });
    return;
  }
  const flags = (ipv6Only ? IPV6_ONLY : 0) | (reusePort ? REUSE_PORT : 0);
  server._listen2(host, port, net.isIP(host) as 4 | 6, backlog, undefined, flags);
}
