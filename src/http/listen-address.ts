import { isIP } from "node:net";
import os from "node:os";
import { AF_INET, AF_INET6 } from "../socketserver/addresses.js";

/** A port on one or all of the machine's addresses. */
export interface PortAddress {
  /** An address or a host name; `null` or `""` for all interfaces, IPv6 and IPv4. */
  readonly host: string | null;
  /** 0 for any free port. */
  readonly port: number;
}

/** An address for `run`: a port, a socket in the file system, or an inherited socket. */
export type ListenAddress =
  | PortAddress
  | {
      /** Path of the Unix socket to create. */
      readonly path: string;
    }
  | {
      /** The descriptor of a listening socket. */
      readonly fd: number;
    };

/** A numeric address and its family. */
export interface Host {
  readonly family: typeof AF_INET | typeof AF_INET6;
  readonly host: string;
}

/**
 * Looks up a host, as `getaddrinfo` with `AI_PASSIVE`. "All interfaces" is the IPv6 wildcard, which also accepts IPv4,
 * if the machine has IPv6.
 */
export async function findHost(name: string | null): Promise<Host> {
  if (name === null || name === "") {
    return hasIPv6() ? { family: AF_INET6, host: "::" } : { family: AF_INET, host: "0.0.0.0" };
  }
  const { address, family } =
    isIP(name) === 0
      ? await process.getBuiltinModule("node:dns/promises").lookup(name)
      : { address: name, family: isIP(name) };
  return { family: family === 6 ? AF_INET6 : AF_INET, host: address };
}

function hasIPv6(): boolean {
  return interfaces().some(({ family }) => family === "IPv6");
}

/** True if an address stands for all interfaces. */
export function isWildcard(host: string): boolean {
  return host === "::" || host === "0.0.0.0";
}

/** Returns the addresses at which other machines reach this one. Browsers accept no zone in a URL. */
export function ownAddresses(withIPv6: boolean): string[] {
  return interfaces()
    .filter(({ internal }) => !internal)
    .filter((own) => own.family === "IPv4" || (withIPv6 && own.scopeid === 0))
    .map(({ address }) => address);
}

/**
 * Returns the names of this machine for a certificate, `localhost` first. Addresses with a zone (link-local IPv6) are
 * left out: clients can't use them without the zone, and they may contain the MAC address (RFC 4291 appendix A).
 */
export function ownNames(): string[] {
  const addresses = interfaces()
    .filter(({ scopeid = 0 }) => scopeid === 0)
    .map(({ address }) => address);
  return ["localhost", "127.0.0.1", "::1", os.hostname().toLowerCase(), ...addresses];
}

/** The lines and URLs that announce a server. */
export interface Announcement {
  /** Lines to print. */
  readonly lines: readonly string[];
  /** URLs of the server; none for a socket in the file system. */
  readonly urls: readonly string[];
}

/**
 * Announces a server on a port, as Python does. If it listens on all interfaces, the first URL is for this machine,
 * because browsers can't open `http://[::]/`. The URLs for other machines follow.
 *
 * @param path - path of the URLs, with a slash at both ends
 */
export function announcementOf(
  scheme: "http" | "https",
  [host, port]: readonly [string, number],
  path: string,
): Announcement {
  const url = (name: string) => `${scheme}://${name.includes(":") ? `[${name}]` : name}:${port}${path}`;
  const others = isWildcard(host) ? ownAddresses(host === "::").map(url) : [];
  const own = url(isWildcard(host) ? "localhost" : host);
  const first = `Serving ${scheme.toUpperCase()} on ${host} port ${port} (${own}) ...`;
  return { lines: [first, ...others.map((other) => `  ${other}`)], urls: [own, ...others] };
}

/** Announces a server on a socket in the file system, or on an inherited one. */
export function socketAnnouncement(
  scheme: "http" | "https",
  address: Exclude<ListenAddress, { host: unknown }>,
): Announcement {
  const where = "path" in address ? `unix:${address.path}` : `fd:${address.fd}`;
  return { lines: [`Serving ${scheme.toUpperCase()} on ${where} ...`], urls: [] };
}

// On Android, applications may not list interfaces, and Node throws: https://github.com/vercel/serve/issues/746.
function interfaces(): os.NetworkInterfaceInfo[] {
  try {
    return Object.values(os.networkInterfaces()).flatMap((addresses) => addresses ?? []);
  } catch {
    return [];
  }
}
