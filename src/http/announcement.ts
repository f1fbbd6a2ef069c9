import { isWildcard, type ListenAddress, ownAddresses } from "./listen-address.js";

/** Where a server is found. */
export interface Announcement {
  /** Lines to print. */
  readonly lines: readonly string[];
  /** Addresses to go to; none for a socket in the file system. */
  readonly urls: readonly string[];
}

/**
 * Says where a server is, as Python does. If it listens on all interfaces, the URL is that of this machine, instead of one that no browser
 * opens (`http://[::]/`), and the URLs for other machines follow.
 *
 * @param path - of the URLs, with a slash at both ends
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

/** Says where a server is that has no port. */
export function socketAnnouncement(
  scheme: "http" | "https",
  address: Exclude<ListenAddress, { host: unknown }>,
): Announcement {
  const where = "path" in address ? `unix:${address.path}` : `fd:${address.fd}`;
  return { lines: [`Serving ${scheme.toUpperCase()} on ${where} ...`], urls: [] };
}
