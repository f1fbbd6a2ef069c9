/**
 * The name under which clients connect to a server: a host name, or an IP address.
 *
 * @module
 */
import { isIP } from "node:net";

/** A name as a certificate has it: of RFC 5280 §4.2.1.6, the two that say where a server is found. */
export type ServerName =
  | { readonly kind: "dns"; readonly text: string }
  | { readonly kind: "ip"; readonly text: string; readonly octets: Uint8Array };

// RFC 1034 §3.5, with RFC 1123 §2.1: letters, digits and hyphens, these only inside; 63 of them at most.
const LABEL = "[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?";
// The last label is no number, so that an address with a mistake in it is not taken for a name (RFC 1123 §2.1). No dot
// behind it: certificates leave the root's out.
const DNS_NAME = new RegExp(`^(?:${LABEL}\\.)*(?![0-9]+$)${LABEL}$`);
const MAX_DNS_NAME = 253;

/**
 * Reads a host name or an IP address.
 *
 * A host name has the letters, digits and hyphens of RFC 1123 §2.1; one with others is written in its `xn--` form, and
 * a wildcard is none.
 *
 * @returns `undefined` for anything else, an address with a zone (`fe80::1%eth0`) included: the zone is this machine's
 *   affair, and a certificate has no place for it
 */
export function parseServerName(name: string): ServerName | undefined {
  if (isScoped(name)) return undefined;
  if (isIP(name) === 4) return { kind: "ip", text: name, octets: ipv4Octets(name) };
  if (isIP(name) === 6) return { kind: "ip", text: name, octets: ipv6Octets(name) };
  if (name.length <= MAX_DNS_NAME && DNS_NAME.test(name)) return { kind: "dns", text: name };
  return undefined;
}

/** True if this is an IPv6 address with a zone, `fe80::1%eth0`: RFC 4007 §11. */
export function isScoped(name: string): boolean {
  return name.includes("%") && isIP(name) === 6;
}

function ipv4Octets(address: string): Uint8Array {
  return Uint8Array.from(address.split("."), Number);
}

/** Eight groups; "::" stands for those of zeros that are not there; the last two may be an IPv4 address (RFC 4291 §2.2). */
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
