import type { SocketOptions } from "node:dgram";
import * as net from "node:net";

/** The address that a stream server listens on. */
export type Endpoint =
  | {
      /** A numeric address, or a name to look up. */
      readonly host: string;
      /** Family of the resolved address. */
      readonly family: 4 | 6;
      /** 0 lets the system choose. */
      readonly port: number;
      /** True if a server on all IPv6 interfaces does not accept IPv4. */
      readonly ipv6Only: boolean;
      /** True if other sockets may use the same port. */
      readonly reusePort: boolean;
    }
  | {
      /** Path of a Unix socket. */
      readonly path: string;
    };

/** An address and a port. */
export type HostEndpoint = Extract<Endpoint, { host: string }>;

// Only newer versions of Node have it. The check is for the feature, not for the version.
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
 * True in a worker of `node:cluster`. Only a worker has a channel to the primary process, so other processes don't load
 * the module.
 */
export function isClusterWorker(): boolean {
  return process.channel != null && process.getBuiltinModule("node:cluster").isWorker;
}

/**
 * Binds an address without listening, as Python's sockets can. Returns `null` if this Node can only do both at once, in
 * {@link listenOn}. Also returns `null` in a worker of `node:cluster`, where the primary process binds for all workers.
 *
 * @throws a system error
 */
export function bindTo(endpoint: Endpoint): net.BoundSocket | null {
  if (BoundSocket === undefined || isClusterWorker()) return null;
  try {
    return new BoundSocket(endpoint as net.BoundSocketOptions);
  } catch (error) {
    throw "path" in endpoint ? withPath(error as NodeJS.ErrnoException, endpoint.path) : error;
  }
}

/** Adds the path to a system error: `BoundSocket` leaves it out, unlike `listen`. */
function withPath({ message, errno, code, syscall }: NodeJS.ErrnoException, path: string): Error {
  return Object.assign(new Error(`${message} ${path}`), { errno, code, syscall, address: path });
}

/**
 * Begins to listen.
 *
 * @param server - emits the connections
 * @param where - an address, bound or not, or an inherited descriptor
 * @param isClosed - called after the look-up of a name; returns true if the server was closed during the look-up
 * @returns a promise that resolves when the server listens. `server.address()` is available at once, unless a name is
 * looked up
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
    // If the server is closed during the look-up, the waiting code continues, and notices it.
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
  // Not by `listen`, which uses the first address of any family.
  process.getBuiltinModule("node:dns").lookup(where.host, { family: where.family }, (error, host) => {
    if (isClosed()) return;
    if (error !== null) server.emit("error", error);
    else listenDirectly(server, { ...where, host }, backlog);
  });
}

/**
 * Listens without `listen()`, which looks up even a numeric address, and binds only some iterations of the event loop
 * later.
 */
function listenDirectly(server: net.Server & DirectListen, where: HostEndpoint, backlog: number): void {
  const { host, port, ipv6Only, reusePort } = where;
  // Only `listen` asks the primary process of a cluster.
  if (server._listen2 === undefined || isClusterWorker()) {
    server.listen({ host, port, ipv6Only, reusePort, backlog });
    return;
  }
  const flags = (ipv6Only ? IPV6_ONLY : 0) | (reusePort ? REUSE_PORT : 0);
  server._listen2(host, port, net.isIP(host) as 4 | 6, backlog, undefined, flags);
}

/**
 * True if this Node can have several sockets share a port (`SO_REUSEPORT`).
 *
 * An older Node ignores the option without reading it, so a getter shows if Node supports it.
 */
export function sharesPorts(): boolean {
  let isLookedAt = false;
  const options: SocketOptions = {
    type: "udp4",
    get reusePort() {
      isLookedAt = true;
      return false;
    },
  };
  process.getBuiltinModule("node:dgram").createSocket(options).close();
  return isLookedAt;
}

/**
 * Checks that this Node can share a port.
 *
 * @param wanted - `allow_reuse_port`
 * @throws `Error` that names the requirements
 */
export function checkReusePort(wanted: boolean): void {
  if (!wanted || sharesPorts()) return;
  throw new Error(
    `allow_reuse_port needs a Node that has the option reusePort (22.12, 23.1); this is ${process.version}.`,
  );
}
