import { BlockList, isIP, SocketAddress } from "node:net";
import { mappedIPv4 } from "./address-block.js";
import type { InetAddress, UnixAddress } from "./addresses.js";
import { listOf, optional, type Rule } from "./settings.js";

/** Names of networks. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  loopback: ["127.0.0.0/8", "::1"],
  // RFC 1918, RFC 4193
  private: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
};

/** The name for all clients of a socket in the file system. The permissions of the file decide who may connect. */
const UNIX = "unix";

/** A range of addresses: an address, and the number of bits that count. */
interface Network {
  readonly address: string;
  readonly bits: number;
  readonly family: "ipv4" | "ipv6";
}

/** Parses a network in the notation of RFC 4632, or a single address. */
function parseNetwork(text: string): Network | null {
  const [, written = "", prefix] = /^([0-9A-Fa-f:.]+)(?:\/(0|[1-9][0-9]{0,2}))?$/.exec(text) ?? [];
  // A socket for both families shows an IPv4 address as IPv6, and so do logs.
  const address = prefix === undefined ? (mappedIPv4(written) ?? written) : written;
  const version = isIP(address);
  if (version === 0) return null;
  const width = version === 4 ? 32 : 128;
  const bits = Number(prefix ?? width);
  return bits > width ? null : { address, bits, family: `ipv${version}` as Network["family"] };
}

/**
 * True if a text is a valid entry of `trusted_proxies`: `loopback`, `private`, `unix`, an address, or a network such as
 * `10.0.0.0/8`.
 *
 * @param text - an entry of `trusted_proxies`
 */
export function isNetwork(text: string): boolean {
  return Object.hasOwn(NAMED, text) || text === UNIX || parseNetwork(text) !== null;
}

/** The values of `trusted_proxies`. */
export const NETWORKS: Rule = optional(
  listOf({
    allowed: "an address, a network such as 10.0.0.0/8, loopback, private or unix",
    allows: (value) => typeof value === "string" && isNetwork(value),
  }),
);

/** Peers that are trusted to name the client. */
export class TrustedProxies {
  readonly #networks = new BlockList();
  readonly #includesUnix: boolean;

  /** @param entries - valid entries: see {@link isNetwork} */
  constructor(entries: readonly string[]) {
    this.#includesUnix = entries.includes(UNIX);
    for (const entry of entries.flatMap((one) => NAMED[one] ?? [one])) {
      const network = parseNetwork(entry);
      if (network !== null) this.#networks.addSubnet(network.address, network.bits, network.family);
    }
  }

  /** True if an address is in the list. An IPv4 address may be written as IPv6 (RFC 4291 §2.5.5.2). */
  includes(address: string): boolean {
    if (address === "") return this.#includesUnix;
    const host = unzoned(address);
    const version = isIP(host);
    return version !== 0 && this.#networks.check(host, `ipv${version}` as Network["family"]);
  }

  /** Returns an address as the system writes it. An IPv4 address that is written as IPv6 becomes IPv4. */
  canonical(address: string): string {
    const host = unzoned(address);
    if (isIP(host) !== 6) return host;
    const written = new SocketAddress({ address: host, family: "ipv6" }).address;
    return mappedIPv4(written) ?? written;
  }
}

function unzoned(address: string): string {
  return address.replace(/%.*$/, "");
}

let last: { readonly list: readonly string[]; readonly proxies: TrustedProxies } | undefined;

/**
 * Returns the trusted proxies of a server if the peer is one of them; otherwise `null`.
 *
 * @param list - the server's `trusted_proxies`
 * @param peer - the other end of a connection
 */
export function trustedProxies(
  list: readonly string[] | null,
  peer: InetAddress | UnixAddress,
): TrustedProxies | null {
  if (list === null) return null;
  if (last?.list !== list) last = { list, proxies: new TrustedProxies(list) };
  const host = typeof peer === "string" ? "" : peer[0];
  return last.proxies.includes(host) ? last.proxies : null;
}
