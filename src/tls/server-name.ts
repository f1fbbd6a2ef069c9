/**
 * The name under which clients connect to a server: a host name, or an IP address.
 *
 * @module
 */
import { isIP } from "node:net";

/** A name in a certificate: the two kinds of RFC 5280 §4.2.1.6 that identify a server. */
export type ServerName =
  | { readonly kind: "dns"; readonly text: string }
  | { readonly kind: "ip"; readonly text: string; readonly octets: Uint8Array };

// Label of a host name: 1 to 63 letters, digits and hyphens, with no hyphen at the ends (RFC 1034 §3.5, RFC 1123 §2.1).
const LABEL = "[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?";
// The last label must not be a number, so that a mistyped address is not a name (RFC 1123 §2.1). A final dot is not
// allowed: certificates leave it out.
const DNS_NAME = new RegExp(`^(?:${LABEL}\\.)*(?![0-9]+$)${LABEL}$`);
const MAX_DNS_NAME = 253;

/**
 * Reads a host name or an IP address.
 *
 * Host names have letters, digits and hyphens (RFC 1123 §2.1). International names need their `xn--` form. Wildcards
 * are invalid.
 *
 * @returns `undefined` for anything else. An address with a zone (`fe80::1%eth0`) is invalid too: the zone has a
 *   meaning only on this machine
 */
export function parseServerName(name: string): ServerName | undefined {
  if (name.includes("%")) return undefined;
  if (isIP(name) === 4) return { kind: "ip", text: name, octets: ipv4Octets(name) };
  if (isIP(name) === 6) return { kind: "ip", text: name, octets: ipv6Octets(name) };
  if (name.length <= MAX_DNS_NAME && DNS_NAME.test(name)) return { kind: "dns", text: name };
  return undefined;
}

function ipv4Octets(address: string): Uint8Array {
  return Uint8Array.from(address.split("."), Number);
}

/**
 * Reads an IPv6 address: eight groups. "::" means the missing groups of zeros; the last two groups may be an IPv4
 * address (RFC 4291 §2.2).
 */
function ipv6Octets(address: string): Uint8Array {
  const [before = [], after = []] = address.split("::").map(groupOctets);
  const zeros = new Array<number>(16 - before.length - after.length).fill(0);
  return Uint8Array.from([...before, ...zeros, ...after]);
}

function groupOctets(groups: string): number[] {
  if (groups === "") return [];
  return groups.split(":").flatMap((group) => {
    if (group.includes(".")) return [...ipv4Octets(group)];
    const number = Number.parseInt(group, 16);
    return [number >> 8, number & 0xff];
  });
}
