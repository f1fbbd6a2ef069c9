import { isWildcard, type ListenAddress, ownAddresses } from "./listen-address.js";

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
