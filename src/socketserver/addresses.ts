import { isIP } from "node:net";

/** IPv4: Python's `socket.AF_INET`. */
export const AF_INET: "AF_INET" = "AF_INET";
/** IPv6; also IPv4 if the server listens on all interfaces. Python's `socket.AF_INET6`. */
export const AF_INET6: "AF_INET6" = "AF_INET6";
/** Sockets in the file system: Python's `socket.AF_UNIX`. */
export const AF_UNIX: "AF_UNIX" = "AF_UNIX";
/** Connections: Python's `socket.SOCK_STREAM`. */
export const SOCK_STREAM: "SOCK_STREAM" = "SOCK_STREAM";
/** Datagrams: Python's `socket.SOCK_DGRAM`. */
export const SOCK_DGRAM: "SOCK_DGRAM" = "SOCK_DGRAM";

/** Values of a server's `address_family`. */
export type AddressFamily = typeof AF_INET | typeof AF_INET6 | typeof AF_UNIX;
/** Values of a server's `socket_type`. */
export type SocketType = typeof SOCK_STREAM | typeof SOCK_DGRAM;

/** Python's `(host, port)`. The host `""` means all interfaces. For port 0, the system chooses a free port. */
export type InetAddress = readonly [host: string, port: number];
/** The path of a socket in the file system; `""` for a client, which has no path. */
export type UnixAddress = string;

/**
 * Returns the numeric address of a host, if it is known without a look-up.
 *
 * @param host - a numeric address, `localhost`, or `""` for all interfaces
 * @param family - address family of the server
 * @returns the address; `null` for a name that needs a look-up
 * @throws `RangeError` for an address of another family
 */
export function numericHost(host: string, family: AddressFamily): string | null {
  if (host === "") return family === AF_INET6 ? "::" : "0.0.0.0";
  if (host === "localhost") return family === AF_INET6 ? "::1" : "127.0.0.1";
  const version = isIP(host.replace(/%.*$/, ""));
  if (version === 0) return null;
  if ((version === 6) === (family === AF_INET6)) return host;
  const wanted = version === 6 ? "AF_INET6" : "AF_INET";
  throw new RangeError(
    `Cannot bind ${host}: it is an IPv${version} address and address_family is ${family}. Set static address_family = ${wanted}.`,
  );
}

/**
 * Checks an `address_family`.
 *
 * @param family - the setting of the server
 * @param served - the families that the server can listen on
 * @throws `RangeError` for anything else
 */
export function checkFamily(family: unknown, ...served: AddressFamily[]): void {
  if (served.some((one) => one === family)) return;
  const hint = family === AF_UNIX ? " Paths are for UnixStreamServer." : "";
  throw new RangeError(`address_family must be ${served.join(" or ")}, not ${String(family)}.${hint}`);
}

/**
 * Checks a `(host, port)`.
 *
 * @throws `TypeError` or `RangeError` that names the problem
 */
export function checkInetAddress(address: unknown): asserts address is InetAddress {
  if (!Array.isArray(address) || typeof address[0] !== "string" || typeof address[1] !== "number") {
    throw new TypeError(`The server address must be [host, port], not ${JSON.stringify(address)}.`);
  }
  const port = address[1];
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new RangeError(`The port must be a whole number from 0 to 65535, not ${port}.`);
  }
}
