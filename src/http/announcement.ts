import { isWildcard, type ListenAddress, ownAddresses } from "./listen-address.js";

/** Where a server is found. */
export interface Announcement {
  /** What is printed. */
  readonly lines: readonly string[];
  /** Addresses to go to; none for a socket in the file system. */
  readonly urls: readonly string[];
}

/**
 * Says where a server is: first as Python does, then, where that is no address to go to, with those that are.
 *
 * @param path - of the URLs, with a slash at both ends
 */
export function announcementOf(
  scheme: "http" | "https",
  [host, port]: readonly [string, number],
  path: string,
): Announcement {
  const url = (name: string) => `${scheme}://${name.includes(":") ? `[${name}]` : name}:${port}${path}`;
  const first = `Serving ${scheme.toUpperCase()} on ${host} port ${port} (${url(host)}) ...`;
  if (!isWildcard(host)) return { lines: [first], urls: [url(host)] };
  const urls = ["localhost", ...ownAddresses(host === "::")].map(url);
  return { lines: [first, ...urls.map((own) => `  ${own}`)], urls };
}

/** Says where a server is that has no port. */
export function socketAnnouncement(
  scheme: "http" | "https",
  address: Exclude<ListenAddress, { host: unknown }>,
): Announcement {
  const where = "path" in address ? `unix:${address.path}` : `fd:${address.fd}`;
  return { lines: [`Serving ${scheme.toUpperCase()} on ${where} ...`], urls: [] };
}
